// Events in a resident worker, and what it sends to the gateway: a real pool against a fake gateway.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "fake_gateway.h"
#include "fastcgi_client.h"
#include "pool_process.h"
#include "temporary_directory.h"

namespace laraman::php::test {
namespace {

namespace netsvr = wire::netsvr;
using netsvr::Command;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class EventTest : public ::testing::Test {
 protected:
  void SetUp() override {
    PoolOptions options;
    options.workers = 1;
    options.worker_socket = directory / "worker.sock";
    options.ini = {{"display_errors", "0"}};
    pool = std::make_unique<PoolProcess>("events.php", options, [this] { registration = gateway.accept_worker(); });
    ASSERT_EQ(pool->notice(), "ready\n");
  }

  void TearDown() override { pool.reset(); }

  // Sends an event, and expects its handler to say something to its connection before it is acknowledged.
  std::string ask(const std::string& data, std::uint64_t sequence) {
    gateway.send_message(data);
    std::string said = gateway.receive_cast();
    EXPECT_EQ(gateway.receive_acknowledge(), sequence);
    return said;
  }

  // The worker closes the connection of the event with 1011.
  void expect_close(const std::string& reason) {
    const auto received = gateway.receive();
    ASSERT_TRUE(received && received->command == Command::kForceOffline);
    netsvr::ForceOffline close;
    ASSERT_TRUE(close.ParseFromString(received->message));
    ASSERT_EQ(close.uniq_ids_size(), 1);
    EXPECT_EQ(close.uniq_ids(0), "0001");
    EXPECT_EQ(close.code(), 1011U);
    EXPECT_EQ(close.reason().empty(), reason.empty());
    EXPECT_THAT(close.reason(), HasSubstr(reason));
    EXPECT_LE(close.reason().size(), 123U);
  }

  // As ask(), behind a close: the worker waits until the gateway has taken back what came behind it.
  std::string ask_after_close(const std::string& data, std::uint64_t sequence) {
    gateway.send_message(data);
    EXPECT_EQ(gateway.receive()->command, Command::kCheckOnline);
    gateway.send(Command::kCheckOnline, netsvr::CheckOnlineResp());
    std::string said = gateway.receive_cast();
    EXPECT_EQ(gateway.receive_acknowledge(), sequence);
    return said;
  }

  TemporaryDirectory directory;
  FakeGateway gateway{directory / "worker.sock"};
  netsvr::RegisterReq registration;
  std::unique_ptr<PoolProcess> pool;
};

TEST_F(EventTest, RegistersWhenTheScriptHasBooted) {
  EXPECT_EQ(registration.events(), 6);
  EXPECT_THAT(registration.library(), ::testing::StartsWith("laraman/"));
  EXPECT_EQ(registration.acknowledge_window(), 32U);
  EXPECT_TRUE(registration.wants_meta());
  EXPECT_FALSE(registration.lean());
  EXPECT_EQ(registration.fastcgi_address(), pool->socket());
  EXPECT_EQ(registration.scoreboard_slot(), 1U);
  EXPECT_EQ(registration.scoreboard_generation(), 1U);
}

TEST_F(EventTest, DescribesMessagesAndCloses) {
  EXPECT_EQ(
      ask("hello world", 1),
      R"({"type":"message","connection":"0001","user":"7","session":"a session","channels":["room.1","room.2"],)"
      R"("path":"\/chat\/1?token=x","meta":{"Socket":"{\"route\":\"chat\"}"},"data":"hello world","binary":false,)"
      R"("code":0,"reason":"","query":"","remoteAddress":"","forwardedFor":"","realIp":"","gateway":0})");
  netsvr::ConnClose close;
  close.set_uniq_id("0002");
  close.set_sequence(2);
  close.set_code(1001);
  close.set_reason("going away");
  gateway.send(Command::kConnClose, close);
  EXPECT_EQ(
      gateway.receive_cast(),
      R"({"type":"close","connection":"0002","user":"","session":"","channels":[],"path":"","meta":[],"data":"",)"
      R"("binary":false,"code":1001,"reason":"going away","query":"","remoteAddress":"","forwardedFor":"","realIp":"","gateway":0})");
  EXPECT_EQ(gateway.receive_acknowledge(), 2U);
}

TEST_F(EventTest, KeepsTheOrderOfABatch) {
  for (int i = 1; i <= 100; ++i) gateway.queue_message("number " + std::to_string(i));
  gateway.send_queued();
  for (std::uint64_t i = 1; i <= 100; ++i) {
    EXPECT_EQ(gateway.receive_cast(), std::to_string(i));
    EXPECT_EQ(gateway.receive_acknowledge(), i);
  }
}

TEST_F(EventTest, QueriesWhileEventsComeIn) {
  gateway.queue_message("query");
  gateway.send_queued();
  EXPECT_EQ(gateway.receive()->command, Command::kUniqIdCount);
  gateway.queue_message("number 2");
  gateway.send_queued();
  netsvr::UniqIdCountResp count;
  count.set_count(5);
  gateway.send(Command::kUniqIdCount, count);
  EXPECT_EQ(gateway.receive_cast(), "0805");
  EXPECT_EQ(gateway.receive_acknowledge(), 1U);
  EXPECT_EQ(gateway.receive_cast(), "2");
  EXPECT_EQ(gateway.receive_acknowledge(), 2U);
}

TEST_F(EventTest, AQueryWithoutReplyThrowsAndTheLinkLives) {
  gateway.send_message("timeout");
  EXPECT_EQ(gateway.receive()->command, Command::kUniqIdCount);
  EXPECT_THAT(gateway.receive_cast(), HasSubstr("The gateway cannot be reached"));
  EXPECT_EQ(gateway.receive_acknowledge(), 1U);
  EXPECT_EQ(ask("number 2", 2), "2");
}

TEST_F(EventTest, LargeCommandsArrive) { EXPECT_EQ(ask("large", 1).size(), 300'000U); }

TEST_F(EventTest, SeesNothingOfTheRequestBefore) {
  FastCgiClient client(pool->socket());
  EXPECT_EQ(client.request("secret=1", {{"HTTP_COOKIE", "a=b"}}).body, "sent");
  EXPECT_EQ(gateway.receive_cast(), "from a request");
  EXPECT_EQ(ask("globals", 1), "[[],[],[],[],false,false]");
}

TEST_F(EventTest, LeavesNothingToTheNext) {
  const std::string before = ask("get", 1);
  ask("set", 2);
  EXPECT_EQ(ask("get", 3), before);
}

TEST_F(EventTest, ExitClosesTheConnectionOfTheMessageAndEndsTheEventOnly) {
  gateway.send_message("exit");
  EXPECT_EQ(gateway.receive_cast(), "last words");
  expect_close("");
  EXPECT_EQ(gateway.receive_acknowledge(), 1U);
  EXPECT_EQ(ask_after_close("number 2", 2), "2");
  EXPECT_THAT(pool->log(), HasSubstr("message not handled, its connection is closed slot=1 connection=0001"));
}

TEST_F(EventTest, AnUncaughtErrorClosesTheConnectionOfTheMessageAndEndsTheEventOnly) {
  gateway.send_message("throw");
  expect_close("");
  EXPECT_EQ(gateway.receive_acknowledge(), 1U);
  EXPECT_THAT(pool->log(), HasSubstr("reason=\"Uncaught LogicException: thrown in an event"));
  EXPECT_EQ(ask_after_close("number 2", 2), "2");
}

TEST_F(EventTest, SaysWhyInTheCloseFrameWhileDebugging) {
  EXPECT_EQ(ask("debug", 1), "debugging");
  gateway.send_message("throw");
  expect_close("Uncaught LogicException: thrown in an event");
  EXPECT_EQ(gateway.receive_acknowledge(), 2U);
}

// Not every query is asked of the gateway's loops.
TEST_F(EventTest, WaitsForAQueryOfItsOwnBehindAClose) {
  gateway.send_message("close");
  EXPECT_EQ(gateway.receive()->command, Command::kForceOffline);
  EXPECT_EQ(gateway.receive()->command, Command::kUniqIdCount);
  gateway.send(Command::kUniqIdCount, netsvr::UniqIdCountResp());
  EXPECT_EQ(gateway.receive_acknowledge(), 1U);
  EXPECT_EQ(ask_after_close("number 2", 2), "2");
}

TEST_F(EventTest, BeginsNoEventBehindACloseBeforeTheGatewayAnswers) {
  gateway.queue_message("throw");
  gateway.queue_message("number 2");
  gateway.send_queued();
  expect_close("");
  EXPECT_EQ(gateway.receive_acknowledge(), 1U);
  EXPECT_EQ(gateway.receive()->command, Command::kCheckOnline);
  ASSERT_TRUE(eventually([&] { return pool->log().find("gateway does not answer") != std::string::npos; }));
  EXPECT_TRUE(gateway.is_quiet());
  gateway.send(Command::kCheckOnline, netsvr::CheckOnlineResp());  // late
  EXPECT_EQ(gateway.receive()->command, Command::kCheckOnline);
  gateway.send(Command::kCheckOnline, netsvr::CheckOnlineResp());
  EXPECT_EQ(gateway.receive_cast(), "2");
  EXPECT_EQ(gateway.receive_acknowledge(), 2U);
}

TEST_F(EventTest, OutputGoesToTheLogAsLinesOfItsOwn) {
  EXPECT_EQ(ask("print", 1), "done");
  EXPECT_THAT(pool->log(), HasSubstr(": printed in an event\n"));
  EXPECT_THAT(pool->log(), HasSubstr(": 2026-01-01 error forged \\x1B[2J\n"));
  EXPECT_THAT(pool->log(), testing::Not(HasSubstr("\n2026-01-01")));
}

TEST_F(EventTest, AcknowledgesEventsThatSayNothing) {
  gateway.send_message("nothing");
  EXPECT_EQ(gateway.receive_acknowledge(), 1U);
  EXPECT_TRUE(gateway.is_quiet());
}

TEST_F(EventTest, TermUnregistersAndServesUntilTheGatewayAgrees) {
  pool->signal(SIGTERM);
  EXPECT_EQ(gateway.receive()->command, Command::kUnRegister);
  EXPECT_EQ(ask("number 1", 1), "1");
  EXPECT_EQ(FastCgiClient(pool->socket()).request("").body, "sent");
  EXPECT_EQ(gateway.receive_cast(), "from a request");
  gateway.send(Command::kUnRegister, netsvr::UnRegisterResp());
  EXPECT_EQ(pool->wait(), 0);
}

TEST_F(EventTest, LooksForAGatewayThatWentAway) {
  gateway.drop_worker();
  FastCgiClient client(pool->socket());
  ASSERT_TRUE(eventually([&] { return client.request("").body.starts_with("The gateway cannot be reached"); }));
  gateway.accept_worker();
  ASSERT_TRUE(eventually([&] { return client.request("").body == "sent"; }));
  EXPECT_EQ(gateway.receive_cast(), "from a request");
  EXPECT_EQ(ask("number 1", 1), "1");
}

// A worker on another machine than its gateway.
TEST(RemoteEventTest, SaysTheSecretAndBeatsWhilePhpIsBusy) {
  FakeGateway gateway("127.0.0.1:0");
  gateway.demand("open sesame");
  PoolOptions options;
  options.workers = 1;
  options.worker_socket = gateway.address();
  options.secret = "open sesame";
  options.heartbeat = std::chrono::milliseconds(50);
  options.heartbeat_text = "~6YOt5rW35piO~";
  netsvr::RegisterReq registration;
  PoolProcess pool("events.php", options, [&] { registration = gateway.accept_worker(); });
  ASSERT_EQ(pool.notice(), "ready\n");
  EXPECT_EQ(registration.events(), 6);
  EXPECT_EQ(registration.fastcgi_address(), "");
  EXPECT_EQ(registration.scoreboard_slot(), 0U);

  gateway.send_message("sleep");
  int beats = 0;
  auto received = gateway.receive();
  for (; received && received->command == Command{}; received = gateway.receive()) ++beats;
  ASSERT_TRUE(received);
  EXPECT_EQ(received->command, Command::kAcknowledge);
  EXPECT_GE(beats, 3);  // 300 ms of sleep
  received = gateway.receive();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->command, Command{});  // while it is idle, too
}

TEST(EventStartTest, FailsWithoutItsGateway) {
  PoolOptions options;
  options.workers = 1;
  options.worker_socket = "/nowhere/worker.sock";
  PoolProcess pool("events.php", options);
  EXPECT_THAT(pool.notice(), HasSubstr("/nowhere/worker.sock"));
  EXPECT_EQ(pool.wait(), 1);
}

}  // namespace
}  // namespace laraman::php::test
