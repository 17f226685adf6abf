#include "base/scoreboard.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace laraman {
namespace {

TEST(Scoreboard, IsSharedThroughItsDescriptor) {
  Result<Scoreboard> made = Scoreboard::create(3, 2);
  ASSERT_TRUE(made.ok());
  Result<Scoreboard> opened = Scoreboard::open(UniqueFd(::dup(made->fd())));
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->worker_slots(), 3U);
  EXPECT_EQ(opened->loop_slots(), 2U);
  made->worker(2).requests.store(5);
  made->loop(1).connections.add(7);
  EXPECT_EQ(opened->worker(2).requests.load(), 5U);
  EXPECT_EQ(opened->loop(1).connections.load(), 7U);
  EXPECT_EQ(opened->worker(1).requests.load(), 0U);
}

TEST(Scoreboard, BeginsWithFreeSlots) {
  Result<Scoreboard> board = Scoreboard::create(1, 1);
  ASSERT_TRUE(board.ok());
  EXPECT_EQ(board->worker(0).state.load(), WorkerState::kFree);
  EXPECT_EQ(board->worker(0).generation.load(), 0U);
}

TEST(Scoreboard, TellsWhatAWorkerDoes) {
  Result<Scoreboard> board = Scoreboard::create(1, 1);
  JobText& job = board->worker(0).job;
  EXPECT_EQ(job.get(), "");
  job.set("GET", "/rooms/7");
  EXPECT_EQ(job.get(), "GET /rooms/7");
  job.set("GET", std::string(500, 'x'));
  EXPECT_EQ(job.get(), "GET " + std::string(JobText::kSize - 4, 'x'));
  job.set(std::string(500, 'x'), "y");
  EXPECT_EQ(job.get(), std::string(JobText::kSize, 'x'));
  job.set("a", "");
  EXPECT_EQ(job.get(), "a ");
  for (std::size_t size = 0; size < JobText::kSize - 2; ++size) {
    job.set("b", std::string(size, 'z'));
    EXPECT_EQ(job.get(), "b " + std::string(size, 'z'));
  }
}

TEST(Scoreboard, NeverTellsHalfOfWhatAWorkerDoes) {
  Result<Scoreboard> board = Scoreboard::create(1, 1);
  JobText& job = board->worker(0).job;
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; i < 200'000; ++i)
      job.set(std::string(30, static_cast<char>('a' + i % 26)), std::string(30, static_cast<char>('a' + i % 26)));
    done = true;
  });
  while (!done) {
    const std::string text = job.get();
    if (text.empty()) continue;
    EXPECT_EQ(text, std::string(30, text[0]) + " " + std::string(30, text[0]));
  }
  writer.join();
}

TEST(Scoreboard, RefusesABlockThatIsNotOne) {
  for (const off_t size : {0, 8, 64, 4096}) {
    UniqueFd fd(::memfd_create("not-a-scoreboard", MFD_CLOEXEC));
    ASSERT_EQ(::ftruncate(fd.get(), size), 0);
    const Result<Scoreboard> opened = Scoreboard::open(std::move(fd));
    ASSERT_FALSE(opened.ok()) << size;
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalid);
  }
}

TEST(Scoreboard, RefusesABlockOfAnotherSize) {
  Result<Scoreboard> board = Scoreboard::create(2, 1);
  ASSERT_TRUE(board.ok());
  ASSERT_EQ(::ftruncate(board->fd(), 128), 0);
  EXPECT_FALSE(Scoreboard::open(UniqueFd(::dup(board->fd()))).ok());
}

TEST(Scoreboard, MovesWithItsMemory) {
  Result<Scoreboard> board = Scoreboard::create(1, 1);
  ASSERT_TRUE(board.ok());
  Scoreboard moved = std::move(*board);
  moved.worker(0).pid.store(42);
  Scoreboard assigned;
  assigned = std::move(moved);
  EXPECT_EQ(assigned.worker(0).pid.load(), 42);
}

// A process that has ended and was waited for.
pid_t dead_process() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  ::waitpid(pid, nullptr, 0);
  return pid;
}

TEST(Scoreboard, GivesAProcessASlotThatRemembersNothing) {
  const Scoreboard board = std::move(*Scoreboard::create(1, 0));
  WorkerSlot& slot = board.worker(0);
  slot.requests.store(7);
  slot.deadline_ns.store(8);
  ASSERT_EQ(board.claim_worker(WorkerDuty::kSockets), 0U);
  EXPECT_EQ(slot.state.load(), WorkerState::kBooting);
  EXPECT_EQ(slot.duty.load(), WorkerDuty::kSockets);
  EXPECT_EQ(slot.generation.load(), 1U);
  EXPECT_EQ(slot.requests.load(), 0U);
  EXPECT_EQ(slot.deadline_ns.load(), 0);
}

TEST(Scoreboard, GivesTheSlotThatHasBeenFreeForLongest) {
  const Scoreboard board = std::move(*Scoreboard::create(2, 0));
  EXPECT_EQ(board.claim_worker(WorkerDuty::kAll), 0U);
  EXPECT_EQ(board.claim_worker(WorkerDuty::kAll), 1U);
  EXPECT_EQ(board.claim_worker(WorkerDuty::kAll), std::nullopt);
  board.free_worker(1, 0);
  board.free_worker(0, 0);
  EXPECT_EQ(board.claim_worker(WorkerDuty::kAll), 1U);
  EXPECT_EQ(board.claim_worker(WorkerDuty::kAll), 0U);
}

TEST(Scoreboard, FreesTheSlotsOfProcessesThatAreGone) {
  const Scoreboard board = std::move(*Scoreboard::create(2, 0));
  board.claim_worker(WorkerDuty::kAll);
  board.claim_worker(WorkerDuty::kAll);
  board.worker(0).pid.store(dead_process());
  board.worker(1).pid.store(::getpid());
  board.free_dead_workers();
  EXPECT_EQ(board.worker(0).state.load(), WorkerState::kFree);
  EXPECT_EQ(board.worker(1).state.load(), WorkerState::kBooting);
}

TEST(Scoreboard, DoesNotFreeTheSlotOfASuccessor) {
  const Scoreboard board = std::move(*Scoreboard::create(1, 0));
  const pid_t gone = dead_process();
  board.claim_worker(WorkerDuty::kAll);
  board.worker(0).pid.store(::getpid());
  board.free_worker(0, gone);
  EXPECT_EQ(board.worker(0).state.load(), WorkerState::kBooting);
  EXPECT_EQ(board.worker(0).pid.load(), ::getpid());
}

class EventSlot : public testing::Test {
 protected:
  Scoreboard board_ = std::move(*Scoreboard::create(1, 0));
  WorkerSlot& slot_ = board_.worker(0);
};

TEST_F(EventSlot, RemembersTheLastEventBegun) {
  EXPECT_EQ(last_begun_event(slot_), 0U);
  EXPECT_TRUE(begin_event(slot_, 1));
  EXPECT_TRUE(begin_event(slot_, 2));
  EXPECT_EQ(last_begun_event(slot_), 2U);
}

TEST_F(EventSlot, BeginsNothingOnceTheRestWasTakenBack) {
  ASSERT_TRUE(begin_event(slot_, 1));
  EXPECT_EQ(take_back_events(slot_), 1U);
  EXPECT_FALSE(begin_event(slot_, 2));
  EXPECT_EQ(last_begun_event(slot_), 1U);
  EXPECT_EQ(take_back_events(slot_), 1U);  // asking twice changes nothing
  resume_events(slot_, 3);
  EXPECT_EQ(last_begun_event(slot_), 3U);
  EXPECT_TRUE(begin_event(slot_, 4));
}

// Whatever the timing, an event is begun by the worker or taken back by the gateway, never both and never neither.
TEST_F(EventSlot, IsBegunOrTakenBackButNeverBoth) {
  constexpr std::uint64_t kEvents = 64;
  for (int round = 0; round < 200; ++round) {
    resume_events(slot_, 0);
    std::atomic<bool> go = false;
    std::uint64_t begun = 0;
    std::thread worker([&] {
      while (!go.load()) {
      }
      while (begun < kEvents && begin_event(slot_, begun + 1)) ++begun;
    });
    go.store(true);
    const std::uint64_t kept = take_back_events(slot_);
    worker.join();
    EXPECT_EQ(kept, begun);
  }
}

TEST(WorkerState, HasANameForEach) {
  EXPECT_EQ(to_string(WorkerState::kFree), "free");
  EXPECT_EQ(to_string(WorkerState::kBooting), "booting");
  EXPECT_EQ(to_string(WorkerState::kIdle), "idle");
  EXPECT_EQ(to_string(WorkerState::kRequest), "request");
  EXPECT_EQ(to_string(WorkerState::kEvent), "event");
  EXPECT_EQ(to_string(WorkerState::kStopping), "stopping");
}

}  // namespace
}  // namespace laraman
