// The head of a CGI response (RFC 3875 section 6), as FastCGI applications send it: fields, among them Status, and an
// empty line. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/response.h"

namespace laraman::http {

enum class CgiHeadState : std::uint8_t { kComplete, kIncomplete, kMalformed };

struct CgiHead {
  ResponseHead head;     // without the Status field; repeated fields (Set-Cookie) in their order
  std::size_t size = 0;  // bytes of the head; the body follows
};

// Reads the head at the front of `bytes`. Lines may end with LF alone. Without Status it is 200, or 302 with a
// Location. Malformed: not fields, a control character in one, or a status outside 200 to 599.
CgiHeadState parse_cgi_head(std::string_view bytes, CgiHead& parsed);

}  // namespace laraman::http
