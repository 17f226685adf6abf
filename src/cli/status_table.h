// `laraman status` for people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace laraman::cli {

// A server's answer to `status` (supervisor/status.h) as lines of text.
std::string status_table(const nlohmann::json& status);

}  // namespace laraman::cli
