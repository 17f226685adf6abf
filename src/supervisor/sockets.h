// The listening sockets that the supervisor opens before any role starts, so that they outlive each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/socket.h"

namespace laraman::supervisor {

// As net::listen_for_loops(). kExists if another process has the address: the error names the address and, where it can
// be told, the process.
Result<std::vector<UniqueFd>> listen_for_clients(const net::ListenOptions& options);

// The sockets that were handed down, as many as there are event loops: all of them listen on one. kInvalid if more were
// handed down.
Result<std::vector<UniqueFd>> share_between_loops(std::vector<UniqueFd> handed_down, unsigned count);

using net::listen_with_mode;

}  // namespace laraman::supervisor
