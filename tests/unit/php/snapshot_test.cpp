// PHP's state after each job is what it was when booting ended: a real pool whose script asks for that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "fastcgi_client.h"
#include "pool_process.h"

namespace laraman::php::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string url(std::string what) {
  std::replace(what.begin(), what.end(), ' ', '+');
  return "do=" + what;
}

class SnapshotTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    PoolOptions options;
    options.workers = 1;
    options.ini = {{"display_errors", "0"}, {"memory_limit", "64M"}};
    pool = std::make_unique<PoolProcess>("isolated.php", options);
    ASSERT_EQ(pool->notice(), "ready\n");
  }
  static void TearDownTestSuite() { pool.reset(); }

  void SetUp() override {
    client = std::make_unique<FastCgiClient>(pool->socket());
    ASSERT_TRUE(client->connected());
  }

  std::string ask(const std::string& what) {
    const Answer answer = client->request(url(what));
    EXPECT_EQ(answer.status, 200) << what << "\n" << pool->log();
    return answer.body;
  }
  std::vector<std::string> changes() {
    std::vector<std::string> names;
    std::istringstream lines(ask("names"));
    for (std::string name; std::getline(lines, name);) names.push_back(name);
    return names;
  }

  static std::unique_ptr<PoolProcess> pool;
  std::unique_ptr<FastCgiClient> client;
};
std::unique_ptr<PoolProcess> SnapshotTest::pool;

TEST_F(SnapshotTest, PutsEverythingBack) {
  const std::string before = ask("look");
  EXPECT_THAT(before, HasSubstr("\"dynamic\":\"dynamic\""));
  EXPECT_EQ(ask("look"), before) << "looking changes something";
  const std::vector<std::string> names = changes();
  ASSERT_GE(names.size(), 15u);
  for (int round = 0; round < 3; ++round) {
    for (const std::string& name : names) {
      ask(name);
      ask(name);
      EXPECT_EQ(ask("look"), before) << "after " << name;
    }
  }
}

TEST_F(SnapshotTest, NamesWhatItCannotPutBack) {
  EXPECT_THAT(pool->log(), HasSubstr("object=\"HashContext in Kept::$hashes\""));
  EXPECT_THAT(pool->log(), Not(HasSubstr("object=\"ArrayObject")));
}

TEST_F(SnapshotTest, FreesWhatAJobHasCreated) {
  for (const std::string& name : changes()) ask(name);
  const std::string before = ask("objects");
  for (int round = 0; round < 20; ++round) {
    for (const std::string& name : changes()) {
      if (name != "autoloader") ask(name);
    }
  }
  EXPECT_LE(std::stoi(ask("objects")), std::stoi(before));
}

TEST_F(SnapshotTest, LeavesAloneWhatIsMarkedPersistent) {
  EXPECT_EQ(ask("persist"), "[1,1,1,1,1,1,1]");
  EXPECT_EQ(ask("persist"), "[2,1,2,2,2,2,2]");
  EXPECT_EQ(ask("persist"), "[3,1,3,3,3,3,3]");
}

TEST_F(SnapshotTest, GivesNoJobToAWorkerWhoseStateIsInDoubt) {
  const std::pair<const char*, const char*> table[] = {
      {"fatal", "fatal error while PHP's state was put back"},
      {"close", "the job has closed a stream that was opened while booting"},
  };
  const std::string before = ask("look");
  for (const auto& [change, reason] : table) {
    const std::string worker = pool->socket();
    EXPECT_EQ(ask(change), "changed");
    ASSERT_TRUE(eventually([&] { return pool->replaced(worker); }));
    ASSERT_TRUE(eventually([&] {
      client = std::make_unique<FastCgiClient>(pool->socket());
      return client->connected();
    }));
    EXPECT_EQ(ask("look"), before);
    EXPECT_THAT(pool->log(), HasSubstr(reason));
  }
}

// Both kinds compile soon, and remember more than the interpreter does.
// Each trap of PHP's values (scripts/traps.php), after each other one.
TEST(SnapshotTrapTest, NoneIsSprung) {
  PoolOptions options;
  options.workers = 1;
  options.ini = {{"display_errors", "0"}};
  PoolProcess pool("traps.php", options);
  ASSERT_EQ(pool.notice(), "ready\n");
  FastCgiClient client(pool.socket());
  std::vector<std::string> names;
  std::istringstream lines(client.request("do=names").body);
  for (std::string name; std::getline(lines, name);) names.push_back(name);
  ASSERT_GE(names.size(), 40u);
  for (const std::string& first : names) {
    for (const std::string& second : {first, names[names.size() - 1 - (&first - names.data())]}) {
      const Answer reply = client.request(url(second));
      const std::string& answer = reply.body;
      ASSERT_EQ(reply.status, 200) << second << " after " << first << "\n" << pool.log();
      EXPECT_EQ(answer, second.starts_with("exit") ? "" : "\"as expected\"") << second << " after " << first << "\n"
                                                                             << pool.log();
    }
  }
}

// What booting has registered for the end runs once after a job that calls exit, not while something is made for all.
TEST(SnapshotWarmTest, AnExitIsForgottenBeforeTheStateIsMadeWarm) {
  PoolOptions options;
  options.workers = 1;
  PoolProcess pool("warming.php", options);
  ASSERT_EQ(pool.notice(), "ready\n");
  FastCgiClient client(pool.socket());
  EXPECT_EQ(client.request("do=look").body, R"({"warmed":0,"ended":0})");
  client.request("exit=1&warm=1");
  EXPECT_EQ(client.request("do=look").body, R"({"warmed":1,"ended":0})");
  client.request("warm=1");
  EXPECT_EQ(client.request("do=look").body, R"({"warmed":2,"ended":0})");
}

TEST(SnapshotJitTest, PutsEverythingBack) {
  for (const std::string kind : {"tracing", "function"}) {
    PoolOptions options;
    options.workers = 1;
    options.ini = {{"display_errors", "0"},       {"memory_limit", "64M"},       {"opcache.jit", kind},
                   {"opcache.jit_hot_func", "2"}, {"opcache.jit_hot_loop", "2"}, {"opcache.jit_buffer_size", "16M"}};
    const PoolProcess pool("isolated.php", options);
    ASSERT_EQ(pool.notice(), "ready\n");
    FastCgiClient client(pool.socket());
    const std::string before = client.request("do=look").body;
    std::istringstream names(client.request("do=names").body);
    for (std::string name; std::getline(names, name);) {
      for (int round = 0; round < 5; ++round) EXPECT_EQ(client.request(url(name)).status, 200) << kind << " " << name;
      EXPECT_EQ(client.request("do=look").body, before) << kind << " after " << name;
    }
  }
}

TEST(SnapshotTimeTest, ADestructorHasTheTimeOfItsJob) {
  PoolOptions options;
  options.workers = 1;
  options.limits.max_time = std::chrono::milliseconds(500);
  const PoolProcess pool("isolated.php", options);
  ASSERT_EQ(pool.notice(), "ready\n");
  const std::string worker = pool.socket();
  EXPECT_EQ(FastCgiClient(worker).request("do=endless").body, "changed");
  EXPECT_TRUE(eventually([&] { return pool.replaced(worker); }));
}

TEST_F(SnapshotTest, LetsNobodySeeWhatDestructorsDo) {
  EXPECT_THAT(ask("destructor"), Not(HasSubstr("nobody hears this")));
  ask("destructor that throws");
  ask("nothing");
  EXPECT_THAT(pool->log(), Not(HasSubstr("nobody hears this")));
  EXPECT_THAT(pool->log(), HasSubstr("thrown in a destructor"));
}

}  // namespace
}  // namespace laraman::php::test
