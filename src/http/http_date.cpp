#include "http/http_date.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "http/syntax.h"

namespace laraman::http {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Reads a date from left to right; any mismatch makes the whole fail.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  void literal(std::string_view expected) {
    if (!rest_.starts_with(expected)) {
      failed_ = true;
      return;
    }
    rest_.remove_prefix(expected.size());
  }
  int number(std::size_t digits) {
    const auto value = parse_decimal(rest_.substr(0, digits));
    if (rest_.size() < digits || !value) {
      failed_ = true;
      return 0;
    }
    rest_.remove_prefix(digits);
    return static_cast<int>(*value);
  }
  // 1 to 12
  unsigned month() {
    for (unsigned i = 0; i < kMonths.size(); ++i) {
      if (!rest_.starts_with(kMonths[i])) continue;
      rest_.remove_prefix(3);
      return i + 1;
    }
    failed_ = true;
    return 1;
  }
  bool skip(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  bool ok() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

struct Fields {
  int year = 0;
  unsigned month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

void scan_time(Scanner& scanner, Fields& fields) {
  fields.hour = scanner.number(2);
  scanner.literal(":");
  fields.minute = scanner.number(2);
  scanner.literal(":");
  fields.second = scanner.number(2);
}

std::optional<std::int64_t> to_unix(const Fields& fields) {
  namespace chrono = std::chrono;
  const chrono::year_month_day date(chrono::year(fields.year), chrono::month(fields.month),
                                    chrono::day(static_cast<unsigned>(fields.day)));
  if (!date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60) return std::nullopt;
  const auto time = chrono::sys_days(date) + chrono::hours(fields.hour) + chrono::minutes(fields.minute) +
                    chrono::seconds(fields.second);
  return chrono::duration_cast<chrono::seconds>(time.time_since_epoch()).count();
}

// The two digits of an RFC 850 year: those before 70 are of this century.
int full_year(int two_digits) { return two_digits + (two_digits < 70 ? 2000 : 1900); }

}  // namespace

std::string format_date(std::int64_t unix_seconds) {
  namespace chrono = std::chrono;
  const chrono::sys_seconds time{chrono::seconds(unix_seconds)};
  const auto days = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(days);
  const chrono::hh_mm_ss clock(time - days);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[chrono::weekday(days).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  Fields fields;
  const std::size_t comma = text.find(',');
  if (comma == 3) {  // IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT
    Scanner scanner(text.substr(4));
    scanner.literal(" ");
    fields.day = scanner.number(2);
    scanner.literal(" ");
    fields.month = scanner.month();
    scanner.literal(" ");
    fields.year = scanner.number(4);
    scanner.literal(" ");
    scan_time(scanner, fields);
    scanner.literal(" GMT");
    return scanner.ok() ? to_unix(fields) : std::nullopt;
  }
  if (comma != text.npos) {  // RFC 850: Sunday, 06-Nov-94 08:49:37 GMT
    Scanner scanner(text.substr(comma + 1));
    scanner.literal(" ");
    fields.day = scanner.number(2);
    scanner.literal("-");
    fields.month = scanner.month();
    scanner.literal("-");
    fields.year = full_year(scanner.number(2));
    scanner.literal(" ");
    scan_time(scanner, fields);
    scanner.literal(" GMT");
    return scanner.ok() ? to_unix(fields) : std::nullopt;
  }
  if (text.size() < 4) return std::nullopt;
  Scanner scanner(text.substr(3));  // asctime: Sun Nov  6 08:49:37 1994
  scanner.literal(" ");
  fields.month = scanner.month();
  scanner.literal(" ");
  fields.day = scanner.skip(" ") ? scanner.number(1) : scanner.number(2);
  scanner.literal(" ");
  scan_time(scanner, fields);
  scanner.literal(" ");
  fields.year = scanner.number(4);
  return scanner.ok() ? to_unix(fields) : std::nullopt;
}

}  // namespace laraman::http
