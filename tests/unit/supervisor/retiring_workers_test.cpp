#include "supervisor/retiring_workers.h"

#include <gtest/gtest.h>

namespace laraman::supervisor {
namespace {

class RetiringWorkersTest : public testing::Test {
 protected:
  void SetUp() override {
    Result<Scoreboard> scoreboard = Scoreboard::create(4, 1);
    ASSERT_TRUE(scoreboard);
    scoreboard_ = std::move(*scoreboard);
    enter(0, WorkerState::kIdle);
    enter(1, WorkerState::kRequest);
  }

  void enter(std::uint32_t slot, WorkerState state) { scoreboard_.worker(slot).state.store(state); }

  Scoreboard scoreboard_;
};

TEST_F(RetiringWorkersTest, WaitsForEachWorkerThatThereWas) {
  RetiringWorkers old(scoreboard_);
  EXPECT_FALSE(old.all_leave());
  enter(0, WorkerState::kStopping);
  EXPECT_FALSE(old.all_leave());
  enter(1, WorkerState::kFree);
  EXPECT_TRUE(old.all_leave());
}

TEST_F(RetiringWorkersTest, RemembersWhoHasBegunToLeave) {
  RetiringWorkers old(scoreboard_);
  enter(0, WorkerState::kStopping);
  EXPECT_FALSE(old.all_leave());
  enter(0, WorkerState::kEvent);  // what it had been given before
  enter(1, WorkerState::kStopping);
  EXPECT_TRUE(old.all_leave());
}

TEST_F(RetiringWorkersTest, DoesNotWaitForWorkersThatCameLater) {
  RetiringWorkers old(scoreboard_);
  enter(2, WorkerState::kIdle);
  enter(0, WorkerState::kFree);
  scoreboard_.worker(1).generation.fetch_add(1);  // another worker has the slot
  EXPECT_TRUE(old.all_leave());
}

TEST_F(RetiringWorkersTest, HasNothingToWaitForWithoutWorkers) {
  enter(0, WorkerState::kFree);
  enter(1, WorkerState::kFree);
  EXPECT_TRUE(RetiringWorkers(scoreboard_).all_leave());
}

}  // namespace
}  // namespace laraman::supervisor
