#include "cli/text_table.h"

#include <gtest/gtest.h>

namespace laraman::cli {
namespace {

TEST(TextTable, AlignsWordsLeftAndNumbersRight) {
  constexpr std::size_t kLeft[] = {0, 2};
  EXPECT_EQ(text_table({{"NAME", "COUNT", "NOTE"}, {"a", "1", ""}, {"longer", "12345", "x"}}, kLeft),
            "NAME    COUNT  NOTE\n"
            "a           1\n"
            "longer  12345  x\n");
}

TEST(AgeText, IsAsPreciseAsPeopleNeed) {
  EXPECT_EQ(age_text(0.4), "0 s");
  EXPECT_EQ(age_text(119), "119 s");
  EXPECT_EQ(age_text(120), "2 min");
  EXPECT_EQ(age_text(3 * 3600), "3 h");
  EXPECT_EQ(age_text(72 * 3600), "3 d");
}

TEST(SizeText, HasTheUnitThatFits) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(1023), "1023 B");
  EXPECT_EQ(size_text(1536), "1.5 KiB");
  EXPECT_EQ(size_text(12ULL << 20), "12.0 MiB");
  EXPECT_EQ(size_text(3ULL << 40), "3.0 TiB");
}

}  // namespace
}  // namespace laraman::cli
