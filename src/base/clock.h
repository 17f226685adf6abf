// Time: durations in nanoseconds, points on the monotonic clock. Inside an event loop use EventLoop::now(), which is
// read once a turn and which a test can turn.
#pragma once

#include <chrono>
#include <cstdint>

namespace laraman {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::steady_clock::time_point;

inline TimePoint monotonic_now() { return std::chrono::steady_clock::now(); }

// Nanoseconds of the monotonic clock: what crosses a process boundary (all processes of a machine share this clock).
inline std::int64_t monotonic_ns() { return monotonic_now().time_since_epoch().count(); }

// Since 1970, of the machine's clock.
inline std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace laraman
