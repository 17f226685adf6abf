// A setting in a file whose values have types: config/laraman.php, which arrives as JSON, and laraman.toml.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/settings.h"

namespace laraman::cli {

// The value as it would be written on the command line: one text, or those of a list. true and false are for switches,
// a number is no path or address, and a list is no single value. The error is without a subject.
Result<std::vector<std::string>> values_of(const Setting& setting, const nlohmann::json& value);

}  // namespace laraman::cli
