// The character classes and small grammars of HTTP fields (RFC 9110 section 5.6) that parsers and writers share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace laraman::http {

namespace syntax_detail {
enum : std::uint8_t { kToken = 1, kFieldByte = 2, kTarget = 4, kHost = 8 };

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const auto one_of = [c](std::string_view set) { return c != 0 && set.find(static_cast<char>(c)) != set.npos; };
    std::uint8_t bits = 0;
    if (alphanumeric || one_of("!#$%&'*+-.^_`|~")) bits |= kToken;
    if (c == '\t' || (c >= 0x20 && c != 0x7f)) bits |= kFieldByte;
    if (c > 0x20 && c != 0x7f && c != '#') bits |= kTarget;
    if (alphanumeric || one_of("-._~!$&'()*+;=%:[]")) bits |= kHost;
    classes[c] = bits;
  }
  return classes;
}
inline constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

inline bool all_in(std::string_view text, std::uint8_t wanted) {
  for (const char c : text) {
    if ((kClasses[static_cast<unsigned char>(c)] & wanted) == 0) return false;
  }
  return true;
}
}  // namespace syntax_detail

inline bool is_token(std::string_view text) {
  return !text.empty() && syntax_detail::all_in(text, syntax_detail::kToken);
}
// No control character but tab; bytes above 0x7f are allowed.
inline bool is_field_value(std::string_view text) { return syntax_detail::all_in(text, syntax_detail::kFieldByte); }
// Neither control character nor space nor '#': wider than RFC 3986, since browsers send '|', '{' and the like
// unescaped, and curl UTF-8.
inline bool is_target(std::string_view text) {
  return !text.empty() && syntax_detail::all_in(text, syntax_detail::kTarget);
}
// host [ ":" [ port ] ]: the characters of RFC 3986 reg-name and IP literals, a port up to 65535. Empty is valid.
bool is_host(std::string_view text);

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool equals_ignoring_case(std::string_view a, std::string_view b);

// Without spaces and tabs at both ends.
std::string_view trim(std::string_view text);

// Takes the next element off a comma-separated list (RFC 9110 section 5.6.1); empty elements are skipped. Empty at the
// end.
std::string_view take_list_element(std::string_view& list);
// Whether the list has that token, in any case.
bool list_contains(std::string_view list, std::string_view token);

// A number of decimal digits only; empty if it is anything else or above 2^63 - 1.
std::optional<std::uint64_t> parse_decimal(std::string_view digits);

// Whether each '%' of a path begins an escape, and none is that of NUL, at which C code would cut the path.
bool has_good_escapes(std::string_view path);
// %XX decoded; empty if an escape is malformed.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace laraman::http
