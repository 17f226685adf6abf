#include "base/handed_down.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace laraman {
namespace {

constexpr const char* kVariable = "LARAMAN_TEST_FDS";

std::string read_all(int fd) {
  std::string text;
  char buffer[256];
  ssize_t count = 0;
  while ((count = ::read(fd, buffer, sizeof buffer)) > 0) text.append(buffer, static_cast<std::size_t>(count));
  return text;
}

class Pipe {
 public:
  Pipe() {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }
  UniqueFd reading;
  UniqueFd writing;
};

TEST(HandedDown, TakesAListOfDescriptorsOnce) {
  Pipe pipe;
  const int first = pipe.reading.release();
  const int second = pipe.writing.release();
  ::setenv(kVariable, (std::to_string(first) + "," + std::to_string(second)).c_str(), 1);
  const std::vector<UniqueFd> fds = take_handed_down(kVariable);
  ASSERT_EQ(fds.size(), 2U);
  EXPECT_EQ(fds[0].get(), first);
  EXPECT_EQ(fds[1].get(), second);
  EXPECT_EQ(::fcntl(first, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  EXPECT_EQ(std::getenv(kVariable), nullptr);
  EXPECT_TRUE(take_handed_down(kVariable).empty());
}

TEST(HandedDown, IsEmptyWithoutTheVariable) {
  ::unsetenv(kVariable);
  EXPECT_TRUE(take_handed_down(kVariable).empty());
  EXPECT_FALSE(take_handed_down_one(kVariable));
}

TEST(HandedDown, TakesNothingThatIsNotAnOpenDescriptor) {
  for (const char* value : {"", "x", "1000000", "-1", ","}) {
    ::setenv(kVariable, value, 1);
    EXPECT_TRUE(take_handed_down(kVariable).empty()) << value;
    EXPECT_EQ(std::getenv(kVariable), nullptr);
  }
}

TEST(StartNotice, TellsOnceAndCloses) {
  Pipe pipe;
  ::setenv("LARAMAN_NOTIFY_FD", std::to_string(pipe.writing.release()).c_str(), 1);
  StartNotice notice;
  notice.ready();
  notice.failed("too late");
  EXPECT_EQ(read_all(pipe.reading.get()), "ready\n");
}

TEST(StartNotice, TellsWhyItFailed) {
  Pipe pipe;
  ::setenv("LARAMAN_NOTIFY_FD", std::to_string(pipe.writing.release()).c_str(), 1);
  StartNotice notice;
  notice.failed("first line\nsecond line");
  EXPECT_EQ(read_all(pipe.reading.get()), "failed first line\nsecond line\n");
}

TEST(StartNotice, TellsNobodyWhenNobodyAsked) {
  ::unsetenv("LARAMAN_NOTIFY_FD");
  StartNotice notice;
  EXPECT_EQ(notice.fd(), -1);
  notice.ready();
}

}  // namespace
}  // namespace laraman
