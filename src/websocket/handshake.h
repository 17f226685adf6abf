// The opening handshake as a server sees it (RFC 6455 section 4.2), on a request that the HTTP parser has accepted.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "http/headers.h"
#include "http/request.h"

namespace laraman::websocket {

// Does the request ask to become a WebSocket? (Then it has to be a correct handshake too.)
bool is_upgrade(const http::Request& request);

struct HandshakeCheck {
  int status = 0;            // 0: correct; else the status to refuse it with: 400, 405, or 426 (say version 13 then)
  std::string_view problem;  // for the log
};
HandshakeCheck check_handshake(const http::Request& request);

// May a page of `origin` open a socket here? Yes without an Origin (no browser), from the same origin (its host and port
// are those of `host`, the Host field), and from those in `allowed`: "https://example.com", "https://*.example.com" (any
// subdomain), or "*".
bool origin_allowed(std::string_view origin, std::string_view host, std::span<const std::string> allowed);

// The value of Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string accept_key(std::string_view key);

// The whole 101 response to a correct handshake, with `headers` in it (Set-Cookie, Sec-WebSocket-Protocol, …).
std::string switching_protocols(const http::Request& request, const http::Headers& headers);

}  // namespace laraman::websocket
