// The life of a pool: its start, its failures, its workers' deaths and its end.
#include "php/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <regex>
#include <string>

#include "fastcgi_client.h"
#include "pool_process.h"

namespace laraman::php::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using wire::fastcgi::RecordType;

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
  ASSERT_TRUE(eventually([&] { return pool.replaced(first); }));
  ASSERT_TRUE(eventually([&] { return FastCgiClient(pool.socket()).connected(); }));
  EXPECT_EQ(FastCgiClient(pool.socket()).request("do=headers").body, "not here");
  EXPECT_THAT(pool.log(), HasSubstr("by=\"signal 9\""));
}

TEST(PoolTest, ReplacesAWorkerAfterItsShareOfRequests) {
  PoolOptions options = with_workers(1);
  options.limits.max_requests = 3;
  const PoolProcess pool("jobs.php", options);
  const std::string first = pool.socket();
  {
    FastCgiClient client(first);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.request("do=headers").body, "not here");
  }
  ASSERT_TRUE(eventually([&] { return pool.replaced(first); }));
  ASSERT_TRUE(eventually([&] { return FastCgiClient(pool.socket()).connected(); }));
  EXPECT_EQ(FastCgiClient(pool.socket()).request("do=headers").body, "not here");
}

TEST(PoolTest, AWornOutWorkerWorksOnUntilItsSuccessorIsReady) {
  PoolOptions options = with_workers(1);
  options.limits.max_requests = 2;
  const PoolProcess pool("jobs.php", options);
  const std::string first = pool.socket();
  FastCgiClient client(first);
  std::string pid;
  // At no time is there nobody: the old one answers until it leaves, and then there is another.
  ASSERT_TRUE(eventually([&] {
    const Answer answer = client.request("do=pid");
    if (!answer.request_ended) return pool.replaced(first);
    pid = answer.body;
    return false;
  }));
  EXPECT_NE(FastCgiClient(pool.socket()).request("do=pid").body, pid);
  EXPECT_THAT(pool.log(), HasSubstr("reason=\"max-requests\" jobs=2"));
  EXPECT_THAT(pool.log(), Not(HasSubstr("worker ended")));
}

TEST(PoolTest, ReplacesAWorkerWithTooMuchMemory) {
  PoolOptions options = with_workers(1);
  options.limits.max_memory = 50 << 20;
  const PoolProcess pool("jobs.php", options);
  const std::string first = pool.socket();
  FastCgiClient client(first);
  int grown = 0;
  while (grown < 12 && client.request("do=grow").status == 200)
    ++grown;  // up to the limit of PHP, or until it has left
  EXPECT_GE(grown, 3);
  ASSERT_TRUE(eventually([&] { return !client.request("do=pid").request_ended; }));  // it has left
  EXPECT_EQ(FastCgiClient(pool.socket()).request("do=headers").body, "not here");
  EXPECT_THAT(pool.log(), HasSubstr("reason=\"max-memory\""));
}

TEST(PoolTest, ReplacesAWorkerAfterAFatalErrorButNotAfterAnExit) {
  const PoolProcess pool("jobs.php", with_workers(1));
  const std::string first = pool.socket();
  FastCgiClient client(first);
  EXPECT_EQ(client.request("do=exit").status, 500);
  const std::string pid = client.request("do=pid").body;
  EXPECT_EQ(client.request("do=pid").body, pid);
  EXPECT_THAT(client.request("do=memory").body, HasSubstr("boot shutdown saw: Allowed memory size"));
  ASSERT_TRUE(eventually([&] { return pool.replaced(first); }));
  EXPECT_NE(FastCgiClient(pool.socket()).request("do=pid").body, pid);
  EXPECT_THAT(pool.log(), HasSubstr("reason=\"fatal error\""));
}

PoolOptions with_time(std::chrono::milliseconds time) {
  PoolOptions options = with_workers(1);
  options.limits.max_time = time;
  return options;
}

// The answer, and that the worker was replaced and the log says where it was.
void expect_time_is_up(const std::string& query, const std::string& place) {
  SCOPED_TRACE(query);
  const PoolProcess pool("jobs.php", with_time(std::chrono::milliseconds(300)));
  const std::string first = pool.socket();
  FastCgiClient client(first);
  const auto begin = std::chrono::steady_clock::now();
  const Answer answer = client.request(query);
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.body, "The request took too long.\n");
  EXPECT_TRUE(answer.output_ended);
  EXPECT_FALSE(answer.request_ended);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  ASSERT_TRUE(eventually([&] { return pool.replaced(first); }));
  ASSERT_TRUE(eventually([&] { return FastCgiClient(pool.socket()).connected(); }));
  EXPECT_EQ(FastCgiClient(pool.socket()).request("do=headers").body, "not here");
  EXPECT_THAT(pool.log(), HasSubstr("reason=\"its job has lasted too long\" limit=0.3 job=\"GET /?" + query + "\""));
  // Since PHP 8.4 the name of a closure says where it is.
  const std::string log = std::regex_replace(pool.log(), std::regex(R"(\{closure:[^"<]*?\}\(\))"), "{closure}()");
  EXPECT_THAT(log, HasSubstr(place));
  EXPECT_THAT(log, HasSubstr("/jobs.php:"));
}

TEST(PoolTest, EndsAJobThatLastsTooLong) {
  expect_time_is_up("do=spin", "stack=\"{closure}() at ");
  expect_time_is_up("do=sleep&seconds=60", "{closure}() at ");                // in PHP 8.4 below sleep()
  expect_time_is_up("do=crunch", "stack=\"hash_pbkdf2() < {closure}() at ");  // never comes to an interrupt: is killed
}

PoolOptions with_grace(std::chrono::milliseconds grace) {
  PoolOptions options = with_workers(1);
  options.limits.abort_grace = grace;
  return options;
}

// Sends the request and goes away once something of its answer has come.
void leave_in_the_middle(FastCgiClient& client, const std::string& query) {
  client.send(query);
  RecordType type{};
  std::string content;
  ASSERT_TRUE(client.read_record(type, content));
  client.abort();
}

TEST(PoolTest, ReplacesAWorkerWhoseJobWritesOnToAClientThatIsGone) {
  for (const std::string query : {"do=write_for_ever&flushes=1", "do=write_for_ever"}) {
    const PoolProcess pool("jobs.php", with_grace(std::chrono::milliseconds(300)));
    const std::string first = pool.socket();
    FastCgiClient client(first);
    leave_in_the_middle(client, query);
    ASSERT_TRUE(eventually([&] { return pool.replaced(first); })) << query;
    ASSERT_TRUE(eventually([&] { return FastCgiClient(pool.socket()).connected(); }));
    EXPECT_THAT(
        pool.log(),
        HasSubstr("reason=\"its client has gone, and the job goes on writing\" grace=0.3 job=\"GET /?" + query + "\""));
  }
}

// Else a loop that beats every 15 seconds, and catches all, would hold its worker for ever.
TEST(PoolTest, CountsTheGraceThroughSilence) {
  const PoolProcess pool("jobs.php", with_grace(std::chrono::milliseconds(100)));
  const std::string first = pool.socket();
  FastCgiClient client(first);
  leave_in_the_middle(client, "do=write_once_more&again=1");
  ASSERT_TRUE(eventually([&] { return pool.replaced(first); }));
  EXPECT_THAT(pool.log(), HasSubstr("its client has gone, and the job goes on writing"));
}

TEST(PoolTest, LetsAJobGoOnThatIgnoresItsClientsEndOrWritesNothing) {
  const PoolProcess pool("jobs.php", with_grace(std::chrono::milliseconds(100)));
  const std::string first = pool.socket();
  FastCgiClient ignoring(first);
  leave_in_the_middle(ignoring, "do=write_for_ever&flushes=1&ignores=1&seconds=1");
  EXPECT_EQ(pool.marker(), "came to its end");
  EXPECT_EQ(pool.socket(), first);
  const PoolProcess other("jobs.php", with_grace(std::chrono::milliseconds(100)));
  const std::string worker = other.socket();
  FastCgiClient silent(worker);
  leave_in_the_middle(silent, "do=write_once_more");
  EXPECT_EQ(other.marker(), "worked in silence");
  EXPECT_EQ(other.socket(), worker);
}

TEST(PoolTest, SetTimeLimitExtendsTheTimeOfAJob) {
  const PoolProcess pool("jobs.php", with_time(std::chrono::milliseconds(400)));
  FastCgiClient client(pool.socket());
  EXPECT_EQ(client.request("do=sleep_extended").body, "extended");
  EXPECT_EQ(client.request("do=sleep&seconds=60").status, 504);  // the next has no more than it had
}

TEST(PoolTest, AStreamHasTheTimeAnewWithEachPiece) {
  const PoolProcess pool("jobs.php", with_time(std::chrono::milliseconds(500)));
  FastCgiClient client(pool.socket());
  EXPECT_EQ(client.request("do=stream_slowly").body, "123456");
  const Answer cut = client.request("do=stream_then_hang");
  EXPECT_EQ(cut.body, "begun");
  EXPECT_FALSE(cut.output_ended);
}

TEST(PoolTest, AReaderMayBeSlowerThanTheTimeOfAJob) {
  const PoolProcess pool("jobs.php", with_time(std::chrono::milliseconds(300)));
  FastCgiClient client(pool.socket());
  client.send("do=large");
  wire::fastcgi::RecordType type{};
  std::string content;
  std::size_t size = 0;
  const auto begin = std::chrono::steady_clock::now();
  while (client.read_record(type, content) && type != wire::fastcgi::RecordType::kEndRequest) {
    size += content.size();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(type, wire::fastcgi::RecordType::kEndRequest);
  EXPECT_GT(size, 6'000'000U);
  EXPECT_GT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(600));
}

TEST(PoolTest, WorkAfterTheAnswerHasALimitToo) {
  const PoolProcess pool("jobs.php", with_time(std::chrono::milliseconds(300)));
  const std::string first = pool.socket();
  const Answer answer = FastCgiClient(first).request("do=late_terminate");
  EXPECT_EQ(answer.body, "answer");
  EXPECT_TRUE(answer.output_ended);
  EXPECT_FALSE(answer.request_ended);
  ASSERT_TRUE(eventually([&] { return pool.replaced(first); }));
}

TEST(PoolTest, StartsMoreWorkersWhileAllAreBusy) {
  PoolOptions options = with_workers(1);
  options.max_workers = 3;
  const PoolProcess pool("jobs.php", options);
  EXPECT_THAT(pool.sockets(), SizeIs(1));
  FastCgiClient busy(pool.socket());
  busy.send("do=sleep&seconds=2");
  EXPECT_TRUE(eventually([&] { return pool.sockets().size() == 2; }));
  EXPECT_EQ(busy.read().body, "slept");
  EXPECT_THAT(pool.sockets(), SizeIs(2));
}

TEST(PoolTest, SocketWorkersAreWorkersOfTheirOwn) {
  PoolOptions options = with_workers(1);
  options.socket_workers = 2;
  const PoolProcess pool("jobs.php", options);
  EXPECT_THAT(pool.sockets(), SizeIs(3));
}

TEST(PoolTest, CollectsGarbageBetweenJobs) {
  const PoolProcess pool("jobs.php", with_workers(1));
  FastCgiClient client(pool.socket());
  EXPECT_THAT(client.request("do=cycles").body, HasSubstr("\"runs\":0,\"collected\":0"));
  EXPECT_THAT(client.request("do=gc_status").body, HasSubstr("\"runs\":1,\"collected\":30"));
}

TEST(PoolTest, TimersGiveJobs) {
  const PoolProcess pool("jobs.php", with_workers(1));
  FastCgiClient client(pool.socket());
  const std::string number = client.request("do=timer").body;
  EXPECT_THAT(pool.marker(), StartsWith("tick"));
  EXPECT_EQ(client.request("do=forget&number=" + number).body, "[true,false]");
  const std::string before = pool.marker();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(pool.marker(), before);
}

TEST(PoolTest, ReadableStreamsGiveJobsAlsoForWhatPhpHasReadAhead) {
  const PoolProcess pool("jobs.php", with_workers(1));
  FastCgiClient client(pool.socket());
  client.request("do=watch");
  EXPECT_TRUE(eventually([&] { return pool.marker() == "first second "; }));
  client.request("do=close_other");
  EXPECT_TRUE(eventually([&] { return pool.marker() == "first second end "; }));
  EXPECT_THAT(client.request("do=watch_regular_file").body, HasSubstr("must be an open stream"));
  EXPECT_EQ(client.request("do=headers").body, "not here");
}

TEST(PoolTest, WorkersLeaveWhenThePoolIsKilled) {
  PoolProcess pool("jobs.php", with_workers(2));
  pool.signal(SIGKILL);
  EXPECT_EQ(pool.wait(), -1);
  EXPECT_TRUE(eventually([&] { return pool.sockets().empty(); }));
}

}  // namespace
}  // namespace laraman::php::test
