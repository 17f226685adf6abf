#include "http/response.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/syntax.h"

namespace laraman::http {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};

// The IANA registry of status codes, and Laravel's 419.
constexpr Phrase kPhrases[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a teapot"},
    {419, "Page Expired"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {510, "Not Extended"},
    {511, "Network Authentication Required"},
};

// Fields about this connection or the message's framing (RFC 9110 section 7.6.1): written by append_response_head
// alone.
constexpr std::array<std::string_view, 7> kOfConnection = {
    "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding"};

void append_number(std::string& out, std::uint64_t value, int base = 10) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
  out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view reason_phrase(int status) {
  const Phrase* found = std::lower_bound(std::begin(kPhrases), std::end(kPhrases), status,
                                         [](const Phrase& phrase, int wanted) { return phrase.status < wanted; });
  return found != std::end(kPhrases) && found->status == status ? found->text : "Unknown";
}

bool never_has_body(int status) { return status < 200 || status == 204 || status == 304; }

bool is_of_connection(std::string_view name) {
  return std::any_of(kOfConnection.begin(), kOfConnection.end(),
                     [&](std::string_view field) { return equals_ignoring_case(field, name); });
}

WrittenHead append_response_head(std::string& out, const ResponseHead& head, const ResponseOptions& options) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::uint64_t>(head.status));
  out.append(" ").append(reason_phrase(head.status)).append("\r\n");

  bool has_date = false;
  bool has_upgrade = false;
  for (const Headers::Field field : head.headers) {
    if (is_of_connection(field.name)) continue;
    has_date = has_date || equals_ignoring_case(field.name, "date");
    has_upgrade = has_upgrade || equals_ignoring_case(field.name, "upgrade");
    append_field(out, field.name, field.value);
  }
  if (!has_date && !options.date.empty()) append_field(out, "Date", options.date);

  WrittenHead written;
  written.keep_alive = options.keep_alive;
  std::optional<std::uint64_t> length = options.content_length;
  if (!length) {
    if (const auto own = head.headers.get("content-length")) length = parse_decimal(*own);
  }
  if (never_has_body(head.status)) {
    written.framing = BodyFraming::kNone;
  } else if (options.head_request) {
    written.framing = BodyFraming::kNone;
    if (length) {
      out.append("Content-Length: ");
      append_number(out, *length);
      out.append("\r\n");
    }
  } else if (length) {
    written.framing = BodyFraming::kLength;
    written.content_length = *length;
    out.append("Content-Length: ");
    append_number(out, *length);
    out.append("\r\n");
  } else if (options.version == Version::kHttp11) {
    written.framing = BodyFraming::kChunked;
    out.append("Transfer-Encoding: chunked\r\n");
  } else {
    written.framing = BodyFraming::kClose;
    written.keep_alive = false;
  }

  // RFC 9110 section 7.8: a sender of Upgrade names it in Connection.
  if (has_upgrade) {
    out.append(written.keep_alive ? "Connection: Upgrade\r\n" : "Connection: Upgrade, close\r\n");
  } else if (!written.keep_alive) {
    out.append("Connection: close\r\n");
  } else if (options.version == Version::kHttp10) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
  return written;
}

void append_chunk_header(std::string& out, std::uint64_t size) {
  append_number(out, size, 16);
  out.append("\r\n");
}

void append_chunk(std::string& out, std::string_view piece) {
  if (piece.empty()) return;
  append_chunk_header(out, piece.size());
  out.append(piece).append(kChunkEnd);
}

ErrorPage error_page(int status) {
  ErrorPage page;
  page.head.status = status;
  page.head.headers.add("Content-Type", "text/plain; charset=utf-8");
  page.body = std::to_string(status);
  page.body.append(" ").append(reason_phrase(status)).append("\n");
  return page;
}

}  // namespace laraman::http
