// Dates of HTTP fields (RFC 9110 section 5.6.7). Pure: the time is given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace laraman::http {

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string format_date(std::int64_t unix_seconds);

// Unix seconds of a date in any of the three forms that recipients must accept; empty if it is none.
std::optional<std::int64_t> parse_date(std::string_view text);

}  // namespace laraman::http
