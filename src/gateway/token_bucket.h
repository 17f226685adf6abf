// TokenBucket: a number of tokens a second, and as many at once after a quiet second. One for all loops: lock-free,
// exact across them, and one read while it is off. While it is on, loops meet at one cache line; they would as well
// with shares of their own that they had to even out, and then a busy loop could be refused what an idle one does not
// need.
//
// It keeps the moment at which it would be full again (the generic cell rate algorithm) instead of a number of tokens,
// so that its state is one word.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace laraman::gateway {

class TokenBucket {
 public:
  // `rate`: tokens a second, and at most at once. 0: no limit.
  explicit TokenBucket(std::uint32_t rate = 0) { set_rate(rate); }

  // On any thread, as all here.
  void set_rate(std::uint32_t rate) { rate_.store(rate, std::memory_order_relaxed); }
  std::uint32_t rate() const { return rate_.load(std::memory_order_relaxed); }

  // Takes a token. False if there is none.
  bool take(TimePoint now) {
    const std::uint32_t rate = rate_.load(std::memory_order_relaxed);
    if (rate == 0) return true;
    const std::int64_t at = now.time_since_epoch().count();
    const std::int64_t token = std::max<std::int64_t>(kSecond / rate, 1);
    std::int64_t full = full_at_.load(std::memory_order_relaxed);
    std::int64_t next = 0;
    do {
      next = std::max(full, at) + token;
      if (next - at > kSecond) return false;
    } while (!full_at_.compare_exchange_weak(full, next, std::memory_order_relaxed));
    return true;
  }

 private:
  static constexpr std::int64_t kSecond = 1'000'000'000;  // nanoseconds

  std::atomic<std::uint32_t> rate_;
  std::atomic<std::int64_t> full_at_{0};  // nanoseconds of the monotonic clock
};

}  // namespace laraman::gateway
