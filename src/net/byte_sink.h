// ByteSink: what takes bytes for a socket in place of the socket itself, to change them on their way (TLS).
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace laraman::net {

class ByteSink {
 public:
  // Takes what it can: how many bytes, 0 if the socket is full. After 0 the next call must begin with the same bytes,
  // and offer no fewer.
  virtual Result<std::size_t> write(std::string_view bytes) = 0;

 protected:
  ~ByteSink() = default;
};

}  // namespace laraman::net
