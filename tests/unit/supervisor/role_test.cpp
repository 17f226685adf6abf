#include "supervisor/role.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <optional>

#include "stand_in.h"
#include "temporary_directory.h"

namespace laraman::supervisor::test {
namespace {

using std::chrono::milliseconds;

class RoleTest : public testing::Test {
 protected:
  RoleTest() { does("ready"); }
  ~RoleTest() override {
    role_->stop(Duration{}, [] {});
    turn_until([this] { return role_->snapshots().empty(); });
  }

  static void lead(const std::filesystem::path& link, const std::filesystem::path& to) {
    std::filesystem::remove(link);
    std::filesystem::create_symlink(to, link);
  }
  void does(const std::string& what) { write_file(directory_ / "role.does", what); }

  // Processes that know what they are to do.
  std::ptrdiff_t starts() const {
    const std::string saw = read_file(directory_ / "role.saw");
    return std::count(saw.begin(), saw.end(), 's');  // of "start"
  }

  std::vector<std::string> arguments() const { return stand_in_arguments(directory_.path(), "role"); }

  Role& make(Role::Options options = {}) {
    options.name = "role";
    if (options.process.program.empty()) options.process.program = this_program();
    options.process.arguments = arguments();
    options.kill_after = milliseconds(100);
    role_ = std::make_unique<Role>(*loop_, std::move(options));
    return *role_;
  }

  Role& started() {
    EXPECT_TRUE(role_->start([](const Result<void>&) {}).ok());
    EXPECT_TRUE(turn_until([this] { return role_->serving(); }));
    return *role_;
  }

  template <typename Condition>
  bool turn_until(const Condition& condition) {
    return eventually([&] {
      loop_->run_once(milliseconds(1));
      int status = 0;
      for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) role_->reap(pid, status);
      return condition();
    });
  }

  TemporaryDirectory directory_;
  std::unique_ptr<net::EventLoop> loop_ = std::move(*net::EventLoop::create());
  std::unique_ptr<Role> role_;
};

TEST_F(RoleTest, WaitsLongerBeforeEachStartOfAProcessThatDiesSoon) {
  make({.first_back_off = milliseconds(20), .longest_back_off = milliseconds(10'000)});
  does("brief");
  const TimePoint began = monotonic_now();
  EXPECT_TRUE(role_->start([](const Result<void>&) {}).ok());
  EXPECT_TRUE(turn_until([this] { return role_->restarts() == 4; }));
  EXPECT_GE(monotonic_now() - began, milliseconds(20 + 40 + 80 + 160));
}

TEST_F(RoleTest, StartsASteadyOneAgainWithoutAPause) {
  make({.first_back_off = std::chrono::hours(1), .steady_after = milliseconds(1)});
  started();
  std::this_thread::sleep_for(milliseconds(5));
  ::kill(role_->snapshots().front().pid, SIGKILL);
  EXPECT_TRUE(turn_until([this] { return role_->restarts() == 1 && role_->serving(); }));
}

TEST_F(RoleTest, StartsTheSameProgramAgainAndAnotherOnlyToReplaceIt) {
  const std::filesystem::path path = directory_ / "program";
  lead(path, this_program());
  make({.process = {.program = path.string(), .arguments = {}, .handed_down = {}}, .steady_after = Duration{}});
  started();
  lead(path, "/bin/false");
  ::kill(role_->snapshots().front().pid, SIGKILL);
  EXPECT_TRUE(turn_until([this] { return role_->restarts() == 1 && role_->serving(); }));

  std::optional<bool> replaced;
  EXPECT_TRUE(role_->replace(arguments(), [&](const Result<void>& outcome) { replaced = outcome.ok(); }).ok());
  EXPECT_TRUE(turn_until([&] { return replaced.has_value(); }));
  EXPECT_FALSE(*replaced);
  EXPECT_TRUE(role_->serving());
}

TEST_F(RoleTest, LooksForItsProgramAgainIfTheSameOneCannotBeStarted) {
  const std::filesystem::path path = directory_ / "program";
  lead(path, this_program());
  make({.process = {.program = path.string(), .arguments = {}, .handed_down = {}}, .first_back_off = milliseconds(1)});
  started();
  lead(path, "/bin/false");
  does("fail for once");
  ::kill(role_->snapshots().front().pid, SIGKILL);
  EXPECT_TRUE(turn_until([this] { return role_->restarts() >= 2; }));
  does("ready");
  EXPECT_TRUE(turn_until([this] { return role_->restarts() >= 4; }));
  EXPECT_FALSE(role_->serving());
  lead(path, this_program());
  EXPECT_TRUE(turn_until([this] { return role_->serving(); }));
}

TEST_F(RoleTest, TriesOnWhileItsProcessCannotStart) {
  make({.first_back_off = milliseconds(5), .longest_back_off = milliseconds(10)});
  started();
  does("fail broken");
  ::kill(role_->snapshots().front().pid, SIGKILL);
  EXPECT_TRUE(turn_until([this] { return role_->restarts() == 3; }));
  does("ready");
  EXPECT_TRUE(turn_until([this] { return role_->serving(); }));
}

TEST_F(RoleTest, IsNotFilledAgainWhenItsFirstStartFails) {
  make({.first_back_off = milliseconds(1)});
  does("fail broken");
  std::string why;
  EXPECT_TRUE(role_->start([&](const Result<void>& outcome) { why = outcome.error().what; }).ok());
  EXPECT_TRUE(turn_until([&] { return !why.empty(); }));
  EXPECT_EQ(why, "broken");
  for (int i = 0; i < 20; ++i) loop_->run_once(milliseconds(1));
  EXPECT_EQ(role_->restarts(), 0U);
}

TEST_F(RoleTest, AReplacementFillsThePlaceOfAProcessThatDiedMeanwhile) {
  make({.first_back_off = milliseconds(1)});
  started();
  const pid_t first = role_->snapshots().front().pid;
  bool replaced = false;
  ASSERT_TRUE(role_->replace(arguments(), [&](const Result<void>& outcome) { replaced = outcome.ok(); }).ok());
  ::kill(first, SIGKILL);
  EXPECT_TRUE(turn_until([&] { return replaced && role_->snapshots().size() == 1; }));
  EXPECT_EQ(role_->restarts(), 0U);
}

TEST_F(RoleTest, IsFilledAgainWhenBothTheProcessAndItsReplacementFail) {
  make({.first_back_off = milliseconds(1), .longest_back_off = milliseconds(1)});
  started();
  does("silent");
  bool told = false;
  ASSERT_TRUE(role_->replace(arguments(), [&](const Result<void>& outcome) { told = !outcome.ok(); }).ok());
  ::kill(role_->snapshots().front().pid, SIGKILL);
  EXPECT_TRUE(turn_until([this] { return role_->snapshots().size() == 1 && starts() == 2; }));
  does("ready");
  ::kill(role_->snapshots().front().pid, SIGKILL);
  EXPECT_TRUE(turn_until([&] { return told && role_->serving(); }));
}

TEST_F(RoleTest, KeepsTheArgumentsOfAReplacementThatWasReady) {
  make({.first_back_off = milliseconds(1)});
  started();
  write_file(directory_ / "other.does", "fail broken");
  const std::vector<std::string> other = stand_in_arguments(directory_.path(), "other");
  std::optional<bool> replaced;
  const auto on_replaced = [&](const Result<void>& outcome) { replaced = outcome.ok(); };
  const auto starts_of_other = [this] {
    return read_file(directory_ / "other.saw").find("start") != std::string::npos;
  };
  ASSERT_TRUE(role_->replace(other, on_replaced).ok());
  ASSERT_TRUE(turn_until([&] { return replaced.has_value(); }));
  EXPECT_FALSE(*replaced);
  ::kill(role_->snapshots().front().pid, SIGKILL);
  ASSERT_TRUE(turn_until([this] { return role_->restarts() == 1 && role_->serving(); }));
  EXPECT_EQ(starts(), 2);

  write_file(directory_ / "other.does", "ready");
  replaced.reset();
  ASSERT_TRUE(role_->replace(other, on_replaced).ok());
  ASSERT_TRUE(turn_until([&] { return replaced.has_value() && role_->snapshots().size() == 1; }));
  EXPECT_TRUE(*replaced);
  std::filesystem::remove(directory_ / "other.saw");
  ::kill(role_->snapshots().front().pid, SIGKILL);
  EXPECT_TRUE(turn_until([&] { return role_->restarts() == 2 && role_->serving() && starts_of_other(); }));
}

TEST_F(RoleTest, ASecondReplacementEndsWhoStillHasNotLeft) {
  make();
  does("stubborn");
  started();
  const pid_t first = role_->snapshots().front().pid;
  does("ready");
  for (int i = 0; i < 2; ++i) {
    bool done = false;
    ASSERT_TRUE(role_->replace(arguments(), [&](const Result<void>& outcome) { done = outcome.ok(); }).ok());
    EXPECT_TRUE(turn_until([&] { return done; }));
    EXPECT_EQ(::kill(first, 0), 0);
  }
  EXPECT_TRUE(eventually([&] { return read_file(directory_ / "role.saw").find("INT") != std::string::npos; }));
}

TEST_F(RoleTest, TellsThatItHasStoppedAlsoWhenItWasEmpty) {
  make();
  bool told = false;
  role_->stop(std::nullopt, [&] { told = true; });
  EXPECT_FALSE(told) << "callbacks come from the loop";
  EXPECT_TRUE(turn_until([&] { return told; }));
}

TEST_F(RoleTest, SaysOfAStrangersChildThatItIsNotIts) {
  make();
  started();
  EXPECT_FALSE(role_->reap(1, 0));
}

}  // namespace
}  // namespace laraman::supervisor::test
