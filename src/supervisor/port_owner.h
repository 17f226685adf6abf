// Who listens on a TCP port of this machine.
#pragma once

#include <cstdint>
#include <string>

namespace laraman::supervisor {

// "nginx (pid 123)", or empty where it is not known: no process listens, or it is another user's.
std::string port_owner(std::uint16_t port);

}  // namespace laraman::supervisor
