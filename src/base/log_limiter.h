// LogLimiter: for a line that clients or a broken service can cause at will: one line each kInterval, which tells how
// many events there were.
//
//   static LogLimiter limiter;
//   if (const auto times = limiter.admit()) log::warning("handshake refused … times={}", times);
//
// Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

#include "base/clock.h"

namespace laraman {

class LogLimiter {
 public:
  static constexpr Duration kInterval = std::chrono::seconds(10);

  // Counts `events`. If a line may be written now: how many there were since the last line, these included; else 0.
  std::uint64_t admit(TimePoint now = monotonic_now(), std::uint64_t events = 1) {
    if (events_.fetch_add(events, std::memory_order_relaxed) + events == 0) return 0;
    const Duration::rep at = now.time_since_epoch().count();
    Duration::rep last = last_line_.load(std::memory_order_relaxed);
    if (last != kNever && at - last < kInterval.count()) return 0;
    if (!last_line_.compare_exchange_strong(last, at, std::memory_order_relaxed)) return 0;  // another thread writes it
    return events_.exchange(0, std::memory_order_relaxed);
  }

 private:
  static constexpr Duration::rep kNever = std::numeric_limits<Duration::rep>::min();

  std::atomic<std::uint64_t> events_{0};
  std::atomic<Duration::rep> last_line_{kNever};
};

}  // namespace laraman
