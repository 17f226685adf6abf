// What a server writes: status lines, response heads with the framing of the body that follows, chunks. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/headers.h"
#include "http/request.h"

namespace laraman::http {

// A response's status and fields, wherever it comes from.
struct ResponseHead {
  int status = 200;
  Headers headers;
};

// "Not Found"; "Unknown" for a status that has no phrase here.
std::string_view reason_phrase(int status);

// How a client finds the end of a response's body (RFC 9112 section 6.3).
enum class BodyFraming : std::uint8_t {
  kNone,     // there is none: HEAD, 1xx, 204, 304
  kLength,   // Content-Length
  kChunked,  // append_chunk(), kLastChunk
  kClose,    // the connection closes after it
};

struct ResponseOptions {
  Version version = Version::kHttp11;           // of the request
  bool head_request = false;                    // the method was HEAD
  bool keep_alive = true;                       // the connection may serve another request
  std::optional<std::uint64_t> content_length;  // where known; else the head's own Content-Length counts
  std::string_view date;                        // format_date() of now
};

struct WrittenHead {
  BodyFraming framing = BodyFraming::kNone;
  std::uint64_t content_length = 0;  // with kLength: bytes that must follow
  bool keep_alive = true;            // false: close when the response is complete
};

// RFC 9110 section 6.4.1, whatever the request was.
bool never_has_body(int status);

// Fields about the connection or the framing of the message (RFC 9110 section 7.6.1), which are not passed on.
bool is_of_connection(std::string_view name);

// Appends the status line and fields of `head`, and those that belong to the connection: Date, Content-Length or
// Transfer-Encoding, Connection. Fields of the connection that `head` has (Connection, Keep-Alive, Transfer-Encoding,
// Trailer, …) are left out, and so is a malformed Content-Length.
WrittenHead append_response_head(std::string& out, const ResponseHead& head, const ResponseOptions& options);

// One chunk (RFC 9112 section 7.1); nothing for an empty piece, which would end the body.
void append_chunk(std::string& out, std::string_view piece);
// The line before a chunk of that many bytes, for a sender that does not copy them; kChunkEnd follows them.
void append_chunk_header(std::string& out, std::uint64_t size);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// A small plain response for `status`: the reason phrase as its text.
struct ErrorPage {
  ResponseHead head;
  std::string body;
};
ErrorPage error_page(int status);

}  // namespace laraman::http
