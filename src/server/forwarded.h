// What a trusted proxy says in X-Forwarded-* of the client whose request it passes on. Pure.
//
// The gateway itself uses it: the client's address towards businesses, https or not, the name that the client asked for
// in the check of origins. The fields reach the application unchanged, with the proxy's own address as REMOTE_ADDR:
// Laravel's TrustProxies judges them by that (docs/decisions/forwarded.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/headers.h"
#include "net/network.h"

namespace laraman::server {

// X-Forwarded-For, from the right: the first address that is no trusted proxy's own; `peer`, which is trusted, if the
// field says nothing usable.
std::string forwarded_client(const http::Headers& headers, std::string_view peer, const net::Networks& trusted);

// X-Forwarded-Proto: its first element is "https", or something else; empty without it.
std::optional<bool> forwarded_secure(const http::Headers& headers);

// The first element of X-Forwarded-Host; empty without it.
std::optional<std::string_view> forwarded_host(const http::Headers& headers);

}  // namespace laraman::server
