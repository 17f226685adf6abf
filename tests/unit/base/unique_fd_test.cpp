#include "base/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace laraman {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

UniqueFd open_something() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

TEST(UniqueFd, ClosesWhatItOwns) {
  int number = -1;
  {
    const UniqueFd fd = open_something();
    number = fd.get();
    ASSERT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(UniqueFd, OwnsNothingAtFirst) {
  const UniqueFd fd;
  EXPECT_FALSE(fd);
  EXPECT_EQ(fd.get(), -1);
}

TEST(UniqueFd, ClosesTheOldOneWhenItGetsANewOne) {
  UniqueFd fd = open_something();
  const int old = fd.get();
  UniqueFd other = open_something();
  const int number = other.get();
  fd = std::move(other);
  EXPECT_FALSE(is_open(old));
  EXPECT_EQ(fd.get(), number);
  EXPECT_TRUE(is_open(number));
}

TEST(UniqueFd, LetsGoOfWhatIsReleased) {
  UniqueFd fd = open_something();
  const UniqueFd released(fd.release());
  EXPECT_FALSE(fd);
  EXPECT_TRUE(is_open(released.get()));
}

}  // namespace
}  // namespace laraman
