#include "base/terminal.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace laraman::terminal {
namespace {

TEST(Terminal, IsNotCommandedByWhatItShows) {
  EXPECT_EQ(printable("\xc3\xa4 \x1b]0;x\x07 \xc2\x9b"
                      "1m\n\tb\x7f"),
            "\xc3\xa4 \\x1B]0;x\\x07 \\xC2\\x9B1m\n\tb\\x7F");
}

// Also where a server above this process has one.
TEST(Terminal, IsNotThereWhereItIsNotWanted) {
  ::setenv("LARAMAN_TERMINAL", "colors", 1);
  EXPECT_FALSE(begin(false));
  EXPECT_FALSE(is_shown());
  EXPECT_EQ(paint("x", Color::kRed), "x");
}

}  // namespace
}  // namespace laraman::terminal
