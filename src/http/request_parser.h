// RequestParser: bytes in, request heads out, HTTP/1.0 and 1.1, as strictly as RFC 9112 allows: what two parsers could
// read in two ways (a bare LF, a folded line, two lengths, a length beside chunked) is refused, so that no request can
// be smuggled past a proxy. Pure: no I/O, no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/request.h"

namespace laraman::http {

struct RequestLimits {
  std::size_t request_line = 8 * 1024;  // bytes; above it 414
  std::size_t head = 64 * 1024;         // bytes of all header lines; above it 431
  std::size_t headers = 128;            // number of header lines; above it 431
};

class RequestParser {
 public:
  enum class State : std::uint8_t {
    kIncomplete,  // needs more bytes
    kComplete,    // take() the request
    kRefused,     // answer status(), then close the connection: what follows has no known beginning
  };

  explicit RequestParser(const RequestLimits& limits = {}) : limits_(limits) {}

  // Reads from the front of `bytes` and shortens it by what it read: never more than one head.
  State feed(std::string_view& bytes);

  // After kComplete: the request. The parser starts over.
  Request take();

  // After kRefused: 400, 414, 417, 431, 501 or 505, and what is wrong, for the log.
  int status() const { return status_; }
  std::string_view problem() const { return problem_; }

  // A request has begun and is not complete (empty lines before a request do not count).
  bool begun() const { return line_begin_ > 0 || !headers_.text().empty(); }

 private:
  State refuse(int status, std::string_view problem);
  State on_line(std::size_t end);
  State on_request_line(std::string_view line);
  State on_target(std::string_view method, std::string_view target);
  State on_header_line(std::string_view line);
  State on_field(std::string_view name, std::string_view value);
  State on_content_length(std::string_view value);
  State on_transfer_encoding(std::string_view value);
  State on_head_end();
  State join_repeated_fields();

  RequestLimits limits_;
  Headers headers_;  // of the request, and its text
  Request::Parts parts_;
  std::size_t line_begin_ = 0;   // in the text
  std::size_t head_begin_ = 0;   // where the header lines begin; 0: the request line has not ended yet
  std::uint32_t authority_ = 0;  // of an absolute-form target
  std::uint32_t authority_size_ = 0;
  int status_ = 0;
  std::string_view problem_;
  bool absolute_ = false;
  bool has_host_ = false;
  bool has_length_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  std::uint8_t empty_lines_ = 0;  // before the request line
};

}  // namespace laraman::http
