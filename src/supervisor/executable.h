// Which program a role is started from.
#pragma once

#include <string>

namespace laraman::supervisor {

// The path by which this process was started, absolute, with its symbolic links: /srv/app/current/bin/laraman, not the
// release that `current` led to. `argv0` is looked up in PATH as the shell did. Where that cannot be told, the path of
// the program that runs.
std::string path_started_as(const char* argv0);

// Where `path` leads now: a switched release is picked up at the next start. If nothing executable is there any
// more, the program that this process runs.
std::string resolve_program(const std::string& path);

}  // namespace laraman::supervisor
