// How many workers a pool should have, between a least and a most, by what they do: one more while all are busy, one
// less when some were idle all the time. Pure logic; the pool samples its workers and asks.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace laraman::php {

class PoolSize {
 public:
  // How often to ask, where the size may change.
  static constexpr Duration kSampleInterval = std::chrono::milliseconds(100);
  // All are busy for a number of samples in a row: one more, then two, then four.
  static constexpr unsigned kBusySamples = 3;
  // At least one was idle for so long: one less.
  static constexpr Duration kIdleTime = std::chrono::seconds(5);

  PoolSize() = default;
  PoolSize(std::uint32_t least, std::uint32_t most)
      : least_(least), most_(most < least ? least : most), wanted_(least) {}

  bool changes() const { return least_ < most_; }
  std::uint32_t wanted() const { return wanted_; }
  std::uint32_t most() const { return most_; }

  // `ready`: workers that take jobs; `idle`: those of them without one.
  void sample(TimePoint now, std::uint32_t ready, std::uint32_t idle);

 private:
  std::uint32_t least_ = 1;
  std::uint32_t most_ = 1;
  std::uint32_t wanted_ = 1;
  unsigned busy_samples_ = 0;
  std::uint32_t step_ = 1;
  TimePoint idle_since_{};  // at every sample since then one was idle
};

}  // namespace laraman::php
