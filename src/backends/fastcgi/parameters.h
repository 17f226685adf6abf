// The FastCGI parameters of a request (RFC 3875 section 4.1 and what PHP expects beside): what a worker may trust,
// because no header of a client can produce it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/connection_id.h"
#include "http/request.h"

namespace laraman::backends::fastcgi {

// Where a request came from and where it arrived.
struct RequestOrigin {
  std::string remote_address;
  std::uint16_t remote_port = 0;
  std::string server_address;
  std::uint16_t server_port = 0;
  bool secure = false;           // came over TLS
  std::string public_directory;  // DOCUMENT_ROOT; may be empty
};

// Does the client try to speak as the gateway? Its Grip-*, Connection-Id and Meta-* fields are never passed on; a body
// of the type of the gateway's own event exchange is refused (415).
bool has_reserved_content_type(const http::Request& request);

// Encoded name-value pairs of an HTTP request whose body has `body_size` bytes.
std::string request_parameters(const http::Request& request, const RequestOrigin& origin, std::uint64_t body_size);

// Those of the OPEN exchange for a WebSocket handshake (WebSocket-over-HTTP); its body is kOpenBody.
std::string handshake_parameters(const http::Request& request, const RequestOrigin& origin,
                                 const gateway::ConnectionId& id);
inline constexpr std::string_view kOpenBody = "OPEN\r\n";

}  // namespace laraman::backends::fastcgi
