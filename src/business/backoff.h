// Backoff: the pauses between attempts to connect. Each is twice the one before, up to a longest, less a random part of
// up to a half, so that many businesses that lost a gateway together do not reconnect together.
#pragma once

#include <algorithm>
#include <random>

#include "laraman/base/clock.h"

namespace laraman::business {

class Backoff {
 public:
  Backoff(Duration first, Duration longest) : first_(first), longest_(longest), next_(first) {}

  // The pause before the next attempt.
  Duration next() {
    const Duration pause = next_;
    next_ = std::min(longest_, 2 * next_);
    std::uniform_real_distribution<double> part(0.5, 1);
    return std::chrono::duration_cast<Duration>(pause * part(random_));
  }
  void reset() { next_ = first_; }

 private:
  Duration first_;
  Duration longest_;
  Duration next_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace laraman::business
