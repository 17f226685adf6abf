// Which pages may open a WebSocket here (RFC 6455 section 10.2): browsers send cookies with a handshake from any page,
// so one from a foreign origin must be refused. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace laraman::websocket {

// Whether a page of `origin` (the Origin field; "null" for pages without one) may connect to `host` (the Host field).
// `allowed` names further origins: "https://example.com", "https://*.example.com" (any depth below, not itself), "*".
// The scheme of the same origin is not compared, since TLS may end at a proxy.
bool origin_allowed(std::string_view origin, std::string_view host, std::span<const std::string> allowed);

}  // namespace laraman::websocket
