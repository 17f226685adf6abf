#include "base/escape.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>

namespace laraman {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t size = 0;  // bytes; 0: the text does not begin with UTF-8
};

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
  char32_t code = lead & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[size] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
  return {code, size};
}

bool is_unsafe(char32_t c) {
  const bool is_control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  const bool is_separator = c == 0x2028 || c == 0x2029;
  const bool is_direction =
      c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return is_control || is_separator || is_direction || c == 0xfeff;
}

std::string escape(std::string_view text, bool quotes) {
  std::string out;
  out.reserve(text.size() + 2);
  while (!text.empty()) {
    const Character first = first_character(text);
    const std::string_view bytes = text.substr(0, first.size == 0 ? 1 : first.size);
    text.remove_prefix(bytes.size());
    if (first.code == '\n') {
      out.append("\\n");
    } else if (first.size == 0 || is_unsafe(first.code)) {
      for (const char c : bytes) fmt::format_to(std::back_inserter(out), "\\x{:02X}", static_cast<unsigned char>(c));
    } else {
      if (quotes && (first.code == '"' || first.code == '\\')) out.push_back('\\');
      out.append(bytes);
    }
  }
  return out;
}

}  // namespace

std::string escape_controls(std::string_view text) { return escape(text, false); }

std::string quote(std::string_view text) { return "\"" + escape(text, true) + "\""; }

}  // namespace laraman
