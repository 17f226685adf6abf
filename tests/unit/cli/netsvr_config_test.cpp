#include "cli/netsvr_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "cli/settings.h"

namespace laraman::cli {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kNeeded = R"(
[Customer]
ListenAddress = "127.0.0.1:6060"
HeartbeatMessage = "~beat~"
[Worker]
ListenAddress = "127.0.0.1:6061"
HeartbeatMessage = "~6YOt5rW35piO~"
[Task]
ListenAddress = "127.0.0.1:6062"
HeartbeatMessage = "~6YOt5rW35piO~"
)";

class NetsvrConfigTest : public testing::Test {
 protected:
  NetsvrConfigTest() {
    std::string name = (fs::temp_directory_path() / "laraman-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    directory_ = name;
    path_ = name + "/netsvr.toml";
    for (const Setting& setting : all_settings()) ::unsetenv(variable_of(setting).c_str());
  }
  ~NetsvrConfigTest() override { fs::remove_all(directory_); }

  void write(const std::string& text) const { std::ofstream(path_) << text; }
  Settings read(const std::string& text, Given given = {}) const {
    write(text);
    given["netsvr-config"] = {path_};
    Result<Settings> settings = resolve_settings(given);
    EXPECT_TRUE(settings.ok()) << settings.error().message();
    return settings.ok() ? *settings : Settings();
  }
  std::string complaint(const std::string& text) const {
    write(text);
    const Result<Settings> settings = resolve_settings({{"netsvr-config", {path_}}});
    return settings ? "" : settings.error().message();
  }

  std::string directory_;
  std::string path_;
};

TEST_F(NetsvrConfigTest, HasNetsvrsDefaults) {
  const Settings settings = read(kNeeded);
  EXPECT_EQ(settings.gateway.listen.host, "127.0.0.1");
  EXPECT_EQ(settings.gateway.listen.port, 6060);
  EXPECT_EQ(settings.gateway.netsvr_worker_address, "127.0.0.1:6061");
  EXPECT_EQ(settings.gateway.netsvr_task_address, "127.0.0.1:6062");
  EXPECT_THAT(settings.gateway.websocket_paths, ElementsAre("/"));
  EXPECT_THAT(settings.gateway.port.allowed_origins, ElementsAre("*"));
  EXPECT_EQ(settings.gateway.shard.heartbeat, std::chrono::seconds(120));
  EXPECT_EQ(settings.gateway.heartbeat_message, "~beat~");
  EXPECT_EQ(settings.gateway.websocket.max_message_bytes, 2097152U);
  EXPECT_EQ(settings.gateway.business.read_timeout, std::chrono::seconds(120));
  EXPECT_EQ(settings.gateway.business.message_type, gateway::MessageType::kText);
  EXPECT_EQ(settings.gateway.callbacks.open_url, "");
  EXPECT_EQ(settings.gateway.limits.connections, 0U);
  EXPECT_EQ(settings.gateway.limits.opens, 0U);
  EXPECT_EQ(settings.gateway.business.metrics_items, 0U);
  EXPECT_EQ(settings.gateway.stop_timeout, kNoLimit);
  EXPECT_EQ(settings.log.level, log::Level::kError);
  EXPECT_FALSE(settings.gateway.application);
  EXPECT_THAT(settings.warnings, testing::IsEmpty());
}

TEST_F(NetsvrConfigTest, SaysWhatItsKeysMean) {
  const Settings settings = read(R"(
LogLevel = "warn"
LogFile = "netsvr.log"
ShutdownWaitTime = "1m30s"
PprofListenAddress = ""
Autobahn = false
[Limit]
OnOpen = 3000
OnMessage = 10000
[Customer]
Multicore = 0
ListenAddress = ":6060"
HandlePattern = "/netsvr"
AllowOrigin = ["example.com", "https://app.example.org"]
HeartbeatInterval = "70s"
MaxOnlineNum = 10000
ReceivePackLimit = 4096
SendMessageType = 2
OnOpenCallbackApi = "http://127.0.0.1:1/open"
OnCloseCallbackApi = "http://127.0.0.1:1/close"
CallbackApiDeadline = "2500ms"
HeartbeatMessage = "beat"
CompressionLevel = 3
LimitWindowSize = "1s"
LimitWindowMaxRequests = 100
LimitZeroWindowMaxRequests = 1000
[Worker]
ListenAddress = "127.0.0.1:6061"
ReadDeadline = "60s"
SendDeadline = "10s"
HeartbeatMessage = "b"
ReceivePackLimit = 1024
ReadBufferSize = 4096
SendChanCap = 1024
[Task]
ListenAddress = "127.0.0.1:6062"
ReadDeadline = "90s"
HeartbeatMessage = "t"
ReceivePackLimit = 2048
[Metrics]
Item = [1, 2, 3]
[Unheard]
Of = 1
)");
  EXPECT_EQ(settings.log.level, log::Level::kWarning);
  EXPECT_EQ(settings.gateway.stop_timeout, std::chrono::seconds(90));
  EXPECT_EQ(settings.gateway.listen.loops, 1U);
  EXPECT_EQ(settings.gateway.listen.host, "0.0.0.0");
  EXPECT_THAT(settings.gateway.websocket_paths, ElementsAre("/netsvr"));
  EXPECT_THAT(settings.gateway.port.allowed_origins,
              ElementsAre("https://example.com", "https://*.example.com", "http://example.com", "http://*.example.com",
                          "https://app.example.org"));
  EXPECT_EQ(settings.gateway.shard.heartbeat, std::chrono::seconds(70));
  EXPECT_EQ(settings.gateway.websocket.max_message_bytes, 4096U);
  EXPECT_EQ(settings.gateway.business.message_type, gateway::MessageType::kBinary);
  EXPECT_EQ(settings.gateway.callbacks.open_url, "http://127.0.0.1:1/open");
  EXPECT_EQ(settings.gateway.callbacks.close_url, "http://127.0.0.1:1/close");
  EXPECT_EQ(settings.gateway.callbacks.timeout, std::chrono::milliseconds(2500));
  EXPECT_EQ(settings.gateway.business.read_timeout, std::chrono::seconds(90));
  EXPECT_EQ(settings.gateway.business.heartbeat, "b");
  EXPECT_EQ(settings.gateway.task_heartbeat, "t");
  EXPECT_EQ(settings.gateway.business.max_frame_bytes, 2048U);
  EXPECT_EQ(settings.gateway.limits.connections, 10000U);
  EXPECT_EQ(settings.gateway.limits.opens, 3000U);
  EXPECT_EQ(settings.gateway.limits.messages, 10000U);
  EXPECT_EQ(settings.gateway.limits.window.window, std::chrono::seconds(1));
  EXPECT_EQ(settings.gateway.limits.window.messages, 100U);
  EXPECT_EQ(settings.gateway.limits.window.first_messages, 1000U);
  EXPECT_EQ(settings.gateway.business.metrics_items, 0b1110U);
  EXPECT_EQ(settings.gateway.websocket.compression.level, 3);
  ASSERT_EQ(settings.warnings.size(), 2U);
  EXPECT_THAT(settings.warnings[0], HasSubstr("AllowOrigin"));
  EXPECT_THAT(settings.warnings[1], testing::StartsWith("keys without a meaning here: Autobahn, "));
  EXPECT_EQ(settings.log.file, (fs::current_path() / "netsvr.log").string());
  for (const char* key : {"PprofListenAddress", "Worker.SendDeadline", "Worker.SendChanCap", "Unheard.Of"}) {
    EXPECT_THAT(settings.warnings[1], HasSubstr(key));
  }
  for (const char* key : {"Customer.ListenAddress", "Customer.AllowOrigin", "Customer.CallbackApiDeadline"}) {
    EXPECT_THAT(settings.warnings[1], testing::Not(HasSubstr(key)));
  }
}

TEST_F(NetsvrConfigTest, MayBeOfTheOlderNetsvrWithOnePort) {
  const std::string needed = kNeeded;
  const Settings settings = read(needed.substr(0, needed.find("[Task]")));
  EXPECT_EQ(settings.gateway.netsvr_worker_address, "127.0.0.1:6061");
  EXPECT_EQ(settings.gateway.netsvr_task_address, "");
  EXPECT_EQ(settings.gateway.id, "127.0.0.1:6061");
}

// As its example file was, with the values that are defaults left out.
constexpr const char* kOf4 = R"(
LogLevel = "debug"
LogFile = "log/netSvr.log"
ShutdownWaitTime = "5s"
[Limit]
OnOpen = 10000
OnMessage = 50000
[Customer]
ListenAddress = "127.0.0.1:6060"
HandlePattern = "/netsvr"
ReadDeadline = "100s"
IOMod = 0
CallbackScriptFile = "configs/callback.go"
TLSCert = ""
TLSKey = ""
HeartbeatMessage = "beat"
[Worker]
ListenAddress = "127.0.0.1:6061"
HeartbeatMessage = "~6YOt5rW35piO~"
[Metrics]
Item = [1, 2, 3, 4, 5, 6, 7]
MaxRecordInterval = "10s"
)";

std::string with_customer_line(std::string text, const std::string& line) {
  return text.replace(text.find("[Customer]"), 10, "[Customer]\n" + line);
}

TEST_F(NetsvrConfigTest, OfNetsvr4HasNoLimitsThatNetsvr4DidNotHave) {
  const Settings settings = read(kOf4);
  EXPECT_EQ(settings.gateway.limits.window.messages, 0U);
  EXPECT_EQ(settings.gateway.limits.window.first_messages, 0U);
  EXPECT_EQ(settings.gateway.limits.messages, 50000U);
  EXPECT_EQ(settings.gateway.shard.heartbeat, std::chrono::seconds(50));  // two silent heartbeats are ReadDeadline
  EXPECT_EQ(settings.gateway.limits.connections, 100'000U);
  EXPECT_EQ(settings.gateway.business.protocol, 3U);
  EXPECT_EQ(settings.gateway.id, "127.0.0.1:6061");
  EXPECT_EQ(settings.log.file, (fs::current_path() / "log/netSvr.log").string());
  EXPECT_TRUE(settings.gateway.tls.certificates.empty());
}

TEST_F(NetsvrConfigTest, OfNetsvr5To7HasTheLimitsThatItsKeysTellOf) {
  std::string of_5 = kOf4;
  of_5.erase(of_5.find("MaxRecordInterval"), std::string("MaxRecordInterval = \"10s\"").size());
  EXPECT_EQ(read(of_5).gateway.business.protocol, 6U);
  EXPECT_EQ(read(of_5).gateway.limits.window.messages, 0U);

  const Settings of_5_3 = read(with_customer_line(of_5, "LimitWindowSize = \"2s\""));
  EXPECT_EQ(of_5_3.gateway.limits.window.window, std::chrono::seconds(2));
  EXPECT_EQ(of_5_3.gateway.limits.window.messages, 100U);
  EXPECT_EQ(of_5_3.gateway.limits.window.first_messages, 1000U);

  const Settings of_7 = read(with_customer_line(of_5, "OnOpenCallbackApi = \"\""));
  EXPECT_EQ(of_7.gateway.limits.window.messages, 100U);
  EXPECT_EQ(of_7.gateway.shard.heartbeat, std::chrono::seconds(50));
}

TEST_F(NetsvrConfigTest, OfNetsvr3HasItsHeartbeat) {
  const Settings settings = read(R"(
ServerId = 1
[[Limit]]
Concurrency = 5
[customer]
listenaddress = "127.0.0.1:6060"
ConnOpenWorkerId = 1
[WORKER]
ListenAddress = "127.0.0.1:6061"
)");
  EXPECT_EQ(settings.gateway.heartbeat_message, "~3yPvmnz~");
  EXPECT_EQ(settings.gateway.business.heartbeat, "~3yPvmnz~");
  EXPECT_EQ(settings.gateway.shard.heartbeat, std::chrono::seconds(60));
  EXPECT_EQ(settings.gateway.limits.opens, 0U);
}

TEST_F(NetsvrConfigTest, IgnoresTheCaseOfKeysAsNetsvrDoes) {
  std::string text = kNeeded;
  for (const auto& [from, to] : {std::pair{"[Customer]", "[CUSTOMER]"}, std::pair{"ListenAddress", "listenaddress"},
                                 std::pair{"[Task]", "[task]"}}) {
    text.replace(text.find(from), std::string(from).size(), to);
  }
  const Settings settings = read("loglevel = \"info\"\n" + text);
  EXPECT_EQ(settings.gateway.listen.port, 6060);
  EXPECT_EQ(settings.gateway.netsvr_task_address, "127.0.0.1:6062");
  EXPECT_EQ(settings.log.level, log::Level::kInfo);
  EXPECT_THAT(settings.warnings, testing::IsEmpty());
}

TEST_F(NetsvrConfigTest, TakesZeroAndLessAsNetsvrDoes) {
  std::string text = with_customer_line(kNeeded,
                                        "HeartbeatInterval = \"0s\"\nReceivePackLimit = 0\nSendMessageType = 0\n"
                                        "LimitWindowSize = \"-1s\"\nLimitWindowMaxRequests = 0\n"
                                        "LimitZeroWindowMaxRequests = -5\nMulticore = 200\nMaxOnlineNum = -1");
  text.replace(text.find("[Worker]"), 8, "[Worker]\nReadDeadline = \"0s\"\nReceivePackLimit = 0");
  text.replace(text.find("[Task]"), 6, "[Task]\nReadDeadline = \"-2s\"");
  const Settings settings = read("LogLevel = \"loud\"\nShutdownWaitTime = \"-1s\"\n" + text);
  EXPECT_EQ(settings.gateway.shard.heartbeat, std::chrono::seconds(120));
  EXPECT_EQ(settings.gateway.websocket.max_message_bytes, 2097152U);
  EXPECT_EQ(settings.gateway.business.message_type, gateway::MessageType::kText);
  EXPECT_EQ(settings.gateway.limits.window.window, std::chrono::seconds(1));
  EXPECT_EQ(settings.gateway.limits.window.messages, 100U);
  EXPECT_EQ(settings.gateway.limits.window.first_messages, 1000U);
  EXPECT_LE(settings.gateway.listen.loops, std::max(1U, std::thread::hardware_concurrency()));
  EXPECT_EQ(settings.gateway.limits.connections, 0U);
  EXPECT_EQ(settings.gateway.business.read_timeout, std::chrono::seconds(120));
  EXPECT_EQ(settings.gateway.business.max_frame_bytes, 2097152U);
  EXPECT_EQ(settings.log.level, log::Level::kError);
  EXPECT_EQ(settings.gateway.stop_timeout, kNoLimit);
}

TEST_F(NetsvrConfigTest, NeverTurnsTlsIntoPlainText) {
  std::ofstream(directory_ + "/server.crt") << "certificate";
  for (const char* file : {kOf4, kNeeded}) {
    std::string text = file;
    for (const char* empty : {"TLSCert = \"\"\n", "TLSKey = \"\"\n"}) {
      if (const std::size_t at = text.find(empty); at != std::string::npos) text.erase(at, std::string(empty).size());
    }
    const Settings settings =
        read(with_customer_line(text, "TLSCert = \"server.crt\"\nTLSKey = \"/etc/ssl/server.key\""));
    EXPECT_THAT(settings.gateway.tls.certificates, ElementsAre(directory_ + "/server.crt")) << "beside the file";
    EXPECT_THAT(settings.gateway.tls.keys, ElementsAre("/etc/ssl/server.key"));
    EXPECT_THAT(complaint(with_customer_line(text, "TLSCert = \"server.crt\"")),
                HasSubstr("Customer.TLSCert: needs Customer.TLSKey"));
    EXPECT_THAT(complaint(with_customer_line(text, "TLSKey = \"server.key\"")),
                HasSubstr("Customer.TLSKey: needs Customer.TLSCert"));
  }
}

TEST_F(NetsvrConfigTest, CountsLessThanWhatIsGivenElsewhere) {
  std::ofstream(directory_ + "/laraman.toml") << "port = 7000\nheartbeat_message = \"mine\"\n";
  const Settings settings =
      read(kNeeded, {{"config", {directory_ + "/laraman.toml"}}, {"port", {"7001"}}, {"workers", {"2"}}});
  EXPECT_EQ(settings.gateway.listen.port, 7001);
  EXPECT_EQ(settings.gateway.heartbeat_message, "mine");
  EXPECT_EQ(settings.gateway.netsvr_task_address, "127.0.0.1:6062");
}

TEST_F(NetsvrConfigTest, IsRefusedWhereNetsvrWouldRefuseIt) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"LogLevel = \"info\"\n", "netsvr.toml: Customer.ListenAddress is missing"},
      {"LogLevel = 1\n", "netsvr.toml:1: LogLevel: is a string"},
      {"\nShutdownWaitTime = 60\n", "netsvr.toml:2: ShutdownWaitTime: is a string"},
      {"ShutdownWaitTime = \"60\"\n", "netsvr.toml:1: ShutdownWaitTime: is a duration such as \"120s\" or \"1m30s\""},
      {"ShutdownWaitTime = \"1s2\"\n", "netsvr.toml:1: ShutdownWaitTime: is a duration"},
      {"x = \n", "netsvr.toml:1: "},
      {"[Customer]\nListenAddress = \"6060\"\n", "netsvr.toml:2: Customer.ListenAddress: is of the form host:port"},
      {"[Customer]\nListenAddress = \":x\"\n", "Customer."},
  };
  for (const auto& c : cases) EXPECT_THAT(complaint(c.text), HasSubstr(c.message)) << c.text;

  const std::string needed = kNeeded;
  const struct {
    const char* line;
    const char* message;
  } customer[] = {
      {"MaxOnlineNum = \"many\"", "netsvr.toml:3: Customer.MaxOnlineNum: is a whole number"},
      {"SendMessageType = 3", "netsvr.toml:3: Customer.SendMessageType: is 1 (text) or 2 (binary)"},
      {"AllowOrigin = \"example.com\"", "netsvr.toml:3: Customer.AllowOrigin: is a list of strings"},
      {"AllowOrigin = [1]", "netsvr.toml:3: Customer.AllowOrigin: is a list of strings"},
      {"CompressionLevel = 10", "netsvr.toml:3: Customer.CompressionLevel: is a number from -2 to 9"},
      {"LimitWindowMaxRequests = 1.5", "netsvr.toml:3: Customer.LimitWindowMaxRequests: is a whole number"},
      {"OnOpenCallbackApi = \"ftp://x\"", "netsvr.toml:3: Customer.OnOpenCallbackApi: \"ftp://x\" is not a URL"},
  };
  for (const auto& c : customer) {
    std::string text = needed;
    text.replace(text.find("[Customer]"), 10, std::string("[Customer]\n") + c.line);
    EXPECT_THAT(complaint(text), HasSubstr(c.message)) << c.line;
  }
}

TEST_F(NetsvrConfigTest, ReadsDurationsOfGo) {
  const struct {
    const char* text;
    double seconds;
  } cases[] = {{"1h2m3s", 3723}, {"1.5h", 5400},    {"250ms", 0.25},
               {"1m30s", 90},    {"500us", 0.0005}, {"1h1ms", 3600.001}};
  for (const auto& c : cases) {
    const Settings settings = read("ShutdownWaitTime = \"" + std::string(c.text) + "\"\n" + kNeeded);
    EXPECT_DOUBLE_EQ(std::chrono::duration<double>(settings.gateway.stop_timeout).count(), c.seconds) << c.text;
  }
}

}  // namespace
}  // namespace laraman::cli
