// Request: the head of one HTTP/1 request, checked, as RequestParser makes it. Owns all its text in one buffer.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "http/headers.h"

namespace laraman::http {

// A later HTTP/1.x counts as 1.1 (RFC 9110 section 2.5).
enum class Version : std::uint8_t { kHttp10, kHttp11, kHttp2 };
// "HTTP/1.1", and "HTTP/2.0", as nginx has it.
constexpr std::string_view name_of(Version version) {
  switch (version) {
    case Version::kHttp10: return "HTTP/1.0";
    case Version::kHttp11: return "HTTP/1.1";
    case Version::kHttp2: return "HTTP/2.0";
  }
  return {};
}

class Request {
 public:
  // What RequestParser has found in the text of the headers, which begins with the request line.
  struct Parts {
    std::uint64_t content_length = 0;
    std::uint32_t method_size = 0;
    std::uint32_t target = 0;
    std::uint32_t target_size = 0;
    Version version = Version::kHttp11;
    bool chunked = false;
    bool keep_alive = false;
    bool expects_continue = false;
  };

  Request() = default;
  Request(Headers headers, const Parts& parts) : headers_(std::move(headers)), parts_(parts) {}

  std::string_view method() const { return headers_.view(0, parts_.method_size); }
  // Origin form as received, "/path?query", still percent-encoded; of an absolute-form target only that part; "*".
  std::string_view target() const { return headers_.view(parts_.target, parts_.target_size); }
  std::string_view path() const { return target().substr(0, target().find('?')); }
  // After the '?'; empty without one.
  std::string_view query() const {
    const std::size_t mark = target().find('?');
    return mark == std::string_view::npos ? std::string_view() : target().substr(mark + 1);
  }
  Version version() const { return parts_.version; }
  // For a request that came by a later version and was checked as one of HTTP/1.1.
  void set_version(Version version) { parts_.version = version; }

  // An absolute-form target's authority stands in the Host field (RFC 9112 section 3.2.2). Each name is there once:
  // the lines of a list are joined.
  const Headers& headers() const { return headers_; }
  Headers& headers() { return headers_; }
  std::optional<std::string_view> header(std::string_view name) const { return headers_.get(name); }

  // The body that follows: chunked, or of that many bytes.
  bool chunked() const { return parts_.chunked; }
  std::uint64_t content_length() const { return parts_.content_length; }
  bool has_body() const { return chunked() || content_length() > 0; }

  // The client wants to send another request on the connection (RFC 9112 section 9.3).
  bool keep_alive() const { return parts_.keep_alive; }
  // The client waits for a 100 before it sends the body (RFC 9110 section 10.1.1).
  bool expects_continue() const { return parts_.expects_continue; }

 private:
  Headers headers_;
  Parts parts_;
};

}  // namespace laraman::http
