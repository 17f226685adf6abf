#include "backends/application/application.h"

#include <algorithm>
#include <cctype>

#include "http/syntax.h"
#include "wire/websocket_events.h"

namespace laraman::backends::application {
namespace {

bool begins_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && http::equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

}  // namespace

bool has_reserved_content_type(const http::Request& request) {
  return begins_ignoring_case(request.header("content-type").value_or(""), wire::kWebSocketEventsType);
}

bool is_withheld(std::string_view field) {
  // An underscore would make HTTP_X_Y of two different names; Proxy would become HTTP_PROXY, which libraries obey.
  if (!std::all_of(field.begin(), field.end(),
                   [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-'; })) {
    return true;
  }
  // The first two would let a client say which files Symfony names, and how.
  return http::equals_ignoring_case(field, "x-sendfile-type") || http::equals_ignoring_case(field, "x-accel-mapping") ||
         http::equals_ignoring_case(field, "proxy") || http::equals_ignoring_case(field, "connection-id") ||
         begins_ignoring_case(field, "grip-") || begins_ignoring_case(field, "meta-");
}

}  // namespace laraman::backends::application
