// LatencyHistogram counts durations in buckets whose width is at most 1/32 of their value, so that a run of any length
// takes the same few KiB and a percentile is within 3 %.
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"

namespace laraman::bench {

class LatencyHistogram {
 public:
  void record(Duration latency);
  std::uint64_t count() const { return count_; }
  Duration max() const { return max_; }

  // The latency that `share` (0 to 1) of all recorded ones do not exceed; zero if there are none.
  Duration percentile(double share) const;

 private:
  static constexpr int kStepBits = 5;  // 32 buckets to each doubling
  static constexpr int kSteps = 1 << kStepBits;

  static std::size_t bucket_of(std::uint64_t ns);
  static std::uint64_t upper_end(std::size_t bucket);

  std::array<std::uint64_t, (64 - kStepBits + 1) * kSteps> buckets_{};
  std::uint64_t count_ = 0;
  Duration max_{0};
};

}  // namespace laraman::bench
