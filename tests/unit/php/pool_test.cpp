// The life of a pool: its start, its failures, its workers' deaths and its end.
#include "php/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "fastcgi_client.h"
#include "pool_process.h"

namespace laraman::php::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

PoolOptions with_workers(std::uint32_t count) {
  PoolOptions options;
  options.workers = count;
  options.ini = {{"display_errors", "0"}};
  return options;
}

TEST(PoolTest, SaysReadyWhenAllWorkersAre) {
  const PoolProcess pool("jobs.php", with_workers(3));
  EXPECT_EQ(pool.notice(), "ready\n");
  ASSERT_THAT(pool.sockets(), SizeIs(3));
  for (const auto& socket : pool.sockets()) EXPECT_EQ(FastCgiClient(socket).request("do=headers").body, "not here");
}

TEST(PoolTest, ReportsWhyBootingFailed) {
  const struct {
    const char* script;
    const char* reason;
  } table[] = {
      {"boot_exception.php", "failed Uncaught RuntimeException: the database is not there"},
      {"boot_syntax.php", "failed Unclosed"},
      {"boot_exit.php", "failed configuration is missing"},
      {"boot_nothing.php", "failed "},
      {"there_is_no_such.php", "failed "},
  };
  for (const auto& [script, reason] : table) {
    SCOPED_TRACE(script);
    PoolProcess pool(script, with_workers(2));
    EXPECT_THAT(pool.notice(), StartsWith(reason));
    EXPECT_THAT(pool.notice(), HasSubstr(std::string(script) == "boot_exit.php" ? "missing" : script));
    EXPECT_EQ(pool.wait(), 1);
    EXPECT_THAT(pool.sockets(), SizeIs(0));
  }
}

TEST(PoolTest, TermLetsJobsFinish) {
  PoolProcess pool("jobs.php", with_workers(2));
  FastCgiClient busy(pool.socket());
  busy.send("do=sleep&seconds=1");
  ASSERT_TRUE(eventually([&] { return busy.connected(); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  pool.signal(SIGTERM);
  EXPECT_EQ(busy.read().body, "slept");
  EXPECT_EQ(pool.wait(), 0);
  EXPECT_EQ(pool.marker(), "leftleft");
  EXPECT_THAT(pool.sockets(), SizeIs(0));
}

TEST(PoolTest, ASecondTermOrAnIntEndsAtOnce) {
  for (const int number : {SIGTERM, SIGINT}) {
    PoolProcess pool("jobs.php", with_workers(1));
    FastCgiClient busy(pool.socket());
    busy.send("do=sleep&seconds=9");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    const auto begin = std::chrono::steady_clock::now();
    if (number == SIGTERM) pool.signal(SIGTERM);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    pool.signal(number);
    EXPECT_EQ(pool.wait(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
  }
}

TEST(PoolTest, ReplacesAWorkerThatDies) {
  const PoolProcess pool("jobs.php", with_workers(1));
  const std::string first = pool.socket();
  FastCgiClient client(first);
  const Answer answer = client.request("do=kill");
  EXPECT_FALSE(answer.output_ended);
  ASSERT_TRUE(eventually([&] { return pool.sockets().size() == 1 && pool.socket() != first; }));
  ASSERT_TRUE(eventually([&] { return FastCgiClient(pool.socket()).connected(); }));
  EXPECT_EQ(FastCgiClient(pool.socket()).request("do=headers").body, "not here");
  EXPECT_THAT(pool.log(), HasSubstr("by=\"signal 9\""));
}

TEST(PoolTest, ReplacesAWorkerAfterItsShareOfRequests) {
  PoolOptions options = with_workers(1);
  options.max_requests = 3;
  const PoolProcess pool("jobs.php", options);
  const std::string first = pool.socket();
  {
    FastCgiClient client(first);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.request("do=headers").body, "not here");
  }
  ASSERT_TRUE(eventually([&] { return pool.sockets().size() == 1 && pool.socket() != first; }));
  ASSERT_TRUE(eventually([&] { return FastCgiClient(pool.socket()).connected(); }));
  EXPECT_EQ(FastCgiClient(pool.socket()).request("do=headers").body, "not here");
}

TEST(PoolTest, WorkersLeaveWhenThePoolIsKilled) {
  PoolProcess pool("jobs.php", with_workers(2));
  pool.signal(SIGKILL);
  EXPECT_EQ(pool.wait(), -1);
  EXPECT_TRUE(eventually([&] { return pool.sockets().empty(); }));
}

TEST(PoolTest, RunsAScriptAgainThatEndsWithItsJob) {
  const PoolProcess pool("single.php", with_workers(1));
  FastCgiClient client(pool.socket());
  const std::string first = client.request("").body;
  EXPECT_THAT(first, HasSubstr("fresh"));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.request("").body, first);
}

}  // namespace
}  // namespace laraman::php::test
