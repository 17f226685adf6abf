#include "http/cgi_head.h"

#include "http/syntax.h"

namespace laraman::http {
namespace {

// "404 Not Found" or "404"; 0 if it is no final status.
int parse_status(std::string_view value) {
  if (value.size() > 3 && value[3] != ' ') return 0;
  const auto status = parse_decimal(value.substr(0, 3));
  return status && *status >= 200 && *status <= 599 ? static_cast<int>(*status) : 0;
}

}  // namespace

CgiHeadState parse_cgi_head(std::string_view bytes, CgiHead& parsed) {
  CgiHead result;
  int status = 0;
  for (std::size_t begin = 0;;) {
    const std::size_t newline = bytes.find('\n', begin);
    if (newline == bytes.npos) return CgiHeadState::kIncomplete;
    std::string_view line = bytes.substr(begin, newline - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    begin = newline + 1;
    if (line.empty()) {
      result.size = begin;
      break;
    }
    const std::size_t colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon))) return CgiHeadState::kMalformed;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trim(line.substr(colon + 1));
    if (!is_field_value(value)) return CgiHeadState::kMalformed;
    if (equals_ignoring_case(name, "status")) {
      status = parse_status(value);
      if (status == 0) return CgiHeadState::kMalformed;
      continue;
    }
    result.head.headers.add(name, value);
  }
  result.head.status = status != 0 ? status : result.head.headers.contains("Location") ? 302 : 200;
  parsed = std::move(result);
  return CgiHeadState::kComplete;
}

}  // namespace laraman::http
