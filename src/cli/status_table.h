// `laraman status` for people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace laraman::cli {

// A server's answer to `status` (supervisor/status.h) as lines of text.
std::string status_table(const nlohmann::json& status);

// "12 s", "3 min", "5 h", "2 d".
std::string age_text(double seconds);
// "980 B", "1.4 KiB", "12.0 MiB".
std::string size_text(std::uint64_t bytes);

}  // namespace laraman::cli
