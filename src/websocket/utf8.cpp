#include "websocket/utf8.h"

#include <cstring>

namespace laraman::websocket {

bool Utf8Validator::feed(std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at != end) {
    if (missing_ == 0) {
      // ASCII, 32 bytes at a time, then eight.
      while (end - at >= 32) {
        std::uint64_t parts[4];
        std::memcpy(parts, at, sizeof parts);
        if (((parts[0] | parts[1] | parts[2] | parts[3]) & 0x8080808080808080ULL) != 0) break;
        at += 32;
      }
      while (end - at >= 8) {
        std::uint64_t eight;
        std::memcpy(&eight, at, sizeof eight);
        if ((eight & 0x8080808080808080ULL) != 0) break;
        at += 8;
      }
      if (at == end) return true;
    }
    const auto byte = static_cast<std::uint8_t>(*at++);
    if (missing_ > 0) {
      if (byte < lowest_ || byte > highest_) return false;
      --missing_;
      lowest_ = 0x80;
      highest_ = 0xbf;
    } else if (byte >= 0x80) {
      if (byte >= 0xc2 && byte <= 0xdf) {
        missing_ = 1;
      } else if (byte >= 0xe0 && byte <= 0xef) {
        missing_ = 2;
        if (byte == 0xe0) lowest_ = 0xa0;
        if (byte == 0xed) highest_ = 0x9f;
      } else if (byte >= 0xf0 && byte <= 0xf4) {
        missing_ = 3;
        if (byte == 0xf0) lowest_ = 0x90;
        if (byte == 0xf4) highest_ = 0x8f;
      } else {
        return false;
      }
    }
  }
  return true;
}

bool is_utf8(std::string_view text) {
  Utf8Validator validator;
  return validator.feed(text) && validator.complete();
}

std::string as_utf8(std::string_view text) {
  std::string out(text);
  if (is_utf8(text)) return out;
  for (char& c : out) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return out;
}

}  // namespace laraman::websocket
