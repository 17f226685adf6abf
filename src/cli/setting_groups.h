// The headings under which `--help` shows the flags.
#pragma once

#include <string_view>

#include "cli/settings.h"

namespace laraman::cli {

// The heading of a setting: that of its name, else that of the section of laraman.toml to which it belongs, else
// "Server".
std::string_view group_of(const Setting& setting);

}  // namespace laraman::cli
