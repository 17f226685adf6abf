#include "cli/text_table.h"

#include <gtest/gtest.h>

namespace laraman::cli {
namespace {

TEST(TextTable, AlignsWordsLeftAndNumbersRight) {
  constexpr std::size_t kLeft[] = {0, 2};
  EXPECT_EQ(text_table({{"NAME", "COUNT", "NOTE"}, {"a", "1", ""}, {"longer", "12345", "x"}}, kLeft, 0),
            "NAME    COUNT  NOTE\n"
            "a           1\n"
            "longer  12345  x\n");
}

TEST(TextTable, CutsTheElasticColumnOfRowsThatAreTooLong) {
  constexpr std::size_t kLeft[] = {0};
  const std::string table = text_table({{"NAME", "COUNT"}, {std::string(100, 'n'), "1"}, {"b", "2"}}, kLeft, 0);
  EXPECT_EQ(table, "NAME" + std::string(69, ' ') + "  COUNT\n" + std::string(70, 'n') + "...      1\nb" +
                       std::string(72, ' ') + "      2\n");
}

TEST(TextTable, HasNotesBelowItsRows) {
  constexpr std::size_t kLeft[] = {0};
  const std::vector<std::string> notes = {"", "  first\n"};
  EXPECT_EQ(text_table({{"NAME"}, {"a"}, {"b"}}, kLeft, 0, notes), "NAME\na\n  first\nb\n");
}

TEST(Cut, IsBetweenCharacters) {
  EXPECT_EQ(cut("abcdef", 6), "abcdef");
  EXPECT_EQ(cut("abcdefg", 6), "abc...");
  EXPECT_EQ(cut("aäöüxyz", 8), "aäö...");
  EXPECT_EQ(cut("aäöüxyz", 7), "aä...");
}

TEST(Wrap, BreaksLinesBetweenWords) {
  EXPECT_EQ(wrap("", 10), "");
  EXPECT_EQ(wrap("one two", 7), "one two");
  EXPECT_EQ(wrap("one two three", 7), "one two\nthree");
  EXPECT_EQ(wrap("one\ntwo three four", 9), "one\ntwo three\nfour");
  EXPECT_EQ(wrap("a word-that-is-too-long b", 6), "a\nword-that-is-too-long\nb");
}

TEST(CountText, HasFiveDigitsAtMost) {
  EXPECT_EQ(count_text(99'999), "99999");
  EXPECT_EQ(count_text(100'000), "100 k");
  EXPECT_EQ(count_text(99'999'999), "99999 k");
  EXPECT_EQ(count_text(100'000'000), "100 M");
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
