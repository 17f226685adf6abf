#include "laraman/business/task_socket_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "fake_gateway.h"
#include "real_gateway.h"

namespace laraman::business {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using wire::netsvr::Command;
using Heard = FakeGateway::Heard;

constexpr std::uint32_t kCount = to_id(Command::kUniqIdCount);

std::unique_ptr<TaskSocketManager> manager_of(const std::string& path, const TaskSocketOptions& options = {}) {
  auto created = TaskSocketManager::create({{.task = path}}, options);
  EXPECT_TRUE(created.ok());
  return std::move(*created);
}

TEST(TaskSocketManager, DerivesIdsFromAddresses) {
  auto tasks =
      TaskSocketManager::create({{.task = "127.0.0.1:17062"}, {.task = "127.0.0.1:7062", .id = "7F0000011B96"}});
  ASSERT_TRUE(tasks.ok());
  EXPECT_EQ((*tasks)->gateways()[0].id, "7f00000142a6");
  EXPECT_EQ((*tasks)->gateways()[1].id, "7f0000011b96");
}

TEST(TaskSocketManager, RefusesAddressesThatCannotWork) {
  const auto message = [](std::vector<GatewayAddress> gateways) {
    auto created = TaskSocketManager::create(std::move(gateways));
    return created.ok() ? "ok" : created.error().message();
  };
  EXPECT_THAT(message({}), HasSubstr("no gateway"));
  EXPECT_THAT(message({{.task = "nowhere"}}), HasSubstr("nowhere"));
  EXPECT_THAT(message({{.worker = "127.0.0.1:x", .task = "127.0.0.1:1"}}), HasSubstr("127.0.0.1:x"));
  EXPECT_THAT(message({{.task = "127.0.0.1:1", .id = "7f"}}), HasSubstr("12 hex digits"));
  EXPECT_THAT(message({{.task = "/a"}, {.task = "127.0.0.1:1"}}), HasSubstr("no id"));
  EXPECT_THAT(message({{.task = "127.0.0.1:1"}, {.task = "127.0.0.1:1"}}), HasSubstr("same id"));
  EXPECT_EQ(message({{.task = "/a"}}), "ok");  // one alone needs no id
}

TEST(TaskSocketManager, OpensOnFirstUseAndKeepsAThreadsSocket) {
  RealGateway gateway;
  auto tasks = manager_of(gateway.path());
  EXPECT_EQ(tasks->open_sockets(), 0U);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(tasks->query(0, kCount, "").ok());
  EXPECT_EQ(tasks->open_sockets(), 1U);
  EXPECT_EQ(gateway.business_connections(), 1U);
  std::thread([&] { EXPECT_TRUE(tasks->query(0, kCount, "").ok()); }).join();
  EXPECT_EQ(tasks->open_sockets(), 2U);
  tasks->close();
  EXPECT_EQ(tasks->open_sockets(), 0U);
  EXPECT_EQ(tasks->query(0, kCount, "").error().code, ErrorCode::kUnavailable);
}

TEST(TaskSocketManager, SharesABoundedNumberOfSocketsAmongThreads) {
  RealGateway gateway;
  auto tasks = manager_of(gateway.path(), {.sockets = 2});
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int call = 0; call < 50; ++call) answered += tasks->query(0, kCount, "").ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 400);
  EXPECT_LE(gateway.business_connections(), 2U);
}

TEST(TaskSocketManager, DoesNotWaitForASocketForEver) {
  FakeGateway gateway;  // which never answers
  auto tasks = manager_of(gateway.path(), {.sockets = 1, .timeout = 200ms});
  std::thread first([&] { EXPECT_EQ(tasks->query(0, kCount, "").error().code, ErrorCode::kTimeout); });
  gateway.accept();
  EXPECT_EQ(gateway.hear().id, kCount);
  // The first waits at most 200 ms for its reply, and this call no longer for the first.
  const auto began = monotonic_now();
  const auto second = tasks->query(0, kCount, "");
  EXPECT_EQ(second.error().code, ErrorCode::kTimeout);
  EXPECT_LT(monotonic_now() - began, 2s);
  first.join();
}

TEST(TaskSocketManager, ReplacesASocketThatWasIdleForLong) {
  RealGateway gateway;
  auto tasks = manager_of(gateway.path(), {.idle_limit = 1ms});
  EXPECT_TRUE(tasks->query(0, kCount, "").ok());
  std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(tasks->query(0, kCount, "").ok());
  EXPECT_EQ(tasks->open_sockets(), 1U);
}

TEST(TaskSocketManager, AsksAgainWhereTheGatewayHasClosedMeanwhile) {
  FakeGateway gateway;
  auto tasks = manager_of(gateway.path());
  ASSERT_TRUE(tasks->command(0, 1, "first").ok());
  gateway.accept();
  EXPECT_EQ(gateway.hear(), (Heard{1, "first"}));
  std::thread other([&] {
    EXPECT_EQ(gateway.hear(), (Heard{kCount, "question"}));
    gateway.close();  // at the very moment: the question is read, and nothing said
    gateway.accept();
    EXPECT_EQ(gateway.hear(), (Heard{kCount, "question"}));
    gateway.say(kCount, "reply");
  });
  const auto reply = tasks->query(0, kCount, "question");
  other.join();
  ASSERT_TRUE(reply.ok()) << reply.error().message();
  EXPECT_EQ(*reply, "reply");
}

TEST(TaskSocketManager, GivesACommandTwiceToNobody) {
  FakeGateway gateway;
  auto tasks = manager_of(gateway.path());
  ASSERT_TRUE(tasks->command(0, 1, "first").ok());
  gateway.accept();
  EXPECT_EQ(gateway.hear(), (Heard{1, "first"}));
  ASSERT_TRUE(tasks->command(0, 2, "second").ok());  // the kernel has it
  gateway.close();
  ASSERT_TRUE(tasks->command(0, 3, "third").ok());
  gateway.accept();
  EXPECT_EQ(gateway.hear(), (Heard{3, "third"}));
}

TEST(TaskSocketManager, WaitsForAGatewayThatComesBack) {
  const std::string path = testing::TempDir() + "laraman_late_" + std::to_string(::getpid());
  auto tasks = manager_of(path, {.timeout = 5s, .first_pause = 5ms, .longest_pause = 20ms});
  UniqueFd listening;
  std::thread later([&] {
    std::this_thread::sleep_for(100ms);
    listening = std::move(*net::listen_on(*net::SocketAddress::of_path(path)));
  });
  const auto given = tasks->command(0, 1, "x");
  later.join();
  EXPECT_TRUE(given.ok());
  ::unlink(path.c_str());
}

TEST(TaskSocketManager, FailsAfterItsTimeAndThenAtOnceWhileTheGatewayIsAway) {
  auto tasks = manager_of("/nonexistent/task.sock", {.timeout = 100ms, .first_pause = 10s, .longest_pause = 10s});
  auto began = monotonic_now();
  const auto first = tasks->command(0, 1, "");
  ASSERT_FALSE(first.ok());
  EXPECT_THAT(first.error().message(), HasSubstr("/nonexistent/task.sock"));
  EXPECT_GE(monotonic_now() - began, 95ms);
  std::this_thread::sleep_for(10ms);
  began = monotonic_now();
  EXPECT_FALSE(tasks->command(0, 1, "").ok());
  EXPECT_LT(monotonic_now() - began, 50ms);
}

TEST(TaskSocketManager, SaysTheSecretFirst) {
  FakeGateway gateway;
  auto tasks = manager_of(gateway.path(), {.secret = "open sesame"});
  std::thread other([&] {
    gateway.accept();
    EXPECT_EQ(gateway.hear<wire::netsvr::Authenticate>(Command::kAuthenticate).secret(), "open sesame");
    wire::netsvr::AuthenticateResp response;
    response.set_ok(true);
    gateway.say(Command::kAuthenticate, response);
    EXPECT_EQ(gateway.hear(), (Heard{7, "command"}));
  });
  EXPECT_TRUE(tasks->command(0, 7, "command").ok());
  other.join();
}

TEST(TaskSocketManager, ReportsARefusedSecretAtOnce) {
  FakeGateway gateway;
  auto tasks = manager_of(gateway.path(), {.timeout = 5s, .secret = "wrong"});
  std::thread other([&] {
    gateway.accept();
    gateway.hear();
    wire::netsvr::AuthenticateResp response;
    response.set_message("wrong secret");
    gateway.say(Command::kAuthenticate, response);
  });
  const auto began = monotonic_now();
  EXPECT_THAT(tasks->command(0, 7, "").error().message(), HasSubstr("wrong secret"));
  EXPECT_LT(monotonic_now() - began, 2s);
  other.join();
}

}  // namespace
}  // namespace laraman::business
