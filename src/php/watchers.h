// Streams and timers of the application's own, for which a worker waits together with its jobs. What is to be done when
// one is ready knows the PHP code; here are only their numbers.
#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "php/engine.h"

namespace laraman::php {

class Watchers {
 public:
  struct Ready {
    zend_long number = 0;  // 0: none is ready
    bool is_timer = false;
  };

  // Waits for the stream to be readable, from now on; keeps it from being freed. 0 if nothing can wait for such a
  // stream. May throw a PHP exception.
  zend_long watch(zval* stream);
  zend_long every(double seconds);
  // False if there is no such number.
  bool remove(zend_long number);
  void clear();

  std::uint32_t streams() const { return static_cast<std::uint32_t>(streams_.size()); }
  std::uint32_t timers() const { return static_cast<std::uint32_t>(timers_.size()); }

  // Appends what to wait for, an entry a stream.
  void add_to(std::vector<pollfd>& fds);
  // Milliseconds until one is ready whatever comes; -1: none will be.
  int timeout_ms() const;
  // After poll(), with the same entries.
  void handle(std::span<const pollfd> fds);
  // The next that is ready, by turns.
  Ready take();

 private:
  struct Stream {
    zend_long number;
    zval resource;
    int fd;
    bool ready;
  };
  struct Timer {
    zend_long number;
    Duration interval;
    TimePoint due;
  };

  void forget_closed();
  Ready take_timer();
  Ready take_stream();

  std::vector<Stream> streams_;
  std::vector<Timer> timers_;
  zend_long last_number_ = 0;
  std::size_t next_stream_ = 0;
  bool timer_was_last_ = false;
};

}  // namespace laraman::php
