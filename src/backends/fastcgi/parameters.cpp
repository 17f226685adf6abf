#include "backends/fastcgi/parameters.h"

#include <algorithm>
#include <cctype>

#include "http/syntax.h"
#include "wire/fastcgi.h"
#include "wire/websocket_events.h"

namespace laraman::backends::fastcgi {
namespace {

using wire::fastcgi::append_pair;

using application::RequestOrigin;

void append_header(std::string& out, std::string& name, std::string_view header, std::string_view value) {
  name.assign("HTTP_");
  for (const char c : header) {
    name.push_back(c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  }
  append_pair(out, name, value);
}

constexpr std::string_view kContent = "content-";

// The client's own fields. The body and the Accept field of a handshake are the gateway's.
void append_fields(std::string& out, const http::Request& request, bool is_handshake) {
  std::string name;
  for (const auto& [header, value] : request.headers()) {
    if (application::is_withheld(header) || http::equals_ignoring_case(header, "content-length") ||
        http::equals_ignoring_case(header, "transfer-encoding")) {
      continue;
    }
    const bool describes_body = http::equals_ignoring_case(header.substr(0, kContent.size()), kContent);
    if (is_handshake && (describes_body || http::equals_ignoring_case(header, "accept"))) continue;
    if (http::equals_ignoring_case(header, "content-type")) {
      append_pair(out, "CONTENT_TYPE", value);
    } else {
      append_header(out, name, header, value);
    }
  }
}

// All that depends neither on the method nor on the body, nor is a field of the client's.
void append_common(std::string& out, const http::Request& request, const RequestOrigin& origin) {
  append_pair(out, "GATEWAY_INTERFACE", "CGI/1.1");
  append_pair(out, "SERVER_SOFTWARE", "laraman/0.1");
  append_pair(out, "SERVER_PROTOCOL", http::name_of(request.version()));
  append_pair(out, "REQUEST_URI", request.target());
  append_pair(out, "DOCUMENT_URI", request.path());
  append_pair(out, "QUERY_STRING", request.query());
  append_pair(out, "SCRIPT_NAME", "/index.php");
  append_pair(out, "SCRIPT_FILENAME", origin.public_directory + "/index.php");
  append_pair(out, "DOCUMENT_ROOT", origin.public_directory);
  append_pair(out, "REMOTE_ADDR", origin.remote_address);
  append_pair(out, "REMOTE_PORT", std::to_string(origin.remote_port));
  append_pair(out, "SERVER_ADDR", origin.server_address);
  append_pair(out, "SERVER_PORT", std::to_string(origin.server_port));
  append_pair(out, "REQUEST_SCHEME", origin.secure ? "https" : "http");
  if (origin.secure) append_pair(out, "HTTPS", "on");
  const std::string_view host = request.header("host").value_or(origin.server_address);
  // Without the port: "example.com", "[::1]".
  const std::size_t colon = host.ends_with(']') ? std::string_view::npos : host.rfind(':');
  append_pair(out, "SERVER_NAME", host.substr(0, colon));
}

}  // namespace

std::string request_parameters(const http::Request& request, const RequestOrigin& origin, std::uint64_t body_size) {
  std::string out;
  out.reserve(2048);
  append_common(out, request, origin);
  append_pair(out, "REQUEST_METHOD", request.method());
  if (request.has_body() || request.header("content-length")) {
    append_pair(out, "CONTENT_LENGTH", std::to_string(body_size));
  }
  append_pair(out, "LARAMAN_SENDFILE", "1");
  append_fields(out, request, false);
  return out;
}

std::string handshake_parameters(const http::Request& request, const RequestOrigin& origin,
                                 const gateway::ConnectionId& id) {
  std::string out;
  out.reserve(2048);
  append_common(out, request, origin);
  append_pair(out, "REQUEST_METHOD", "POST");
  append_pair(out, "CONTENT_TYPE", wire::kWebSocketEventsType);
  append_pair(out, "CONTENT_LENGTH", std::to_string(kOpenBody.size()));
  append_pair(out, "HTTP_ACCEPT", wire::kWebSocketEventsType);
  append_pair(out, "HTTP_CONNECTION_ID", id.hex());
  append_pair(out, "LARAMAN_EVENTS", "1");
  append_fields(out, request, true);
  return out;
}

}  // namespace laraman::backends::fastcgi
