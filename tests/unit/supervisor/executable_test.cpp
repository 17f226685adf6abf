#include "supervisor/executable.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "stand_in.h"
#include "temporary_directory.h"

namespace laraman::supervisor::test {
namespace {

namespace fs = std::filesystem;

class Executable : public testing::Test {
 protected:
  Executable() { fs::create_symlink(this_program(), directory_ / "laraman"); }
  TemporaryDirectory directory_;
};

TEST_F(Executable, KeepsTheLinkByWhichItWasStarted) {
  EXPECT_EQ(path_started_as((directory_ / "laraman").c_str()), directory_ / "laraman");
}

TEST_F(Executable, IsFoundInThePathAsTheShellDid) {
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", ("/nowhere::" + directory_.path() + ":" + before).c_str(), 1);
  EXPECT_EQ(path_started_as("laraman"), directory_ / "laraman");
  ::setenv("PATH", before.c_str(), 1);
}

TEST_F(Executable, IsTheRunningProgramWhereTheNameLies) {
  EXPECT_EQ(path_started_as("/bin/sh"), this_program());
  EXPECT_EQ(path_started_as("no-such-program"), this_program());
  EXPECT_EQ(path_started_as(nullptr), this_program());
}

TEST_F(Executable, ResolvesToWhereALinkLeadsNow) {
  EXPECT_EQ(resolve_program(directory_ / "laraman"), this_program());
  fs::remove(directory_ / "laraman");
  fs::create_symlink("/bin/true", directory_ / "laraman");
  EXPECT_EQ(resolve_program(directory_ / "laraman"), fs::canonical("/bin/true"));
}

TEST_F(Executable, ResolvesToTheRunningProgramWhereNothingIsLeft) {
  EXPECT_EQ(resolve_program(directory_ / "gone"), this_program());
}

}  // namespace
}  // namespace laraman::supervisor::test
