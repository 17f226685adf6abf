// Tasks that run in children of a worker: a real pool whose jobs have them.
#include <gtest/gtest.h>

#include <string>

#include "fastcgi_client.h"
#include "pool_process.h"

namespace laraman::php::test {
namespace {

class TaskTest : public ::testing::Test {
 protected:
  TaskTest() : pool("tasks.php", options()), client(pool.socket()) {}

  static PoolOptions options() {
    PoolOptions options;
    options.workers = 1;
    options.ini = {{"display_errors", "0"}, {"precision", "14"}};
    return options;
  }
  // What the tasks have answered, and what the caller has then.
  void expect(const std::string& what, const std::string& answers) {
    const Answer answer = client.request("do=" + what);
    EXPECT_EQ(answer.body, "[" + answers + R"(,["boot","of the caller"],"3","text"])") << what << "\n" << pool.log();
  }

  PoolProcess pool;
  FastCgiClient client;
};

TEST_F(TaskTest, SeesTheStateOfTheBoot) {
  for (int round = 0; round < 3; ++round) {
    expect("state", R"({"a":["[\"first\",[\"boot\"],\"14\",0]",null],"b":["[\"second\",[\"boot\"],\"14\",0]",null]})");
  }
}

TEST_F(TaskTest, SaysWhyThereIsNoResult) {
  expect("exit", R"({"a":[null,"exit"],"b":[null,"exit"]})");
  expect("throw", R"({"a":[null,"failed"],"b":[null,"failed"]})");
  expect("fatal", R"({"a":[null,"failed"],"b":[null,"failed"]})");
  expect("late", R"({"a":[null,"late"],"b":[null,"late"]})");
}

TEST_F(TaskTest, HasTasksOfItsOwnAndLargeResults) {
  expect("nested", R"({"a":["[[\"inner of first\",null]]",null],"b":["[[\"inner of second\",null]]",null]})");
  expect("large", R"({"a":[1000000,null],"b":[1000000,null]})");
}

}  // namespace
}  // namespace laraman::php::test
