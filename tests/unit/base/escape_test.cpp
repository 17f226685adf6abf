#include "base/escape.h"

#include <gtest/gtest.h>

namespace laraman {
namespace {

TEST(Escape, LeavesTextAsItIs) {
  EXPECT_EQ(escape_controls(""), "");
  EXPECT_EQ(escape_controls("a \"b\" \\x41 gr\xc3\xbcn \xe2\x9c\x93 \xf0\x9f\x98\x80"),
            "a \"b\" \\x41 gr\xc3\xbcn \xe2\x9c\x93 \xf0\x9f\x98\x80");
}

TEST(Escape, TakesTheEffectOffControlCharacters) {
  EXPECT_EQ(escape_controls("one\ntwo\r\n\tthree"), "one\\ntwo\\x0D\\n\\x09three");
  EXPECT_EQ(escape_controls(std::string("\0\x1b[2J\x7f", 6)), "\\x00\\x1B[2J\\x7F");
  EXPECT_EQ(escape_controls("\xc2\x85\xc2\x9b"), "\\xC2\\x85\\xC2\\x9B") << "C1";
  EXPECT_EQ(escape_controls("\xc2\xa0"), "\xc2\xa0");
  EXPECT_EQ(escape_controls("\xe2\x80\xa8\xe2\x80\xa9"), "\\xE2\\x80\\xA8\\xE2\\x80\\xA9") << "U+2028, U+2029";
  EXPECT_EQ(escape_controls("\xe2\x80\xaetxt.exe"), "\\xE2\\x80\\xAEtxt.exe") << "U+202E";
}

TEST(Escape, ShowsTheBytesOfWhatIsNotUtf8) {
  EXPECT_EQ(escape_controls("a\xff\x62"), "a\\xFFb");
  EXPECT_EQ(escape_controls("\xc0\x8a"), "\\xC0\\x8A") << "overlong";
  EXPECT_EQ(escape_controls("\xed\xa0\x80"), "\\xED\\xA0\\x80") << "surrogate";
  EXPECT_EQ(escape_controls("\xf4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80") << "above U+10FFFF";
  EXPECT_EQ(escape_controls("\xe2\x80"), "\\xE2\\x80") << "cut off";
  EXPECT_EQ(escape_controls("\x9b"), "\\x9B");
}

TEST(Escape, QuotesAValue) {
  EXPECT_EQ(quote("http://a.test"), "\"http://a.test\"");
  EXPECT_EQ(quote("x\" path=/\\\n"), "\"x\\\" path=/\\\\\\n\"");
}

}  // namespace
}  // namespace laraman
