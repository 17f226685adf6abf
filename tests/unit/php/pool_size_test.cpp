// How many workers there should be.
#include "php/pool_size.h"

#include <gtest/gtest.h>

namespace laraman::php::test {
namespace {

using std::chrono::seconds;

class PoolSizeTest : public ::testing::Test {
 protected:
  // So many samples of a pool that has what it wants.
  void samples(unsigned count, std::uint32_t idle) {
    for (unsigned i = 0; i < count; ++i) {
      now += PoolSize::kSampleInterval;
      size.sample(now, size.wanted(), idle);
    }
  }

  PoolSize size{2, 8};
  TimePoint now{seconds(1)};
};

TEST_F(PoolSizeTest, BeginsWithTheLeast) {
  EXPECT_EQ(size.wanted(), 2U);
  EXPECT_TRUE(size.changes());
  EXPECT_FALSE(PoolSize(2, 0).changes());
}

TEST_F(PoolSizeTest, GrowsFasterTheLongerAllAreBusyUpToTheMost) {
  samples(PoolSize::kBusySamples - 1, 0);
  EXPECT_EQ(size.wanted(), 2U);
  samples(1, 0);
  EXPECT_EQ(size.wanted(), 3U);
  samples(PoolSize::kBusySamples, 0);
  EXPECT_EQ(size.wanted(), 5U);
  samples(PoolSize::kBusySamples, 0);
  EXPECT_EQ(size.wanted(), 8U);
}

TEST_F(PoolSizeTest, WaitsForThoseAskedFor) {
  samples(PoolSize::kBusySamples, 0);
  for (int i = 0; i < 100; ++i) size.sample(now, 2, 0);
  EXPECT_EQ(size.wanted(), 3U);
}

TEST_F(PoolSizeTest, OneIdleSampleIsEnoughToStay) {
  for (int i = 0; i < 50; ++i) {
    samples(PoolSize::kBusySamples - 1, 0);
    samples(1, 1);
  }
  EXPECT_EQ(size.wanted(), 2U);
}

TEST_F(PoolSizeTest, ShrinksByOneWhenOneWasIdleAllTheTime) {
  samples(3 * PoolSize::kBusySamples, 0);
  ASSERT_EQ(size.wanted(), 8U);
  const auto idle_time = static_cast<unsigned>(PoolSize::kIdleTime / PoolSize::kSampleInterval);
  samples(idle_time, 3);
  samples(1, 0);  // all were needed once
  samples(idle_time, 3);
  EXPECT_EQ(size.wanted(), 8U);
  samples(1, 3);
  EXPECT_EQ(size.wanted(), 7U);
  samples(20 * idle_time, 3);
  EXPECT_EQ(size.wanted(), 2U);
}

}  // namespace
}  // namespace laraman::php::test
