// LatencyHistogram: how long things took, in buckets that double from 64 µs to 67 s. For one thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace laraman::dispatch {

class LatencyHistogram {
 public:
  static constexpr std::size_t kBuckets = 22;  // the last is for all that is longer

  // Everything in bucket `index` took less than this. Not of the last one.
  static constexpr Duration bound(std::size_t index) { return std::chrono::microseconds(64) * (1LL << index); }

  void add(Duration time) {
    const auto units = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)) / bound(0).count();
    ++counts_[std::min<std::size_t>(std::bit_width(units), kBuckets - 1)];
    sum_ += time;
  }

  std::uint64_t count(std::size_t bucket) const { return counts_[bucket]; }
  Duration sum() const { return sum_; }

 private:
  std::array<std::uint64_t, kBuckets> counts_{};
  Duration sum_ = Duration::zero();
};

}  // namespace laraman::dispatch
