#include "base/log_limiter.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace laraman {
namespace {

using std::chrono::seconds;

TEST(LogLimiter, AdmitsOneLineAnIntervalAndCountsTheOthers) {
  LogLimiter limiter;
  const TimePoint begin{seconds(5)};
  EXPECT_EQ(limiter.admit(begin), 1u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(limiter.admit(begin + seconds(9)), 0u);
  EXPECT_EQ(limiter.admit(begin + seconds(10)), 1001u);
  EXPECT_EQ(limiter.admit(begin + seconds(10)), 0u);
  EXPECT_EQ(limiter.admit(begin + seconds(60)), 2u);
}

TEST(LogLimiter, CountsSeveralEventsAtOnceAndAdmitsNoLineForNone) {
  LogLimiter limiter;
  const TimePoint begin{seconds(5)};
  EXPECT_EQ(limiter.admit(begin, 0), 0u);
  EXPECT_EQ(limiter.admit(begin, 3), 3u);
  EXPECT_EQ(limiter.admit(begin, 4), 0u);
  EXPECT_EQ(limiter.admit(begin + seconds(10), 0), 4u);
  EXPECT_EQ(limiter.admit(begin + seconds(20), 0), 0u);
}

TEST(LogLimiter, CountsTheEventsOfAllThreads) {
  LogLimiter limiter;
  std::atomic<std::uint64_t> told{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i) told += limiter.admit(TimePoint{seconds(i)});
    });
  }
  for (std::thread& thread : threads) thread.join();
  told += limiter.admit(TimePoint{seconds(1'000'000)});
  EXPECT_EQ(told, 40'001u);
}

}  // namespace
}  // namespace laraman
