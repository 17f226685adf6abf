// Traffic: what has gone through one connection.
#pragma once

#include <cstdint>

namespace laraman::gateway {

struct Traffic {
  std::uint64_t bytes_in = 0;  // of frames, as the socket had them
  std::uint64_t bytes_out = 0;
  std::uint32_t messages_in = 0;
  std::uint32_t messages_out = 0;
};

}  // namespace laraman::gateway
