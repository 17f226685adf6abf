// Who listens on a TCP port of this machine.
#pragma once

#include <cstdint>
#include <string>

namespace laraman::supervisor {

// "nginx (pid 123)", or empty where it cannot be told: nobody listens, or the process is another user's.
std::string port_owner(std::uint16_t port);

}  // namespace laraman::supervisor
