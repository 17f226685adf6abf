#include "base/log.h"
#include "temporary_directory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace laraman::log {
namespace {

class Log : public testing::Test {
 protected:
  ~Log() override {
    if (!start({})) std::abort();  // back to standard error, so that nothing keeps the file
  }

  std::string contents() const {
    std::ostringstream text;
    text << std::ifstream(file_).rdbuf();
    return text.str();
  }

  TemporaryDirectory directory_;
  const std::string file_ = directory_ / "laraman.log";
};

TEST_F(Log, WritesALineWithLevelRoleAndFacts) {
  ASSERT_TRUE(start({.role = "gateway", .file = file_}).ok());
  info("client connected address={} loop={}", "127.0.0.1", 3);
  EXPECT_NE(contents().find(" info gateway["), std::string::npos);
  EXPECT_NE(contents().find("] client connected address=127.0.0.1 loop=3\n"), std::string::npos);
}

TEST_F(Log, LeavesOutWhatIsBelowItsLevel) {
  ASSERT_TRUE(start({.level = Level::kWarning, .file = file_}).ok());
  EXPECT_FALSE(enabled(Level::kInfo));
  EXPECT_TRUE(enabled(Level::kError));
  info("quiet");
  warning("loud");
  EXPECT_EQ(contents().find("quiet"), std::string::npos);
  EXPECT_NE(contents().find("loud"), std::string::npos);
}

TEST_F(Log, DoesNotFormatWhatIsNotAFormat) {
  ASSERT_TRUE(start({.file = file_}).ok());
  write(Level::kInfo, "{braces} stay");
  EXPECT_NE(contents().find("{braces} stay"), std::string::npos);
}

TEST_F(Log, KeepsEachLineOneLine) {
  ASSERT_TRUE(start({.file = file_}).ok());
  info("origin={}", "x\n2030-01-01 error gateway[1] forged \x1b[2J\xc2\x9b");
  EXPECT_NE(contents().find("origin=x\\n2030-01-01 error gateway[1] forged \\x1B[2J\\xC2\\x9B\n"), std::string::npos);
}

TEST_F(Log, AddsToAFileThatExists) {
  std::ofstream(file_) << "earlier\n";
  ASSERT_TRUE(start({.file = file_}).ok());
  info("later");
  EXPECT_EQ(contents().find("earlier\n"), 0U);
  EXPECT_NE(contents().find("later"), std::string::npos);
}

TEST_F(Log, NamesTheFileThatItCannotOpen) {
  const Result<void> started = start({.file = "/dev/null/laraman.log"});
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().subject, "/dev/null/laraman.log");
}

TEST(LogLevel, IsReadByName) {
  EXPECT_EQ(*parse_level("debug"), Level::kDebug);
  EXPECT_EQ(*parse_level("info"), Level::kInfo);
  EXPECT_EQ(*parse_level("warning"), Level::kWarning);
  EXPECT_EQ(*parse_level("error"), Level::kError);
  EXPECT_FALSE(parse_level("loud").ok());
}

}  // namespace
}  // namespace laraman::log
