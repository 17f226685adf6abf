#include "net/event_loop.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <deque>
#include <memory>
#include <vector>

namespace laraman::net {
namespace {

using std::chrono::milliseconds;

TimePoint turned_by_hand{std::chrono::seconds(1000)};
TimePoint hand_clock() { return turned_by_hand; }

struct Recorder final : IoHandler {
  explicit Recorder(std::function<void()> on_call) : call(std::move(on_call)) {}
  void on_io(std::uint32_t) override { call(); }
  std::function<void()> call;
};

TEST(EventLoop, TellsOfReadiness) {
  auto loop = std::move(*EventLoop::create());
  const UniqueFd fd(::eventfd(1, EFD_NONBLOCK));
  int calls = 0;
  Recorder recorder([&] { ++calls; });
  ASSERT_TRUE(loop->add(fd.get(), EPOLLIN, recorder).ok());
  loop->run_once(milliseconds(0));
  EXPECT_EQ(calls, 1);
  loop->remove(fd.get(), recorder);
  loop->run_once(milliseconds(0));
  EXPECT_EQ(calls, 1);
}

TEST(EventLoop, SaysNothingMoreToAHandlerRemovedInTheSameTurn) {
  auto loop = std::move(*EventLoop::create());
  const UniqueFd first(::eventfd(1, EFD_NONBLOCK));
  const UniqueFd second(::eventfd(1, EFD_NONBLOCK));
  int calls = 0;
  std::unique_ptr<Recorder> a;
  std::unique_ptr<Recorder> b;
  const auto call = [&](const UniqueFd& other, std::unique_ptr<Recorder>& other_handler) {
    ++calls;
    if (!other_handler) return;
    loop->remove(other.get(), *other_handler);
    other_handler.reset();
  };
  a = std::make_unique<Recorder>([&] { call(second, b); });
  b = std::make_unique<Recorder>([&] { call(first, a); });
  ASSERT_TRUE(loop->add(first.get(), EPOLLIN, *a).ok());
  ASSERT_TRUE(loop->add(second.get(), EPOLLIN, *b).ok());
  loop->run_once(milliseconds(0));
  EXPECT_EQ(calls, 1);
}

TEST(EventLoop, LetsManyTakeTurnsSoThatATurnStaysShort) {
  struct Slow final : TurnEndHandler {
    Slow(std::vector<int>& all_calls, int own_number) : calls(all_calls), number(own_number) {}
    void on_turn_end() override {
      calls.push_back(number);
      turned_by_hand += milliseconds(1);
    }
    std::vector<int>& calls;
    int number;
  };
  auto loop = std::move(*EventLoop::create(&hand_clock));
  std::vector<int> calls;
  std::vector<int> all;
  std::deque<Slow> handlers;
  for (int i = 0; i < 40; ++i) {
    handlers.emplace_back(calls, i);
    loop->in_turn(handlers.back());
    all.push_back(i);
  }
  loop->run_once(milliseconds(0));
  EXPECT_GE(calls.size(), 10u);
  EXPECT_LE(calls.size(), 30u);
  loop->cancel_turn_end(handlers[39]);
  all.pop_back();
  while (calls.size() < all.size()) loop->run_once(std::chrono::seconds(10));  // it waits for nothing meanwhile
  EXPECT_EQ(calls, all);
}

TEST(Timer, FiresOnceWhenItsTimeHasCome) {
  auto loop = std::move(*EventLoop::create(&hand_clock));
  int fired = 0;
  Timer timer(*loop, [&] { ++fired; });
  timer.start(milliseconds(10));
  loop->run_once(milliseconds(0));
  EXPECT_EQ(fired, 0);
  turned_by_hand += milliseconds(10);
  loop->run_once(milliseconds(0));
  loop->run_once(milliseconds(0));
  EXPECT_EQ(fired, 1);
  EXPECT_FALSE(timer.running());
}

TEST(Timer, CanBeStoppedAndStartedAnew) {
  auto loop = std::move(*EventLoop::create(&hand_clock));
  int fired = 0;
  Timer timer(*loop, [&] { ++fired; });
  timer.start(milliseconds(10));
  timer.start(milliseconds(30));
  turned_by_hand += milliseconds(20);
  loop->run_once(milliseconds(0));
  EXPECT_EQ(fired, 0);
  timer.stop();
  turned_by_hand += milliseconds(20);
  loop->run_once(milliseconds(0));
  EXPECT_EQ(fired, 0);
}

TEST(Timer, ThatStartsItselfAgainRunsOnceATurn) {
  auto loop = std::move(*EventLoop::create(&hand_clock));
  int fired = 0;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(*loop, [&] {
    ++fired;
    timer->start(milliseconds(0));
  });
  timer->start(milliseconds(0));
  loop->run_once(milliseconds(0));
  EXPECT_EQ(fired, 1);
  loop->run_once(milliseconds(0));
  EXPECT_EQ(fired, 2);
}

TEST(Timer, MayDestroyAnother) {
  auto loop = std::move(*EventLoop::create(&hand_clock));
  auto victim = std::make_unique<Timer>(*loop, [] { FAIL() << "destroyed timers do not fire"; });
  Timer killer(*loop, [&] { victim.reset(); });
  killer.start(milliseconds(1));
  victim->start(milliseconds(2));
  turned_by_hand += milliseconds(5);
  loop->run_once(milliseconds(0));
}

struct TurnEndRecorder final : TurnEndHandler {
  void on_turn_end() override { ++calls; }
  int calls = 0;
};

TEST(EventLoop, CallsTurnEndHandlersOnce) {
  auto loop = std::move(*EventLoop::create());
  TurnEndRecorder kept;
  TurnEndRecorder cancelled;
  loop->at_turn_end(kept);
  loop->at_turn_end(cancelled);
  loop->cancel_turn_end(cancelled);
  loop->run_once(milliseconds(0));
  loop->run_once(milliseconds(0));
  EXPECT_EQ(kept.calls, 1);
  EXPECT_EQ(cancelled.calls, 0);
}

TEST(EventLoop, DestroysLaterWhatIsHandedToIt) {
  auto loop = std::move(*EventLoop::create());
  auto object = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = object;
  loop->destroy_later(std::move(object));
  EXPECT_FALSE(watch.expired());
  loop->run_once(milliseconds(0));
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace laraman::net
