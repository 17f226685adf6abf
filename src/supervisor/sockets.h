// The listening sockets that the supervisor opens before any role starts, so that they outlive each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace laraman::supervisor {

// One listening socket for each of `count` event loops, all on the same address. Port 0 is any free one. kExists if
// another process has the address: the error names the address and, where it can be told, the process.
Result<std::vector<UniqueFd>> listen_for_clients(const std::string& host, std::uint16_t port, unsigned count);

// A listening socket at `address` ("unix:/path", "/path", "host:port"). A socket file that a dead server left is
// removed; `mode` are the permissions of the new one.
Result<UniqueFd> listen_with_mode(const std::string& address, unsigned mode);

}  // namespace laraman::supervisor
