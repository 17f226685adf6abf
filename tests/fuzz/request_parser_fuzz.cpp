// Requests and their bodies: whatever the bytes, and however they are cut into pieces, the same comes out.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/body_reader.h"
#include "http/request_parser.h"
#include "http/static_root.h"

namespace {

using laraman::http::BodyReader;
using laraman::http::RequestParser;

// All that was read, as text.
std::string read(std::string_view bytes, std::size_t step) {
  std::string log;
  RequestParser parser({.request_line = 256, .head = 512, .headers = 16});
  BodyReader body;
  while (!bytes.empty()) {
    std::string_view piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    while (!piece.empty()) {
      if (!body.done()) {
        for (auto part = body.take(piece); !part.empty(); part = body.take(piece)) log.append(part);
        if (body.failed()) return log.append("|bad body");
        continue;
      }
      const auto state = parser.feed(piece);
      if (state == RequestParser::State::kRefused)
        return log.append("|refused ").append(std::to_string(parser.status()));
      if (state == RequestParser::State::kIncomplete) break;
      const laraman::http::Request request = parser.take();
      log.append("|").append(request.method()).append(" ").append(request.path()).append("?").append(request.query());
      for (const auto field : request.headers()) log.append("|").append(field.name).append(":").append(field.value);
      log.append(request.keep_alive() ? "|+|" : "|-|");
      body = BodyReader(request);

      const std::string file = laraman::http::resolve_static_path(request.path());
      if (("/" + file + "/").find("/../") != std::string::npos || file.find('\0') != std::string::npos) std::abort();
    }
  }
  return log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = read(bytes, bytes.size() + 1);
  if (read(bytes, 1) != whole || read(bytes, 2 + data[0] % 64) != whole) std::abort();
  return 0;
}
