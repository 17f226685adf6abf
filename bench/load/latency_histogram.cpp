#include "load/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace laraman::bench {

void LatencyHistogram::record(Duration latency) {
  ++buckets_[bucket_of(static_cast<std::uint64_t>(std::max<Duration::rep>(latency.count(), 0)))];
  ++count_;
  max_ = std::max(max_, latency);
}

Duration LatencyHistogram::percentile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size() && count_ > 0; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted && seen > 0) return std::min(max_, Duration(static_cast<Duration::rep>(upper_end(bucket))));
  }
  return Duration(0);
}

// Values below 32 have a bucket each; above, the five bits after the highest one choose among a doubling's buckets.
std::size_t LatencyHistogram::bucket_of(std::uint64_t ns) {
  if (ns < kSteps) return ns;
  const int shift = static_cast<int>(std::bit_width(ns)) - 1 - kStepBits;
  return static_cast<std::size_t>(shift + 1) * kSteps + ((ns >> shift) - kSteps);
}

std::uint64_t LatencyHistogram::upper_end(std::size_t bucket) {
  if (bucket < kSteps) return bucket;
  const std::size_t shift = bucket / kSteps - 1;
  return ((kSteps + bucket % kSteps + 1) << shift) - 1;
}

}  // namespace laraman::bench
