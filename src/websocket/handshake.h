// The opening handshake, server side (RFC 6455 section 4.2; over HTTP/2 RFC 8441 section 5). Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"
#include "websocket/extensions.h"

namespace laraman::websocket {

// The client wants to leave HTTP/1.1 for WebSocket; whether it does so correctly says check_handshake().
bool asks_for_websocket(const http::Request& request);

// The sub-protocols and extensions that a client offers, in its order.
struct Offer {
  std::vector<std::string> protocols;
  std::vector<Extension> extensions;
};

// Checks the request against section 4.2.1, its sub-protocols and extensions included; of one that came by HTTP/2 what
// that leaves over. Empty: it may be accepted, and `offer` is set. Else the response that refuses it: 400, or 426 with
// the version that is spoken here.
std::optional<http::ErrorPage> check_handshake(const http::Request& request, Offer& offer);

// Sec-WebSocket-Accept for a Sec-WebSocket-Key (section 4.2.2 step 5.4).
std::string accept_key(std::string_view key);

// The sub-protocols that the client offers, in its order; an error if the field is malformed or names one twice
// (section 4.1 item 10).
Result<std::vector<std::string>> offered_protocols(const http::Headers& headers);

// What the client is answered of that which it offered; what is empty is left out.
struct Agreement {
  std::string protocol;    // Sec-WebSocket-Protocol
  std::string extensions;  // Sec-WebSocket-Extensions
};

// The response that accepts a handshake of HTTP/2: 200, with fields as switching_protocols() has them.
http::ResponseHead accepting_head(const Agreement& agreement, const http::Headers& more);

// The whole 101 response to `request`, with the fields `more` (Set-Cookie and the like) but those that would contradict
// it.
std::string switching_protocols(const http::Request& request, const Agreement& agreement, const http::Headers& more);

}  // namespace laraman::websocket
