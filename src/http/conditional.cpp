#include "http/conditional.h"

#include <algorithm>
#include <optional>

#include "http/http_date.h"
#include "http/syntax.h"

namespace laraman::http {
namespace {

enum class Comparison { kWeak, kStrong };  // RFC 9110 section 8.8.3.2

bool etag_matches(std::string_view list, std::string_view etag, Comparison comparison) {
  if (trim(list) == "*") return true;
  for (std::string_view tag = take_list_element(list); !tag.empty(); tag = take_list_element(list)) {
    if (comparison == Comparison::kWeak && tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag) return true;
  }
  return false;
}

bool modified_since(std::string_view date, const Representation& representation) {
  const auto since = parse_date(date);
  return !since || representation.last_modified > *since;
}

// 412, 304, or 0 to go on: the order of RFC 9110 section 13.2.2.
int check_preconditions(const Headers& request, const Representation& representation) {
  if (const auto if_match = request.get("If-Match")) {
    if (!etag_matches(*if_match, representation.etag, Comparison::kStrong)) return 412;
  } else if (const auto unmodified = request.get("If-Unmodified-Since")) {
    if (parse_date(*unmodified) && modified_since(*unmodified, representation)) return 412;
  }
  if (const auto none_match = request.get("If-None-Match")) {
    if (etag_matches(*none_match, representation.etag, Comparison::kWeak)) return 304;
  } else if (const auto modified = request.get("If-Modified-Since")) {
    if (!modified_since(*modified, representation)) return 304;
  }
  return 0;
}

// RFC 9110 section 13.1.5: ranges are of use only to a client with the same representation.
bool range_applies(const Headers& request, const Representation& representation) {
  const auto if_range = request.get("If-Range");
  if (!if_range) return true;
  if (if_range->starts_with('"') || if_range->starts_with("W/")) return *if_range == representation.etag;
  const auto date = parse_date(*if_range);
  return date && *date == representation.last_modified;
}

// A single range of a "bytes" Range field. Empty: the field is to be ignored.
std::optional<Selection> parse_range(std::string_view value, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (value.size() < kUnit.size() || !equals_ignoring_case(value.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  value = trim(value.substr(kUnit.size()));
  const std::size_t dash = value.find('-');
  if (dash == value.npos || value.find(',') != value.npos) return std::nullopt;
  const std::string_view first_text = value.substr(0, dash);
  const std::string_view last_text = value.substr(dash + 1);
  const auto first = parse_decimal(first_text);
  const auto last = parse_decimal(last_text);
  if ((!first && !first_text.empty()) || (!last && !last_text.empty()) || (!first && !last)) return std::nullopt;
  if (first && last && *last < *first) return std::nullopt;
  if (!first) {  // "-500": the last 500 bytes
    if (*last == 0 || size == 0) return Selection{416, 0, 0};
    const std::uint64_t length = std::min(*last, size);
    return Selection{206, size - length, length};
  }
  if (*first >= size) return Selection{416, 0, 0};
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return Selection{206, *first, end - *first + 1};
}

}  // namespace

Selection select(const Headers& request, const Representation& representation) {
  const Selection whole{200, 0, representation.size};
  if (request.empty()) return whole;
  if (const int status = check_preconditions(request, representation); status != 0) return Selection{status, 0, 0};
  const auto range = request.get("Range");
  if (!range || !range_applies(request, representation)) return whole;
  return parse_range(*range, representation.size).value_or(whole);
}

std::optional<ContentRange> parse_content_range(std::string_view value) {
  constexpr std::string_view kUnit = "bytes ";
  const std::size_t dash = value.find('-');
  const std::size_t slash = value.find('/');
  if (!value.starts_with(kUnit) || dash == value.npos || slash == value.npos || slash < dash) return std::nullopt;
  const auto first = parse_decimal(value.substr(kUnit.size(), dash - kUnit.size()));
  const auto last = parse_decimal(value.substr(dash + 1, slash - dash - 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return ContentRange{*first, *last};
}

}  // namespace laraman::http
