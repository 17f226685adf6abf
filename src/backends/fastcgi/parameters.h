// The FastCGI parameters of a request (RFC 3875 section 4.1 and what PHP expects beside): what a worker may trust,
// because no header of a client can produce it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "backends/application/application.h"
#include "gateway/connection_id.h"
#include "http/request.h"

namespace laraman::backends::fastcgi {

// Encoded name-value pairs of an HTTP request whose body has `body_size` bytes.
std::string request_parameters(const http::Request& request, const application::RequestOrigin& origin,
                               std::uint64_t body_size);

// Those of the OPEN exchange for a WebSocket handshake (WebSocket-over-HTTP); its body is kOpenBody.
std::string handshake_parameters(const http::Request& request, const application::RequestOrigin& origin,
                                 const gateway::ConnectionId& id);
inline constexpr std::string_view kOpenBody = "OPEN\r\n";

}  // namespace laraman::backends::fastcgi
