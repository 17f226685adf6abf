// A text that has to be shortened. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace laraman {

// The longest prefix of `text` that has at most `bytes` bytes and does not end within a character of UTF-8.
inline std::string_view utf8_prefix(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace laraman
