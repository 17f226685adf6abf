// Preconditions and ranges of a GET or HEAD of something with a validator and a known size (RFC 9110 sections 13 and
// 14). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/headers.h"

namespace laraman::http {

// What is known of the thing asked for.
struct Representation {
  std::string etag;                // with its quotes
  std::int64_t last_modified = 0;  // unix seconds
  std::uint64_t size = 0;          // bytes
};

struct Selection {
  int status = 200;          // 200, 206, 304, 412, 416
  std::uint64_t offset = 0;  // what to send with 200 and 206
  std::uint64_t length = 0;
};

// What the request's fields select. Several ranges at once are answered with the whole.
Selection select(const Headers& request, const Representation& representation);

// "bytes 0-9/100" of a Content-Range field; empty if it is anything else.
struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
std::optional<ContentRange> parse_content_range(std::string_view value);

}  // namespace laraman::http
