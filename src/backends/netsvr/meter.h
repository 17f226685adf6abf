// Meter: the rates of something that is counted, a second, as netsvr's Metrics command gives them: the mean, moving
// averages over 1, 5 and 15 minutes that forget exponentially, and the highest that each has been.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

#include "base/clock.h"

namespace laraman::backends::netsvr {

class Meter {
 public:
  static constexpr Duration kInterval = std::chrono::seconds(5);

  struct Rates {
    double mean = 0;
    double rate1 = 0;
    double rate5 = 0;
    double rate15 = 0;
  };

  // Call it every kInterval with the count since the start.
  void tick(std::uint64_t count) {
    constexpr double kSeconds = std::chrono::duration<double>(kInterval).count();
    const double now = static_cast<double>(count - count_) / kSeconds;
    count_ = count;
    const auto follow = [&](double& rate, double minutes) {
      rate = ticks_ == 0 ? now : rate + (1 - std::exp(-kSeconds / 60 / minutes)) * (now - rate);
    };
    follow(rates_.rate1, 1);
    follow(rates_.rate5, 5);
    follow(rates_.rate15, 15);
    rates_.mean = static_cast<double>(count) / (static_cast<double>(++ticks_) * kSeconds);
    highest_ = {std::max(highest_.mean, rates_.mean), std::max(highest_.rate1, rates_.rate1),
                std::max(highest_.rate5, rates_.rate5), std::max(highest_.rate15, rates_.rate15)};
  }

  // As of the last tick.
  const Rates& rates() const { return rates_; }
  const Rates& highest() const { return highest_; }

 private:
  std::uint64_t count_ = 0;
  std::uint64_t ticks_ = 0;
  Rates rates_;
  Rates highest_;
};

}  // namespace laraman::backends::netsvr
