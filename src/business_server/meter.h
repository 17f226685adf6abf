// Meter: the rates of something that is counted, as netsvr's Metrics command gives them: moving averages over 1, 5 and
// 15 minutes, a second, that forget exponentially.
#pragma once

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>

#include "base/clock.h"

namespace laraman::business_server {

class Meter {
 public:
  static constexpr Duration kInterval = std::chrono::seconds(5);

  // Call it every kInterval with the count since the start.
  void tick(std::uint64_t count) {
    constexpr double kSeconds = std::chrono::duration<double>(kInterval).count();
    const double now = static_cast<double>(count - count_) / kSeconds;
    count_ = count;
    for (std::size_t i = 0; i < rates_.size(); ++i) {
      const double weight = 1 - std::exp(-kSeconds / 60 / kMinutes[i]);
      rates_[i] = begun_ ? rates_[i] + weight * (now - rates_[i]) : now;
    }
    begun_ = true;
  }

  // Of the last 1, 5 and 15 minutes.
  double rate1() const { return rates_[0]; }
  double rate5() const { return rates_[1]; }
  double rate15() const { return rates_[2]; }

 private:
  static constexpr std::array<double, 3> kMinutes = {1, 5, 15};

  std::uint64_t count_ = 0;
  std::array<double, 3> rates_{};
  bool begun_ = false;
};

}  // namespace laraman::business_server
