#include "supervisor/runtime_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "temporary_directory.h"

namespace laraman::supervisor::test {
namespace {

namespace fs = std::filesystem;

class RuntimeDirectory : public testing::Test {
 protected:
  TemporaryDirectory directory_;
};

TEST_F(RuntimeDirectory, IsMadeForItsOwnerAndGroup) {
  const Result<std::string> made = make_runtime_directory(directory_ / "storage/framework/laraman");
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(*made, directory_ / "storage/framework/laraman");
  EXPECT_EQ(fs::status(*made).permissions() & fs::perms::others_all, fs::perms::none);
  EXPECT_TRUE(make_runtime_directory(*made).ok()) << "the second time it is there";
}

TEST_F(RuntimeDirectory, IsNamedWithoutSymbolicLinks) {
  fs::create_directory(directory_ / "release");
  fs::create_symlink(directory_ / "release", directory_ / "current");
  EXPECT_EQ(*make_runtime_directory(directory_ / "current/run"), directory_ / "release/run");
}

TEST_F(RuntimeDirectory, MustLeaveRoomForTheNamesOfSockets) {
  const std::string path = directory_ / std::string(100, 'x');
  const Result<std::string> made = make_runtime_directory(path);
  ASSERT_FALSE(made.ok());
  EXPECT_NE(made.error().message().find("107 bytes"), std::string::npos);
  EXPECT_NE(made.error().hint.find("--runtime-dir"), std::string::npos);
}

TEST_F(RuntimeDirectory, MustNotBeWritableByEverybody) {
  fs::create_directory(directory_ / "open");
  ::chmod((directory_ / "open").c_str(), 0777);
  EXPECT_FALSE(make_runtime_directory(directory_ / "open").ok());
}

TEST_F(RuntimeDirectory, MustBeADirectory) {
  write_file(directory_ / "file", "");
  EXPECT_FALSE(make_runtime_directory(directory_ / "file").ok());
  EXPECT_FALSE(make_runtime_directory(directory_ / "file/below").ok());
}

TEST_F(RuntimeDirectory, LosesOnlyTheSocketsOfWorkers) {
  for (const char* name : {"php-1-1.sock", "php-12-3.sock", "worker.sock", "php.ini"})
    write_file(directory_ / name, "");
  remove_left_over_sockets(directory_.path());
  EXPECT_FALSE(fs::exists(directory_ / "php-1-1.sock"));
  EXPECT_FALSE(fs::exists(directory_ / "php-12-3.sock"));
  EXPECT_TRUE(fs::exists(directory_ / "worker.sock"));
  EXPECT_TRUE(fs::exists(directory_ / "php.ini"));
}

}  // namespace
}  // namespace laraman::supervisor::test
