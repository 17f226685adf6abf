// The opening handshake, server side (RFC 6455 section 4.2). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/request.h"
#include "http/response.h"

namespace laraman::websocket {

// The client wants to leave HTTP for WebSocket; whether it does so correctly says check_handshake().
bool asks_for_websocket(const http::Request& request);

// Checks the request against section 4.2.1. Empty: accept_key() and switching_protocols() may follow. Else the response
// that refuses it: 400, or 426 with the version that is spoken here.
std::optional<http::ErrorPage> check_handshake(const http::Request& request);

// Sec-WebSocket-Accept for a Sec-WebSocket-Key (section 4.2.2 step 5.4).
std::string accept_key(std::string_view key);

// The whole 101 response to `request`, with the fields `more` (Set-Cookie, Sec-WebSocket-Protocol, …) but those that
// would contradict it.
std::string switching_protocols(const http::Request& request, const http::Headers& more);

}  // namespace laraman::websocket
