#include "cli/background.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/handed_down.h"
#include "cli/exit_code.h"

namespace laraman::cli {
namespace {

class Background : public testing::Test {
 protected:
  Background() {
    std::string name = (std::filesystem::temp_directory_path() / "laraman-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    directory_ = name;
    log_file_ = directory_ + "/logs/laraman.log";
  }
  ~Background() override { std::filesystem::remove_all(directory_); }

  std::string log() const {
    std::ostringstream text;
    text << std::ifstream(log_file_).rdbuf();
    return text.str();
  }

  std::string directory_;
  std::string log_file_;
};

TEST_F(Background, WaitsUntilTheServerIsReady) {
  const BackgroundStart start = start_in_background(log_file_, [] {
    StartNotice().ready();
    return 0;
  });
  EXPECT_TRUE(start.ready);
}

TEST_F(Background, TellsWhyItIsNotAndItsExitCode) {
  const BackgroundStart start = start_in_background(log_file_, [] {
    StartNotice().failed("port 8000 is in use\nby another");
    return static_cast<int>(kAlreadyRunning);
  });
  EXPECT_FALSE(start.ready);
  EXPECT_EQ(start.exit_code, kAlreadyRunning);
  EXPECT_EQ(start.failure, "port 8000 is in use\nby another");
}

TEST_F(Background, TellsOfADeathWithoutAWord) {
  const BackgroundStart start = start_in_background(log_file_, []() -> int { std::abort(); });
  EXPECT_FALSE(start.ready);
  EXPECT_EQ(start.exit_code, kFailure);
  EXPECT_EQ(start.failure, "");
}

TEST_F(Background, WritesToItsLogInASessionOfItsOwn) {
  const pid_t session = ::getsid(0);
  start_in_background(log_file_, [session] {
    std::fprintf(stderr, "session is new: %d\n", ::getsid(0) != session);
    return 0;
  });
  EXPECT_EQ(log(), "session is new: 1\n");
}

TEST_F(Background, NamesALogThatItCannotWrite) {
  const BackgroundStart start = start_in_background("/dev/null/laraman.log", [] { return 0; });
  EXPECT_FALSE(start.ready);
  EXPECT_NE(start.failure.find("/dev/null/laraman.log"), std::string::npos);
  EXPECT_EQ(start.exit_code, kFailure);
}

}  // namespace
}  // namespace laraman::cli
