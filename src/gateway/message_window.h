// MessageWindow: how many messages one connection may send: the first ones freely, then a number in each window of
// time. A window begins with the first message after the last one's end. Eight bytes a connection.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace laraman::gateway {

struct WindowLimit {
  std::uint32_t messages = 0;  // in each window; 0: no limit
  Duration window = std::chrono::seconds(1);
  std::uint32_t first_messages = 0;  // of a connection, before its first window
};

class MessageWindow {
 public:
  // Counts a message. False if it is over the limit.
  bool admit(const WindowLimit& limit, TimePoint now) {
    if (limit.messages == 0) return true;
    if (!begun_ && count_ < limit.first_messages) {
      ++count_;
      return true;
    }
    const std::uint32_t at = milliseconds(now.time_since_epoch());
    if (!begun_ || at - begun_at_ >= milliseconds(limit.window)) {
      begun_ = 1;
      begun_at_ = at;
      count_ = 0;
    }
    if (count_ >= limit.messages) return false;
    ++count_;
    return true;
  }

 private:
  static std::uint32_t milliseconds(Duration time) {
    return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
  }

  std::uint32_t begun_at_ = 0;  // milliseconds; wraps every 49 days, which only differences see
  std::uint32_t begun_ : 1 = 0;
  std::uint32_t count_ : 31 = 0;  // in the window, or before the first
};

}  // namespace laraman::gateway
