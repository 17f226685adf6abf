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
// to the left, the others, which hold numbers, to the right. If a row would have more than kTerminalWidth columns, the
// cells of column `elastic` are cut. Behind row n come the lines of `notes[n]`, if `notes` has that many.
std::string text_table(std::vector<TextRow> rows, std::span<const std::size_t> left, std::size_t elastic,
                       std::span<const std::string> notes = {});

// The width for which tables and helps are made, in characters.
inline constexpr std::size_t kTerminalWidth = 80;

// `text` in at most `width` bytes: cut between two characters of UTF-8, with "..." at its end.
std::string cut(const std::string& text, std::size_t width);

// `text` in lines of at most `width` bytes, broken between words; a longer word has a line of its own.
std::string wrap(const std::string& text, std::size_t width);

// "1234", "1234 k", "1234 M": five digits at most.
std::string count_text(std::uint64_t count);

// "12 s", "3 min", "5 h", "2 d".
std::string age_text(double seconds);
// "980 B", "1.4 KiB", "12.0 MiB".
std::string size_text(std::uint64_t bytes);

}  // namespace laraman::cli
