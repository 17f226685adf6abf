#include "base/utf8_prefix.h"

#include <gtest/gtest.h>

namespace laraman {
namespace {

TEST(Utf8Prefix, CutsBetweenCharacters) {
  EXPECT_EQ(utf8_prefix("a\u00e9b", 4), "a\u00e9b");
  EXPECT_EQ(utf8_prefix("a\u00e9b", 3), "a\u00e9");
  EXPECT_EQ(utf8_prefix("a\u00e9b", 2), "a");
  EXPECT_EQ(utf8_prefix("\U0001f600", 3), "");
  EXPECT_EQ(utf8_prefix("abc", 0), "");
}

}  // namespace
}  // namespace laraman
