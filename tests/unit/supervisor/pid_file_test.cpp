#include "supervisor/pid_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "temporary_directory.h"

namespace laraman::supervisor::test {
namespace {

class PidFileTest : public testing::Test {
 protected:
  TemporaryDirectory directory_;
  const std::string path_ = directory_ / "storage/laraman.pid";
};

TEST_F(PidFileTest, HasTheProcessIdAndIsHeld) {
  Result<PidFile> file = PidFile::take(path_);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(read_file(path_), std::to_string(::getpid()) + "\n");
  EXPECT_EQ(PidFile::holder(path_), ::getpid());
}

TEST_F(PidFileTest, IsRemovedInTheEnd) {
  { const Result<PidFile> file = PidFile::take(path_); }
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_FALSE(PidFile::holder(path_).has_value());
}

TEST_F(PidFileTest, IsRefusedToASecondAndNamesTheFirst) {
  const Result<PidFile> first = PidFile::take(path_);
  const Result<PidFile> second = PidFile::take(path_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kExists);
  EXPECT_NE(second.error().what.find(std::to_string(::getpid())), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(path_)) << "who was refused must not remove it";
}

TEST_F(PidFileTest, OfADeadServerIsTakenOver) {
  std::filesystem::create_directory(directory_ / "storage");
  write_file(path_, "4000000000\n");  // longer than the new one
  EXPECT_FALSE(PidFile::holder(path_).has_value());
  write_file(path_, "1999999999\n");
  EXPECT_EQ(PidFile::written(path_), 1999999999);
  const Result<PidFile> file = PidFile::take(path_);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(read_file(path_), std::to_string(::getpid()) + "\n");
}

TEST_F(PidFileTest, OpensTheProcessThatHoldsIt) {
  EXPECT_FALSE(PidFile::open_holder(path_)->operator bool());
  const Result<PidFile> file = PidFile::take(path_);
  const Result<UniqueFd> process = PidFile::open_holder(path_);
  ASSERT_TRUE(process.ok());
  EXPECT_TRUE(*process);
}

TEST_F(PidFileTest, OpensNoProcessOfAnotherUserThanTheOwnerOfTheFile) {
  const Result<PidFile> file = PidFile::take(path_);
  ASSERT_TRUE(file.ok());
  const uid_t other = ::geteuid() + 1;
  if (::chown(path_.c_str(), other, static_cast<gid_t>(-1)) != 0) return;  // only root can give a file away
  const Result<UniqueFd> process = PidFile::open_holder(path_);
  ASSERT_FALSE(process.ok());
  EXPECT_EQ(process.error().code, ErrorCode::kInvalid);
}

TEST_F(PidFileTest, NobodyHoldsWhatIsNotThere) {
  EXPECT_FALSE(PidFile::holder(path_).has_value());
  EXPECT_FALSE(PidFile::written(path_).has_value());
}

TEST_F(PidFileTest, NamesTheFileThatItCannotMake) {
  const Result<PidFile> file = PidFile::take("/dev/null/laraman.pid");
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().subject, "/dev/null/laraman.pid");
  EXPECT_EQ(file.error().code, ErrorCode::kSystem);
}

}  // namespace
}  // namespace laraman::supervisor::test
