// How a server is found when its runtime directory was named through a symbolic link that leads elsewhere now: a deploy
// has switched /srv/app/current to a new release with a storage directory of its own, where no control.sock is. The
// server listens for control commands at a second address too, an abstract Unix socket that is named after the path as
// it was given. The kernel frees that name with the process.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace laraman::supervisor {

// True if a symbolic link is on the way to `directory`, which exists.
bool is_linked(const std::string& directory);

// A listening socket. kExists if another server has the name.
Result<UniqueFd> listen_at_link(const std::string& directory);

// Connects to the server that was given `directory`. kUnavailable if there is none that this user may believe: one of
// its own or of root's; root believes all.
Result<UniqueFd> connect_by_link(const std::string& directory);

}  // namespace laraman::supervisor
