// The settings of a running server at a reload: which of the new ones the new PHP workers get, and which need a
// restart.
#pragma once

#include <cstdint>

#include "cli/settings.h"
#include "supervisor/supervisor.h"

namespace laraman::cli {

// `running`: with what the server was started, for its roles (settings_for_roles()); `started`: the same as they were
// read; `read`: as they are read now. `max_workers`: for how many workers the server has room.
supervisor::Reconfiguration reconfigure(const Settings& running, const Settings& started, const Settings& read,
                                        std::uint32_t max_workers);

// The settings that roles get: numbers for "auto", and places without symbolic links, so that the server stays where it
// is when the application is switched to another release.
Settings settings_for_roles(Settings settings);

}  // namespace laraman::cli
