// The Sec-WebSocket-Extensions field (RFC 6455 section 9.1): what a client offers. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/headers.h"

namespace laraman::websocket {

struct Extension {
  struct Parameter {
    std::string name;
    std::optional<std::string> value;  // without quotes and escapes
  };

  std::string name;
  std::vector<Parameter> parameters;
};

// The extensions that `headers` offer, in the client's order; none without the field. An error: the field is malformed,
// and the handshake must be refused with 400 (section 4.2.1 item 9).
Result<std::vector<Extension>> offered_extensions(const http::Headers& headers);

}  // namespace laraman::websocket
