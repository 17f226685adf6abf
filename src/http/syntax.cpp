#include "http/syntax.h"

#include <limits>

namespace laraman::http {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool all_digits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

}  // namespace

bool is_host(std::string_view text) {
  if (!syntax_detail::all_in(text, syntax_detail::kHost)) return false;
  std::string_view rest = text;
  if (text.starts_with('[')) {  // an IP literal
    const std::size_t end = text.find(']');
    if (end == text.npos || end < 3) return false;
    for (const char c : text.substr(1, end - 1)) {
      if (hex_value(c) < 0 && c != ':' && c != '.') return false;
    }
    rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return false;
  } else {
    const std::size_t colon = text.find(':');
    if (colon == 0) return false;
    const std::string_view name = text.substr(0, colon);
    if (name.find_first_of("[]") != name.npos) return false;
    rest = colon == text.npos ? std::string_view() : text.substr(colon);
  }
  if (rest.size() <= 1) return true;
  const std::optional<std::uint64_t> port = parse_decimal(rest.substr(1));
  return port && *port <= 65535;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view take_list_element(std::string_view& list) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view element = trim(list.substr(0, comma));
    list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
    if (!element.empty()) return element;
  }
  return {};
}

bool list_contains(std::string_view list, std::string_view token) {
  for (std::string_view element = take_list_element(list); !element.empty(); element = take_list_element(list)) {
    if (equals_ignoring_case(element, token)) return true;
  }
  return false;
}

std::optional<std::uint64_t> parse_decimal(std::string_view digits) {
  if (digits.empty() || !all_digits(digits)) return std::nullopt;
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  std::uint64_t value = 0;
  for (const char c : digits) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (kMost - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

bool has_good_escapes(std::string_view path) {
  for (std::size_t at = path.find('%'); at != path.npos; at = path.find('%', at + 3)) {
    const std::string_view escape = path.substr(at, 3);
    if (escape == "%00" || !percent_decode(escape)) return false;
  }
  return true;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

}  // namespace laraman::http
