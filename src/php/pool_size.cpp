#include "php/pool_size.h"

#include <algorithm>

namespace laraman::php {

void PoolSize::sample(TimePoint now, std::uint32_t ready, std::uint32_t idle) {
  if (ready < wanted_) return;  // what was asked for last is not there yet
  if (idle == 0) {
    idle_since_ = {};
    if (++busy_samples_ < kBusySamples) return;
    busy_samples_ = 0;
    wanted_ = std::min(most_, wanted_ + step_);
    step_ *= 2;
    return;
  }
  busy_samples_ = 0;
  step_ = 1;
  if (idle_since_ == TimePoint{}) idle_since_ = now;
  if (now - idle_since_ < kIdleTime) return;
  idle_since_ = now;
  wanted_ = std::max(least_, wanted_ - 1);
}

}  // namespace laraman::php
