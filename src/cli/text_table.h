// Columns of text for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace laraman::cli {

using TextRow = std::vector<std::string>;

// The rows, the first of which is the heading, below one another; all have as many columns. Those in `left` are aligned
// to the left, the others, which hold numbers, to the right.
std::string text_table(const std::vector<TextRow>& rows, std::span<const std::size_t> left);

// "12 s", "3 min", "5 h", "2 d".
std::string age_text(double seconds);
// "980 B", "1.4 KiB", "12.0 MiB".
std::string size_text(std::uint64_t bytes);

}  // namespace laraman::cli
