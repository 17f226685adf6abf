#include "gateway/limits.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace laraman::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart{seconds(1000)};

int take_all(TokenBucket& bucket, TimePoint now) {
  int taken = 0;
  while (bucket.take(now)) ++taken;
  return taken;
}

TEST(TokenBucketTest, GivesAsManyAtOnceAsASecondHas) {
  for (const std::uint32_t rate : {1U, 3U, 7U, 1000U}) {
    TokenBucket bucket(rate);
    EXPECT_EQ(take_all(bucket, kStart), static_cast<int>(rate));
  }
}

TEST(TokenBucketTest, FillsAtItsRateAndNeverBeyondASecond) {
  TokenBucket bucket(10);
  EXPECT_EQ(take_all(bucket, kStart), 10);
  EXPECT_EQ(take_all(bucket, kStart + milliseconds(99)), 0);
  EXPECT_EQ(take_all(bucket, kStart + milliseconds(350)), 3);
  EXPECT_EQ(take_all(bucket, kStart + seconds(60)), 10);
}

TEST(TokenBucketTest, LimitsNothingAtRateZero) {
  TokenBucket bucket(0);
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(bucket.take(kStart));
}

TEST(TokenBucketTest, IsExactAmongThreads) {
  TokenBucket bucket(5000);
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { taken += take_all(bucket, kStart); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 5000);
}

int admit_all(MessageWindow& window, const WindowLimit& limit, TimePoint now) {
  int admitted = 0;
  while (window.admit(limit, now)) ++admitted;
  return admitted;
}

TEST(MessageWindowTest, LetsTheFirstMessagesThroughWheneverTheyCome) {
  const WindowLimit limit{2, seconds(1), 5};
  MessageWindow window;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(window.admit(limit, kStart));
  EXPECT_EQ(admit_all(window, limit, kStart), 2);
  EXPECT_EQ(admit_all(window, limit, kStart + milliseconds(1000)), 2);
}

TEST(MessageWindowTest, BeginsTheNextWindowExactlyWhenTheLastIsOver) {
  const WindowLimit limit{3, milliseconds(2500), 0};
  MessageWindow window;
  EXPECT_EQ(admit_all(window, limit, kStart), 3);
  EXPECT_EQ(admit_all(window, limit, kStart + milliseconds(2499)), 0);
  EXPECT_EQ(admit_all(window, limit, kStart + milliseconds(2500)), 3);
  EXPECT_EQ(admit_all(window, limit, kStart + milliseconds(4999)), 0);
}

TEST(MessageWindowTest, LimitsNothingWithoutALimit) {
  MessageWindow window;
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(window.admit({}, kStart));
}

TEST(MessageWindowTest, CostsAConnectionEightBytes) { EXPECT_EQ(sizeof(MessageWindow), 8U); }

TEST(LimitsTest, GivesPlacesUntilAllAreTakenAndAgainWhenOneLeaves) {
  LimitOptions options;
  options.connections = 2;
  Limits limits(options);
  EXPECT_FALSE(limits.enter(kStart));
  EXPECT_FALSE(limits.enter(kStart));
  EXPECT_EQ(limits.enter(kStart), OpenRefusal::kConnections);
  limits.leave();
  EXPECT_FALSE(limits.enter(kStart));
}

TEST(LimitsTest, RefusesOpensAboveTheirRateWithoutKeepingAPlace) {
  LimitOptions options;
  options.connections = 3;
  options.opens = 1;
  Limits limits(options);
  EXPECT_FALSE(limits.enter(kStart));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limits.enter(kStart), OpenRefusal::kOpens);
  EXPECT_FALSE(limits.enter(kStart + seconds(1)));
  EXPECT_FALSE(limits.enter(kStart + seconds(2)));
  EXPECT_EQ(limits.enter(kStart + seconds(3)), OpenRefusal::kConnections);
}

TEST(LimitsTest, CountsAMessageOverItsWindowNotAgainstTheOthers) {
  LimitOptions options;
  options.messages = 3;
  options.window.messages = 1;
  Limits limits(options);
  MessageWindow busy;
  EXPECT_FALSE(limits.check_message(busy, kStart));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limits.check_message(busy, kStart), MessageRefusal::kWindow);
  MessageWindow second;
  MessageWindow third;
  MessageWindow fourth;
  EXPECT_FALSE(limits.check_message(second, kStart));
  EXPECT_FALSE(limits.check_message(third, kStart));
  EXPECT_EQ(limits.check_message(fourth, kStart), MessageRefusal::kMessages);
}

TEST(LimitsTest, ChangesWhatIsInForceAndLeavesOffWhatIsOff) {
  LimitOptions options;
  options.opens = 5;
  Limits limits(options);
  limits.change(9, 9);
  EXPECT_EQ(limits.opens(), 9U);
  EXPECT_EQ(limits.messages(), 0U);
  limits.change(0, 0);
  EXPECT_EQ(limits.opens(), 9U);
}

}  // namespace
}  // namespace laraman::gateway
