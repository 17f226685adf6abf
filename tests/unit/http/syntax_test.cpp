#include "http/syntax.h"

#include <gtest/gtest.h>

namespace laraman::http {
namespace {

TEST(Syntax, KnowsHosts) {
  for (const char* valid :
       {"", "example.com", "example.com:8000", "127.0.0.1", "[::1]", "[::1]:8000", "a_b.test:", "a:0", "a:65535"}) {
    EXPECT_TRUE(is_host(valid)) << valid;
  }
  for (const char* invalid : {"a b", "a/b", "user@host", "a:b", "a:80:80", "[::1", "[::1]x", ":80", "a,b", "[]", "a?b",
                              "a\\b", "x[1]", "a:1234567", "a:65536", "a:99999", "[::1]:65536"}) {
    EXPECT_FALSE(is_host(invalid)) << invalid;
  }
}

TEST(Syntax, WalksListsOverEmptyElements) {
  std::string_view list = " a ,, \tb,c , ";
  EXPECT_EQ(take_list_element(list), "a");
  EXPECT_EQ(take_list_element(list), "b");
  EXPECT_EQ(take_list_element(list), "c");
  EXPECT_EQ(take_list_element(list), "");
  EXPECT_TRUE(list_contains("keep-alive, Upgrade", "upgrade"));
  EXPECT_FALSE(list_contains("keep-alive, Upgrades", "upgrade"));
}

TEST(Syntax, ReadsDecimalsWithoutOverflow) {
  EXPECT_EQ(parse_decimal("0"), 0u);
  EXPECT_EQ(parse_decimal("9223372036854775807"), 9223372036854775807u);
  for (const char* invalid : {"", "+1", "-1", "1 ", "0x1", "9223372036854775808", "99999999999999999999"}) {
    EXPECT_FALSE(parse_decimal(invalid).has_value()) << invalid;
  }
}

TEST(Syntax, DecodesPercentEscapes) {
  EXPECT_EQ(percent_decode("a%20b%2Fc%c3%A9"), "a b/c\xc3\xa9");
  for (const char* invalid : {"%", "%2", "%zz", "a%2"}) EXPECT_FALSE(percent_decode(invalid).has_value()) << invalid;
}

}  // namespace
}  // namespace laraman::http
