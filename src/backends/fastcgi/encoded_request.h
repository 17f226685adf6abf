// EncodedRequest: a request as it goes to a worker.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/unique_fd.h"

namespace laraman::backends::fastcgi {

struct EncodedRequest {
  std::string parameters;  // name-value pairs (wire::fastcgi::append_pair), CONTENT_LENGTH among them
  // The whole body: in memory, or the first `body_size` bytes of a file.
  std::string body;
  std::shared_ptr<const UniqueFd> body_file;
  std::uint64_t body_size = 0;
};

}  // namespace laraman::backends::fastcgi
