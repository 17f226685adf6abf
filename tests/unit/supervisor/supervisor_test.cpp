#include "supervisor/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "net/socket.h"
#include "stand_in.h"
#include "supervised_server.h"
#include "supervisor/control_client.h"
#include "supervisor/pid_file.h"
#include "supervisor/runtime_directory.h"

namespace laraman::supervisor::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

const nlohmann::json kStatus = {{"command", "status"}};
const nlohmann::json kReload = {{"command", "reload"}};

class Supervisor : public testing::Test {
 protected:
  SupervisedServer server_;
};

// ---- start

TEST_F(Supervisor, IsReadyWhenAllRolesAre) {
  server_.start();
  EXPECT_EQ(server_.notice(), "ready\n");
  EXPECT_EQ(server_.process("gateway")["state"], "ready");
  EXPECT_EQ(server_.process("php")["state"], "ready");
  EXPECT_EQ(PidFile::holder(server_.options.server.pid_file), server_.pid());
}

TEST_F(Supervisor, TellsWhyARoleCouldNotStart) {
  server_.set("php", "fail PHP Parse error: syntax error\nin routes/web.php on line 3");
  server_.start();
  EXPECT_EQ(server_.notice(), "failed php: PHP Parse error: syntax error\nin routes/web.php on line 3\n");
  EXPECT_EQ(server_.wait(), kExitFailed);
  EXPECT_THAT(server_.seen("gateway"), testing::Not(ElementsAre("start"))) << "the gateway was left running";
  EXPECT_FALSE(std::filesystem::exists(server_.options.server.pid_file));
}

TEST_F(Supervisor, TellsHowARoleEndedThatSaidNothing) {
  server_.set("gateway", "exit 7");
  server_.start();
  EXPECT_EQ(server_.notice(), "failed gateway: ended with exit code 7\n");
  EXPECT_EQ(server_.wait(), kExitFailed);
}

TEST_F(Supervisor, TellsThatAProgramCannotBeExecuted) {
  write_file(server_.directory / "program", "not a program");
  ::chmod((server_.directory / "program").c_str(), 0755);
  server_.options.php.program = server_.directory / "program";
  server_.start();
  EXPECT_THAT(server_.notice(), HasSubstr("execute"));
  EXPECT_EQ(server_.wait(), kExitFailed);
}

TEST_F(Supervisor, GivesUpOnARoleThatIsNeverReady) {
  server_.set("php", "silent");
  server_.options.server.start_timeout = std::chrono::milliseconds(300);
  server_.start();
  EXPECT_EQ(server_.notice(), "failed php: not ready within 0.3 s\n");
  EXPECT_EQ(server_.wait(), kExitFailed);
}

TEST_F(Supervisor, NamesThePortThatIsInUseAndByWhom) {
  const Result<UniqueFd> other = net::listen_on(*net::SocketAddress::parse("127.0.0.1:0"));
  server_.options.listen.port = net::SocketAddress::of_local(other->get()).port();
  server_.start();
  const std::string port = std::to_string(server_.options.listen.port);
  EXPECT_THAT(server_.notice(), HasSubstr("127.0.0.1:" + port + ": port " + port +
                                          " is in use by supervisor_test (pid " + std::to_string(::getpid()) + ")"));
  EXPECT_EQ(server_.wait(), kExitFailed);
}

TEST_F(Supervisor, RefusesASecondStart) {
  server_.start_and_wait();
  SupervisedServer second;
  second.options.server.pid_file = server_.options.server.pid_file;
  second.start();
  EXPECT_THAT(second.notice(), HasSubstr("already running, pid " + std::to_string(server_.pid())));
  EXPECT_EQ(second.wait(), kExitAlreadyRunning);
  EXPECT_EQ(second.starts("gateway"), 0U);
}

TEST_F(Supervisor, RefusesTheRuntimeDirectoryOfAnotherServer) {
  server_.start_and_wait();
  SupervisedServer second;
  second.options.server.runtime_dir = server_.options.server.runtime_dir;
  second.start();
  EXPECT_THAT(second.notice(), HasSubstr("another Laraman server"));
  EXPECT_EQ(second.wait(), kExitAlreadyRunning);
  EXPECT_TRUE(server_.ask(kStatus).ok());
}

TEST_F(Supervisor, TakesOverWhatAKilledServerLeft) {
  server_.start_and_wait();
  const pid_t gateway = server_.process("gateway")["pid"];
  const std::string left = server_.options.server.runtime_dir + "/php-1-1.sock";
  write_file(left, "");
  server_.signal(SIGKILL);
  EXPECT_EQ(server_.wait(), -1);
  EXPECT_TRUE(std::filesystem::exists(server_.options.server.pid_file));
  EXPECT_TRUE(eventually([&] { return !is_alive(gateway); })) << "a role has outlived its supervisor";
  server_.start();
  EXPECT_EQ(server_.notice(), "ready\n");
  EXPECT_FALSE(std::filesystem::exists(left));
}

// ---- what the roles inherit

TEST_F(Supervisor, OpensTheSocketsOfTheBusinessPorts) {
  server_.start_and_wait();
  struct stat status {};
  ASSERT_EQ(::stat(worker_socket_path(server_.options.server.runtime_dir).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(task_socket_path(server_.options.server.runtime_dir).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0660U);
  ASSERT_EQ(::stat(control_socket_path(server_.options.server.runtime_dir).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  server_.signal(SIGTERM);
  EXPECT_EQ(server_.wait(), kExitStopped);
  EXPECT_FALSE(std::filesystem::exists(task_socket_path(server_.options.server.runtime_dir)));
}

TEST_F(Supervisor, KeepsTheListeningSocketsWhileThereIsNoGateway) {
  server_.start_and_wait();
  const std::string address = (*server_.ask(kStatus))["server"]["address"];
  const auto client = net::SocketAddress::parse(address.substr(std::string("http://").size()));
  ::kill(server_.process("gateway")["pid"].get<pid_t>(), SIGKILL);
  Result<UniqueFd> connected = net::connect_to(*client);
  ASSERT_TRUE(connected.ok());
  EXPECT_TRUE(eventually([&] { return net::connect_error(connected->get()) == 0; }));
  EXPECT_TRUE(eventually([&] { return server_.starts("gateway") == 2; }));
}

// ---- watching

TEST_F(Supervisor, StartsARoleAgainThatDied) {
  server_.start_and_wait();
  const pid_t first = server_.process("php")["pid"];
  ::kill(first, SIGKILL);
  EXPECT_TRUE(eventually([&] {
    const nlohmann::json php = server_.process("php");
    return php.value("state", "") == "ready" && php["pid"] != first;
  }));
  EXPECT_EQ(server_.process("php")["restarts"], 1);
  EXPECT_EQ(server_.process("gateway")["restarts"], 0);
}

// ---- reload

// ---- roles that do not answer

class SupervisorThatPings : public Supervisor {
 protected:
  SupervisorThatPings() {
    server_.options.server.role_timeout = std::chrono::milliseconds(500);
    for (const char* role : {"gateway", "php"}) server_.set(role, "answering");
  }
};

TEST_F(SupervisorThatPings, KeepsRolesThatAnswer) {
  server_.start_and_wait();
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // three times the limit
  EXPECT_EQ(server_.starts("gateway"), 1U);
  EXPECT_EQ(server_.starts("php"), 1U);
}

TEST_F(SupervisorThatPings, ReplacesAGatewayThatIsStopped) {
  server_.start_and_wait();
  const pid_t gateway = server_.process("gateway")["pid"];
  ::kill(gateway, SIGSTOP);
  EXPECT_TRUE(eventually([&] { return server_.starts("gateway") == 2; }));
  EXPECT_FALSE(is_alive(gateway));
  EXPECT_THAT(server_.log(), HasSubstr("role does not answer and is killed role=gateway child=" +
                                       std::to_string(gateway) + " loops=\"0: silent for 0.5 s, 0 connections"));
  EXPECT_EQ(server_.starts("php"), 1U);
}

TEST_F(SupervisorThatPings, ReplacesAPoolThatIsStopped) {
  server_.start_and_wait();
  ::kill(server_.process("php")["pid"], SIGSTOP);
  EXPECT_TRUE(eventually([&] { return server_.starts("php") == 2; }));
  EXPECT_THAT(server_.log(), HasSubstr("role does not answer and is killed role=php"));
  EXPECT_EQ(server_.starts("gateway"), 1U);
}

TEST_F(SupervisorThatPings, DoesNotCountTheTimeInWhichItWasStoppedItself) {
  server_.start_and_wait();
  const pid_t gateway = server_.process("gateway")["pid"];
  ::kill(gateway, SIGSTOP);
  server_.signal(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  server_.signal(SIGCONT);
  ::kill(gateway, SIGCONT);
  std::this_thread::sleep_for(std::chrono::milliseconds(1000));
  EXPECT_EQ(server_.starts("gateway"), 1U);
}

TEST_F(SupervisorThatPings, PingsNobodyWithoutALimit) {
  server_.options.server.role_timeout = Duration::zero();
  server_.start_and_wait();
  ::kill(server_.process("gateway")["pid"], SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(1000));
  EXPECT_EQ(server_.starts("gateway"), 1U);
}

TEST_F(Supervisor, ReloadReplacesThePoolAndKeepsTheGateway) {
  server_.start_and_wait();
  const pid_t gateway = server_.process("gateway")["pid"];
  const pid_t php = server_.process("php")["pid"];
  EXPECT_TRUE(server_.ask(kReload).ok());
  EXPECT_TRUE(eventually([&] { return !is_alive(php); }));
  EXPECT_THAT(server_.seen("php"), ElementsAre("start", "start", "TERM", "end"));
  EXPECT_THAT(server_.seen("gateway"), UnorderedElementsAre("start", "HUP", "USR1")) << "certificates, access log";
  EXPECT_EQ(server_.process("gateway")["pid"], gateway);
  EXPECT_NE(server_.process("php")["pid"], php);
  EXPECT_EQ(server_.process("php")["restarts"], 0) << "a reload is no restart";
}

TEST_F(Supervisor, ReloadStartsThePoolWithTheSettingsOfThatTime) {
  server_.set("changed", "ready");
  server_.options.reconfigure = [this](const nlohmann::json& application) {
    EXPECT_TRUE(application.is_null());
    return Reconfiguration{stand_in_arguments(server_.directory.path(), "changed"), {"port", "host"}};
  };
  server_.start_and_wait();
  const Result<nlohmann::json> reloaded = server_.ask(kReload);
  ASSERT_TRUE(reloaded.ok()) << reloaded.error().message();
  EXPECT_EQ((*reloaded)["needs_restart"], nlohmann::json({"port", "host"}));
  EXPECT_EQ(server_.starts("php"), 1U);
  EXPECT_EQ(server_.starts("changed"), 1U);
  EXPECT_THAT(server_.log(), HasSubstr("settings have changed that need a restart settings=port,host"));
}

TEST_F(Supervisor, ReloadWithWrongSettingsKeepsThePoolAndTellsWhy) {
  server_.options.reconfigure = [](const nlohmann::json&) -> Result<Reconfiguration> {
    return Error{ErrorCode::kInvalid, "\"x\" is not a number", "laraman.toml: port", ""};
  };
  server_.start_and_wait();
  const pid_t php = server_.process("php")["pid"];
  EXPECT_EQ(server_.ask(kReload).error().message(), "laraman.toml: port: \"x\" is not a number");
  EXPECT_EQ(server_.process("php")["pid"], php);
}

TEST_F(Supervisor, ReloadThatFailsKeepsThePoolAndTellsWhy) {
  server_.start_and_wait();
  const pid_t php = server_.process("php")["pid"];
  server_.set("php", "fail PHP Parse error: unexpected token");
  const Result<nlohmann::json> reloaded = server_.ask(kReload);
  ASSERT_FALSE(reloaded.ok());
  EXPECT_EQ(reloaded.error().message(), "PHP Parse error: unexpected token");
  EXPECT_EQ(server_.process("php")["pid"], php);
  EXPECT_THAT(server_.seen("php"), ElementsAre("start", "start"));

  server_.set("php", "ready");
  EXPECT_TRUE(server_.ask(kReload).ok()) << "a failed reload must not stand in the way of the next";
}

TEST_F(Supervisor, ReloadsOnHangup) {
  server_.start_and_wait();
  server_.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return server_.starts("php") == 2; }));
}

TEST_F(Supervisor, RefusesASecondReloadMeanwhile) {
  server_.start_and_wait();
  server_.set("php", "silent");
  auto first = ControlClient::connect(control_socket_path(server_.options.server.runtime_dir));
  ASSERT_TRUE(first.ok());
  std::thread reload([&] { EXPECT_FALSE(first->ask(kReload, std::chrono::seconds(20)).ok()); });
  EXPECT_TRUE(eventually([&] { return (*server_.ask(kStatus))["server"]["state"] == "reloading"; }));
  const Result<nlohmann::json> second = server_.ask(kReload);
  EXPECT_FALSE(second.ok());
  EXPECT_THAT(second.error().message(), HasSubstr("under way"));
  server_.signal(SIGINT);
  reload.join();
}

TEST_F(Supervisor, FillsThePlaceAfterAFailedReloadOfAPoolThatDiedMeanwhile) {
  server_.start_and_wait();
  ::kill(server_.process("php")["pid"].get<pid_t>(), SIGKILL);
  EXPECT_TRUE(eventually([&] { return server_.process("php").value("state", "") == "ready"; }));
  EXPECT_TRUE(server_.ask(kReload).ok());
}

TEST_F(Supervisor, StartsAReleaseThatItsPathWasSwitchedTo) {
  namespace fs = std::filesystem;
  fs::create_directory(server_.directory / "one");
  fs::create_directory(server_.directory / "two");
  fs::copy_file("/proc/self/exe", server_.directory / "one/program");
  fs::copy_file("/proc/self/exe", server_.directory / "two/program");
  fs::create_symlink(server_.directory / "one", server_.directory / "current");
  server_.options.php.program = server_.directory / "current/program";
  server_.start_and_wait();
  fs::remove(server_.directory / "current");
  fs::create_symlink(server_.directory / "two", server_.directory / "current");
  ASSERT_TRUE(server_.ask(kReload).ok());
  EXPECT_TRUE(eventually([&] {
    const std::string exe = "/proc/" + std::to_string(server_.process("php")["pid"].get<pid_t>()) + "/exe";
    std::error_code gone;  // the old one, that leaves
    return fs::read_symlink(exe, gone) == server_.directory / "two/program";
  }));
}

// ---- stop

TEST_F(Supervisor, StopsTheGatewayFirst) {
  server_.set("gateway", "slow");
  server_.start_and_wait();
  server_.signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return server_.seen("gateway").size() == 2; }));
  EXPECT_THAT(server_.seen("gateway"), ElementsAre("start", "TERM"));
  EXPECT_THAT(server_.seen("php"), ElementsAre("start")) << "the pool has to serve what the gateway finishes";
  EXPECT_EQ(server_.wait(), kExitStopped);
  EXPECT_THAT(server_.seen("gateway"), ElementsAre("start", "TERM", "end"));
  EXPECT_THAT(server_.seen("php"), ElementsAre("start", "TERM", "end"));
  EXPECT_FALSE(std::filesystem::exists(server_.options.server.pid_file));
  EXPECT_FALSE(std::filesystem::exists(control_socket_path(server_.options.server.runtime_dir)));
}

TEST_F(Supervisor, KillsWhatDoesNotEndInTime) {
  server_.set("gateway", "stubborn");
  server_.options.stop_timeout = std::chrono::milliseconds(200);
  server_.start_and_wait();
  const pid_t gateway = server_.process("gateway")["pid"];
  server_.signal(SIGTERM);
  EXPECT_EQ(server_.wait(), kExitStopped);
  EXPECT_THAT(server_.seen("gateway"), ElementsAre("start", "TERM", "INT"));
  EXPECT_FALSE(is_alive(gateway));
}

TEST_F(Supervisor, EndsAtOnceOnInterrupt) {
  server_.start_and_wait();
  server_.signal(SIGINT);
  EXPECT_EQ(server_.wait(), kExitStopped);
  EXPECT_THAT(server_.seen("gateway"), ElementsAre("start", "INT", "end"));
  EXPECT_THAT(server_.seen("php"), ElementsAre("start", "INT", "end"));
}

TEST_F(Supervisor, EndsAtOnceOnASecondTerm) {
  server_.set("gateway", "stubborn");
  server_.options.stop_timeout = std::chrono::seconds(1000);
  server_.start_and_wait();
  server_.signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return server_.seen("gateway").size() == 2; }));
  server_.signal(SIGTERM);
  EXPECT_EQ(server_.wait(), kExitStopped);
}

TEST_F(Supervisor, StopsOverTheControlSocketAndHoldsTheLineUntilItIsOver) {
  server_.set("gateway", "slow");
  server_.start_and_wait();
  auto client = ControlClient::connect(control_socket_path(server_.options.server.runtime_dir));
  ASSERT_TRUE(client.ok());
  const Result<nlohmann::json> begun = client->ask({{"command", "stop"}, {"graceful", true}}, std::chrono::seconds(20));
  ASSERT_TRUE(begun.ok());
  EXPECT_EQ((*begun)["pid"], server_.pid());
  EXPECT_FALSE(begun->contains("within_seconds")) << "graceful has no limit";
  EXPECT_TRUE(client->wait_for_end(std::chrono::seconds(20)).ok());
  EXPECT_THAT(server_.seen("php"), ElementsAre("start", "TERM", "end"));
  EXPECT_EQ(server_.wait(), kExitStopped);
}

TEST_F(Supervisor, CanBeToldToStopWhileStarting) {
  server_.set("php", "silent");
  server_.start();
  EXPECT_TRUE(eventually([&] { return server_.starts("php") == 1; }));
  server_.signal(SIGTERM);
  EXPECT_THAT(server_.notice(), HasSubstr("told to stop while starting"));
  EXPECT_EQ(server_.wait(), kExitFailed);
}

// ---- status and the rest

TEST_F(Supervisor, TellsItsStatus) {
  server_.start_and_wait();
  const Result<nlohmann::json> status = server_.ask(kStatus);
  ASSERT_TRUE(status.ok());
  const nlohmann::json& server = (*status)["server"];
  EXPECT_EQ(server["version"], "test");
  EXPECT_EQ(server["app"], "/srv/app");
  EXPECT_EQ(server["pid"], server_.pid());
  EXPECT_EQ(server["state"], "running");
  EXPECT_EQ(server["daemon"], false);
  EXPECT_THAT(server["address"].get<std::string>(), testing::StartsWith("http://127.0.0.1:"));
  EXPECT_EQ((*status)["loops"].size(), 2U);
  EXPECT_GT(server_.process("supervisor")["memory_bytes"], 0);
}

TEST_F(Supervisor, NamesALogThatItCannotWrite) {
  server_.options.server.log_file = "/dev/null/laraman.log";
  server_.start();
  EXPECT_THAT(server_.notice(), HasSubstr("/dev/null/laraman.log: open: Not a directory"));
  EXPECT_EQ(server_.wait(), kExitFailed);
}

// ---- started by root for another user

class SupervisorOfAnotherUser : public Supervisor {
 protected:
  SupervisorOfAnotherUser() {
    write_file(secret_, "root's own");
    ::chmod(secret_.c_str(), 0600);
    server_.options.server.user = "nobody";
    const passwd* nobody = ::getpwnam("nobody");
    if (nobody == nullptr || !is_root()) return;
    if (::chown(server_.directory.path().c_str(), nobody->pw_uid, nobody->pw_gid) != 0) std::abort();
  }

  static bool is_root() { return ::geteuid() == 0; }
  // A link that the server's user has put where one of the server's files belongs.
  std::string link_to_secret(const std::string& name) {
    std::filesystem::create_symlink(secret_, server_.directory / name);
    return server_.directory / name;
  }
  void expect_secret_untouched() {
    struct stat status {};
    ASSERT_EQ(::lstat(secret_.c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, 0U);
    EXPECT_TRUE(S_ISREG(status.st_mode));
    EXPECT_EQ(read_file(secret_), "root's own");
  }
  // Starts; only root can, for another user.
  std::string start() {
    server_.start();
    const std::string notice = server_.notice();
    if (!is_root()) {
      EXPECT_THAT(notice, HasSubstr("only root can run as another user"));
    }
    return notice;
  }

  TemporaryDirectory roots_;
  const std::string secret_ = roots_ / "secret";
};

TEST_F(SupervisorOfAnotherUser, OwnsWhatItMakes) {
  server_.options.server.log_file = server_.directory / "laraman.log";
  server_.options.listen.host = "unix:" + (server_.directory / "http.sock");
  server_.options.server.runtime_dir = server_.directory / "run";
  if (start() != "ready\n") {
    EXPECT_FALSE(is_root()) << server_.log();
    return;
  }
  for (const char* name : {"laraman.log", "laraman.pid", "http.sock", "run", "run/control.sock", "run/worker.sock"}) {
    struct stat status {};
    ASSERT_EQ(::lstat((server_.directory / name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_uid, ::getpwnam("nobody")->pw_uid) << name;
  }
}

TEST_F(SupervisorOfAnotherUser, FollowsNoLinkOfItsLogAsRoot) {
  server_.options.server.log_file = link_to_secret("laraman.log");
  const std::string notice = start();
  if (is_root()) {
    EXPECT_THAT(notice, HasSubstr("laraman.log: open: Permission denied"));
  }
  expect_secret_untouched();
}

TEST_F(SupervisorOfAnotherUser, FollowsNoLinkOfItsPidFileAsRoot) {
  server_.options.server.pid_file = link_to_secret("laraman.pid");
  const std::string notice = start();
  if (is_root()) {
    EXPECT_THAT(notice, HasSubstr("laraman.pid: open: Permission denied"));
  }
  expect_secret_untouched();
}

TEST_F(SupervisorOfAnotherUser, MakesNoRuntimeDirectoryAsRoot) {
  std::filesystem::create_symlink(roots_.path(), server_.directory / "storage");
  server_.options.server.runtime_dir = server_.directory / "storage/run";
  const std::string notice = start();
  if (is_root()) {
    EXPECT_THAT(notice, HasSubstr("storage/run: mkdir: Permission denied"));
  }
  EXPECT_FALSE(std::filesystem::exists(roots_ / "run"));
}

TEST_F(SupervisorOfAnotherUser, BindsNoSocketFileAsRoot) {
  std::filesystem::create_symlink(roots_.path(), server_.directory / "sockets");
  server_.options.listen.host = "unix:" + (server_.directory / "sockets/http.sock");
  const std::string notice = start();
  if (is_root()) {
    EXPECT_THAT(notice, HasSubstr("bind: Permission denied"));
  }
  EXPECT_FALSE(std::filesystem::exists(roots_ / "http.sock"));
}

TEST_F(SupervisorOfAnotherUser, WaitsForNobodyThatItsUserPutsInTheWay) {
  const std::string pipe = server_.directory / "laraman.pid";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0666), 0);
  const std::string notice = start();
  if (is_root()) {
    EXPECT_THAT(notice, HasSubstr("failed"));
  }
}

TEST_F(Supervisor, ReopensItsLog) {
  server_.options.server.log_file = server_.directory / "log";
  server_.start_and_wait();
  std::filesystem::rename(server_.directory / "log", server_.directory / "log.1");
  server_.signal(SIGUSR1);
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(server_.directory / "log"); }));
  EXPECT_TRUE(server_.ask(kReload).ok());
  EXPECT_THAT(server_.log(), HasSubstr("reload done"));
}

// A deploy by a switched link may take the file away with the old release.
TEST_F(Supervisor, ReopensItsLogAtAReload) {
  server_.options.server.log_file = server_.directory / "log";
  server_.start_and_wait();
  std::filesystem::rename(server_.directory / "log", server_.directory / "log.1");
  EXPECT_TRUE(server_.ask(kReload).ok());
  EXPECT_THAT(server_.log(), HasSubstr("reload done"));
}

}  // namespace
}  // namespace laraman::supervisor::test
