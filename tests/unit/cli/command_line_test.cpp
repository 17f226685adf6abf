#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/exit_code.h"

namespace laraman::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest() : before_(fs::current_path()) {
    std::string name = (fs::temp_directory_path() / "laraman-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    directory_ = name;
    fs::current_path(directory_);
  }
  ~CommandLineTest() override {
    fs::current_path(before_);
    fs::remove_all(directory_);
  }

  int run(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "laraman");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = cli::run(static_cast<int>(arguments.size()), arguments.data());
    out_ = testing::internal::GetCapturedStdout();
    error_ = testing::internal::GetCapturedStderr();
    return code;
  }

  std::string directory_;
  const fs::path before_;
  std::string out_;
  std::string error_;
};

TEST_F(CommandLineTest, NamesAWrongOptionAndTheNearestRightOne) {
  const struct {
    std::vector<const char*> arguments;
    const char* message;
  } cases[] = {
      {{"start", "--prot", "80"}, "unknown option --prot (did you mean --port?)"},
      {{"start", "--prot=80"}, "unknown option --prot (did you mean --port?)"},
      {{"stop", "--gracefull"}, "unknown option --gracefull (did you mean --graceful?)"},
      {{"status", "--jsno"}, "unknown option --jsno (did you mean --json?)"},
      {{"strat"}, "unknown command strat (did you mean start?)"},
      {{"start", "now"}, "unexpected argument now"},
      {{"start", "--port"}, "--port"},
      {{"start", "--port", "x"}, "--port: \"x\" is not a number from 0 to 65535"},
      {{"gateway", "--loops", "0"}, "--loops: \"0\" is not a number"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(run(c.arguments), kUsage) << c.message;
    EXPECT_THAT(error_, HasSubstr(c.message));
    EXPECT_EQ(out_, "");
  }
}

TEST_F(CommandLineTest, ShowsHelpWithoutACommand) {
  EXPECT_EQ(run({}), kUsage);
  EXPECT_THAT(error_, HasSubstr("reload"));
  EXPECT_EQ(run({"--help"}), kOk);
  EXPECT_THAT(out_, HasSubstr("Exit codes"));
  EXPECT_EQ(run({"start", "--help"}), kOk);
  EXPECT_THAT(out_, HasSubstr("--workers"));
}

TEST_F(CommandLineTest, GroupsItsFlags) {
  EXPECT_EQ(run({"start", "--help"}), kOk);
  std::size_t at = 0;
  for (const char* text : {"\nOptions:\n", "--daemon", "\nApplication:\n", "--app ", "\nPublic port:\n", "--port ",
                           "\nPHP workers:\n", "--workers ", "\nWebSocket connections:\n", "--heartbeat ",
                           "\nBusinesses that speak the netsvr protocol:\n", "--netsvr-allow "}) {
    const std::size_t found = out_.find(text);
    ASSERT_NE(found, std::string::npos) << text;
    if (text[0] == '\n') at = found;
    EXPECT_GE(found, at) << text;
  }
}

TEST_F(CommandLineTest, ShowsHelpIn80Columns) {
  for (const char* command :
       {"", "start", "restart", "stop", "reload", "status", "connections", "logs", "gateway", "php", "version"}) {
    std::vector<const char*> arguments = {command, "--help"};
    if (*command == '\0') arguments.erase(arguments.begin());
    EXPECT_EQ(run(arguments), kOk);
    std::istringstream lines(out_);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << command << ": " << line;
  }
}

TEST_F(CommandLineTest, ShowsItsVersion) {
  EXPECT_EQ(run({"version"}), kOk);
  EXPECT_THAT(out_, testing::MatchesRegex("Laraman [0-9.]+\n"));
  EXPECT_EQ(run({"--version"}), kOk);
  EXPECT_THAT(out_, testing::MatchesRegex("Laraman [0-9.]+\n"));
}

TEST_F(CommandLineTest, WantsAnApplication) {
  for (const char* command : {"start", "stop", "reload", "status"}) {
    EXPECT_EQ(run({command}), kUsage);
    EXPECT_THAT(error_, HasSubstr("--app"));
  }
  EXPECT_EQ(run({"start", "--app", "nowhere"}), kUsage);
  EXPECT_THAT(error_, HasSubstr(directory_ + "/nowhere: no such directory"));
  EXPECT_EQ(run({"start", "--app", "."}), kUsage);
  EXPECT_THAT(error_, HasSubstr("it has no file artisan"));
}

TEST_F(CommandLineTest, ChecksTheSettingsAndShowsThem) {
  std::ofstream("laraman.toml") << "port = 9000\n[netsvr]\ntask_listen = \"127.0.0.1:6062\"\n";
  EXPECT_EQ(run({"gateway", "--check-config", "--host", "127.0.0.2"}), kOk);
  EXPECT_THAT(out_, testing::StartsWith("ok\n"));
  EXPECT_THAT(out_, HasSubstr("\nhost = \"127.0.0.2\"\nport = 9000\n"));
  EXPECT_THAT(out_, HasSubstr("\n[netsvr]\ntask_listen = \"127.0.0.1:6062\"\n"));
  std::ofstream("artisan");
  EXPECT_EQ(run({"start", "--check-config", "--no-app"}), kOk);
  EXPECT_THAT(out_, HasSubstr("\nworkers = \"auto\"\n"));
  EXPECT_EQ(run({"start", "--check-config", "--app", "nowhere"}), kUsage);
}

TEST_F(CommandLineTest, RefusesSettingsThatCannotBeMeant) {
  const struct {
    std::vector<const char*> arguments;
    const char* message;
  } cases[] = {
      {{"--netsvr-task-listen", "127.0.0.1:port"}, "127.0.0.1:port: not an address"},
      {{"--worker-socket", "127.0.0.1:99999"}, "127.0.0.1:99999: not an address"},
      {{"--gateway-id", "gateway"}, "gateway: not an address"},
      {{"--gateway-id", "[::1]:6062"}, "[::1]:6062: connection ids have room for an IPv4 address only"},
  };
  for (const auto& c : cases) {
    for (const bool check : {false, true}) {
      std::vector<const char*> arguments{"gateway"};
      if (check) arguments.push_back("--check-config");
      arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
      EXPECT_EQ(run(arguments), kUsage) << c.message;
      EXPECT_THAT(error_, HasSubstr(c.message));
      EXPECT_EQ(out_, "");
    }
  }
}

TEST_F(CommandLineTest, WantsASecretOrNetworksForABusinessPortOffLoopback) {
  for (const char* address : {"0.0.0.0:6062", "[::]:6062", "192.0.2.1:6062"}) {
    for (const char* port : {"--netsvr-worker-listen", "--netsvr-task-listen", "--worker-socket", "--task-socket"}) {
      EXPECT_EQ(run({"gateway", "--check-config", port, address}), kUsage);
      EXPECT_THAT(error_, HasSubstr(std::string(address) + ": any peer that reaches this business port"));
      EXPECT_EQ(run({"gateway", "--check-config", port, address, "--netsvr-allow", "10.0.0.0/8"}), kOk);
    }
  }
  for (const char* address : {"127.0.0.1:6062", "[::1]:6062", "localhost:6062"}) {
    EXPECT_EQ(run({"gateway", "--check-config", "--netsvr-task-listen", address}), kOk) << address;
  }
  EXPECT_EQ(run({"gateway", "--check-config", "--netsvr-allow", "10.0.0.0/33"}), kUsage);
}

TEST_F(CommandLineTest, NeverShowsTheSecret) {
  std::ofstream("secret") << "open sesame\nsecond line\n";
  const std::vector<const char*> arguments{"gateway",      "--check-config",       "--netsvr-task-listen",
                                           "0.0.0.0:6062", "--netsvr-secret-file", "secret"};
  EXPECT_EQ(run(arguments), kOk);
  EXPECT_THAT(out_, HasSubstr("\nsecret = \"(set)\"\n"));
  EXPECT_THAT(out_ + error_, testing::Not(HasSubstr("sesame")));
  std::ofstream("laraman.toml") << "[netsvr]\nsecret = \"open sesame\"\n";
  EXPECT_EQ(run({"gateway", "--check-config", "--netsvr-task-listen", "0.0.0.0:6062"}), kOk);
  EXPECT_THAT(out_ + error_, testing::Not(HasSubstr("sesame")));
  EXPECT_EQ(run({"gateway", "--netsvr-secret", "open sesame"}), kUsage);  // others see command lines
  fs::remove("laraman.toml");
  EXPECT_EQ(run({"gateway", "--check-config", "--netsvr-secret-file", "none"}), kUsage);
  EXPECT_THAT(error_, HasSubstr("/none: no secret can be read there"));
}

TEST_F(CommandLineTest, StartsFromANetsvrConfigWithAWarning) {
  std::ofstream("netsvr.toml") << R"(
[Customer]
ListenAddress = "127.0.0.1:6060"
HeartbeatMessage = "beat"
[Worker]
ListenAddress = "0.0.0.0:6061"
HeartbeatMessage = "beat"
[Task]
ListenAddress = "0.0.0.0:6062"
HeartbeatMessage = "beat"
SendDeadline = "10s"
)";
  EXPECT_EQ(run({"gateway", "--check-config", "--netsvr-config", "netsvr.toml"}), kOk);
  EXPECT_THAT(out_, HasSubstr("\nport = 6060\n"));
  EXPECT_THAT(error_, HasSubstr("laraman: warning: keys without a meaning here: Task.SendDeadline\n"));
  EXPECT_THAT(error_, HasSubstr("laraman: warning: 0.0.0.0:6061: any peer that reaches this business port"));
  EXPECT_EQ(run({"gateway", "--check-config", "--netsvr-config", "netsvr.toml", "--netsvr-allow", "10.0.0.0/8"}), kOk);
  EXPECT_THAT(error_, testing::Not(HasSubstr("whoever")));
}

TEST_F(CommandLineTest, SaysThatThereIsNoServer) {
  for (const std::vector<const char*>& arguments : {std::vector{"stop", "--app", "."},
                                                    {"stop", "--app", ".", "-g"},
                                                    {"stop", "--app", ".", "--g"},
                                                    {"reload", "--app", "."},
                                                    {"status", "--app", "."}}) {
    EXPECT_EQ(run(arguments), kNotRunning);
    EXPECT_THAT(error_, HasSubstr("not running"));
  }
}

TEST_F(CommandLineTest, SaysThatAPidFileIsStale) {
  std::ofstream("laraman.pid") << "1999999999\n";
  EXPECT_EQ(run({"status", "--app", ".", "--pid-file", "laraman.pid"}), kNotRunning);
  EXPECT_THAT(error_, HasSubstr("was left by process 1999999999"));
}

TEST_F(CommandLineTest, AnswersInJsonAlsoThatThereIsNoServer) {
  EXPECT_EQ(run({"status", "--app", ".", "--json"}), kNotRunning);
  EXPECT_THAT(out_, HasSubstr("\"ok\": false"));
  EXPECT_EQ(error_, "");
}

TEST_F(CommandLineTest, SaysThatThereIsNoProgramWithPhp) {
  std::ofstream("index.php") << "<?php";
  EXPECT_EQ(run({"php", "--app", ".", "--entry", "index.php", "--php", "/bin/false"}), kUsage);
  EXPECT_THAT(error_, HasSubstr("there is no program laraman-php8.x (install the package laraman-php8.x)"));
  EXPECT_EQ(run({"start", "--app", ".", "--entry", "index.php", "--php", "/bin/false"}), kUsage);
  EXPECT_THAT(error_, HasSubstr("there is no program laraman-php8.x"));
}

}  // namespace
}  // namespace laraman::cli
