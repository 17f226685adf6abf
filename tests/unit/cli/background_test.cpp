#include "cli/background.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "base/handed_down.h"
#include "cli/exit_code.h"

namespace laraman::cli {
namespace {

TEST(Background, WaitsUntilTheServerIsReady) {
  const BackgroundStart start = start_in_background([] {
    StartNotice().ready();
    return 0;
  });
  EXPECT_TRUE(start.ready);
}

TEST(Background, TellsWhyItIsNotAndItsExitCode) {
  const BackgroundStart start = start_in_background([] {
    StartNotice().failed("port 8000 is in use\nby another");
    return static_cast<int>(kAlreadyRunning);
  });
  EXPECT_FALSE(start.ready);
  EXPECT_EQ(start.exit_code, kAlreadyRunning);
  EXPECT_EQ(start.failure, "port 8000 is in use\nby another");
}

TEST(Background, TellsOfADeathWithoutAWord) {
  const BackgroundStart start = start_in_background([]() -> int { std::abort(); });
  EXPECT_FALSE(start.ready);
  EXPECT_EQ(start.exit_code, kFailure);
  EXPECT_EQ(start.failure, "");
}

TEST(Background, RunsInASessionOfItsOwn) {
  const pid_t session = ::getsid(0);
  const BackgroundStart start = start_in_background([session] {
    if (::getsid(0) != session) StartNotice().ready();
    return 0;
  });
  EXPECT_TRUE(start.ready);
}

}  // namespace
}  // namespace laraman::cli
