#include "websocket/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace laraman::websocket {
namespace {

// RFC 3629 section 4: the borders of every range.
TEST(Utf8, AcceptsWhatIsWellFormed) {
  for (const char* text :
       {"", "plain ASCII of more than eight bytes", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xec\xbf\xbf",
        "\xed\x80\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf3\xbf\xbf\xbf",
        "\xf4\x80\x80\x80", "\xf4\x8f\xbf\xbf", "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  EXPECT_TRUE(is_utf8(std::string("\0", 1)));
}

TEST(Utf8, RefusesWhatIsNot) {
  for (const char* text : {"\x80",
                           "\xbf",
                           "\xc0\x80",
                           "\xc1\xbf",
                           "\xc2",
                           "\xc2\x7f",
                           "\xc2\xc0",
                           "\xe0\x80\x80",
                           "\xe0\x9f\xbf",
                           "\xe1\x80",
                           "\xe1\x80\x7f",
                           "\xed\xa0\x80",
                           "\xed\xbf\xbf",
                           "\xf0\x80\x80\x80",
                           "\xf0\x8f\xbf\xbf",
                           "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80",
                           "\xf8\x88\x80\x80\x80",
                           "\xfe",
                           "\xff",
                           "\xf0\x90\x80",
                           "12345678\x80",
                           "1234567\xc3",
                           "12345678\xe2\x82 12345678"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(Utf8, JudgesTheSameInAnyPieces) {
  const std::string text = "ascii \xc3\xb6 \xe2\x82\xac \xf0\x9f\x98\x80 and more ascii \xed\x9f\xbf";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      Utf8Validator validator;
      EXPECT_TRUE(validator.feed(text.substr(0, first)));
      EXPECT_TRUE(validator.feed(text.substr(first, second - first)));
      EXPECT_TRUE(validator.feed(text.substr(second)));
      EXPECT_TRUE(validator.complete());
    }
  }
}

TEST(Utf8, KnowsAnUnfinishedCharacter) {
  Utf8Validator validator;
  EXPECT_TRUE(validator.feed("\xe2"));
  EXPECT_FALSE(validator.complete());
  EXPECT_TRUE(validator.feed("\x82"));
  EXPECT_FALSE(validator.complete());
  EXPECT_TRUE(validator.feed("\xac"));
  EXPECT_TRUE(validator.complete());
}

}  // namespace
}  // namespace laraman::websocket
