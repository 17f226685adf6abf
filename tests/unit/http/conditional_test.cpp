#include "http/conditional.h"

#include <gtest/gtest.h>

namespace laraman::http {
namespace {

constexpr std::int64_t kModified = 784111777;
constexpr const char* kDate = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* kEarlier = "Sun, 06 Nov 1994 08:49:36 GMT";

Selection select_with(std::initializer_list<Headers::Field> fields, std::uint64_t size = 1000) {
  Headers headers;
  headers.add("Host", "a");
  for (const Headers::Field& field : fields) headers.add(field.name, field.value);
  return select(headers, {"\"tag\"", kModified, size});
}

// RFC 9110 section 13.
TEST(Conditional, ChecksPreconditions) {
  struct Case {
    const char* what;
    std::initializer_list<Headers::Field> fields;
    int status;
  };
  const Case cases[] = {
      {"none", {}, 200},
      {"same tag", {{"If-None-Match", "\"tag\""}}, 304},
      {"weakly the same", {{"If-None-Match", "W/\"tag\""}}, 304},
      {"one of the tags", {{"If-None-Match", "\"x\", \"tag\""}}, 304},
      {"any tag", {{"If-None-Match", "*"}}, 304},
      {"another tag", {{"If-None-Match", "\"x\""}}, 200},
      {"not modified since", {{"If-Modified-Since", kDate}}, 304},
      {"modified since", {{"If-Modified-Since", kEarlier}}, 200},
      {"since no date", {{"If-Modified-Since", "yesterday"}}, 200},
      {"the tag goes before the date", {{"If-None-Match", "\"x\""}, {"If-Modified-Since", kDate}}, 200},
      {"if it matches", {{"If-Match", "\"tag\""}}, 200},
      {"if it weakly matches", {{"If-Match", "W/\"tag\""}}, 412},
      {"if another matches", {{"If-Match", "\"x\""}}, 412},
      {"if any matches", {{"If-Match", "*"}}, 200},
      {"unmodified since", {{"If-Unmodified-Since", kDate}}, 200},
      {"modified after all", {{"If-Unmodified-Since", kEarlier}}, 412},
  };
  for (const Case& c : cases) EXPECT_EQ(select_with(c.fields).status, c.status) << c.what;
}

// RFC 9110 section 14.
TEST(Conditional, SelectsRanges) {
  struct Case {
    const char* range;
    int status;
    std::uint64_t offset;
    std::uint64_t length;
  };
  const Case cases[] = {
      {"bytes=0-499", 206, 0, 500},
      {"bytes=500-", 206, 500, 500},
      {"bytes=999-999", 206, 999, 1},
      {"bytes=-1", 206, 999, 1},
      {"bytes=-2000", 206, 0, 1000},
      {"bytes=500-5000", 206, 500, 500},
      {"BYTES=0-0", 206, 0, 1},
      {"bytes=1000-", 416, 0, 0},
      {"bytes=2000-3000", 416, 0, 0},
      {"bytes=-0", 416, 0, 0},
      {"bytes=5-4", 200, 0, 1000},
      {"bytes=-", 200, 0, 1000},
      {"bytes=a-b", 200, 0, 1000},
      {"bytes=1", 200, 0, 1000},
      {"lines=0-1", 200, 0, 1000},
      {"bytes=0-1,5-6", 200, 0, 1000},
      {"bytes=99999999999999999999-", 200, 0, 1000},
  };
  for (const Case& c : cases) {
    const Selection selection = select_with({{"Range", c.range}});
    EXPECT_EQ(selection.status, c.status) << c.range;
    EXPECT_EQ(selection.offset, c.offset) << c.range;
    EXPECT_EQ(selection.length, c.length) << c.range;
  }
  EXPECT_EQ(select_with({{"Range", "bytes=0-"}}, 0).status, 416);
  EXPECT_EQ(select_with({{"Range", "bytes=-5"}}, 0).status, 416);
}

// RFC 9110 section 13.1.5.
TEST(Conditional, RangesAreForWhoHasTheSame) {
  EXPECT_EQ(select_with({{"Range", "bytes=0-1"}, {"If-Range", "\"tag\""}}).status, 206);
  EXPECT_EQ(select_with({{"Range", "bytes=0-1"}, {"If-Range", "\"x\""}}).status, 200);
  EXPECT_EQ(select_with({{"Range", "bytes=0-1"}, {"If-Range", "W/\"tag\""}}).status, 200);
  EXPECT_EQ(select_with({{"Range", "bytes=0-1"}, {"If-Range", kDate}}).status, 206);
  EXPECT_EQ(select_with({{"Range", "bytes=0-1"}, {"If-Range", kEarlier}}).status, 200);
  EXPECT_EQ(select_with({{"Range", "bytes=0-1"}, {"If-None-Match", "\"tag\""}}).status, 304);
}

}  // namespace
}  // namespace laraman::http
