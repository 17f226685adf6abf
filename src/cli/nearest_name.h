// "Did you mean …?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace laraman::cli {

// The one of `names` that takes the fewest changes to become `name`; empty if none is near enough to be meant.
std::string nearest_name(std::string_view name, const std::vector<std::string>& names);

// " (did you mean X?)", or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& names);

}  // namespace laraman::cli
