// Poller: the load generator's loop, one thread over epoll. It shares no code with the servers' loop, so that a fault
// there cannot hide here.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace laraman::bench {

// One watched descriptor.
class Pollable {
 public:
  virtual void on_io(std::uint32_t events) = 0;
  // End of the turn in which flush_later() was asked for: time to write.
  virtual void flush() = 0;

 protected:
  ~Pollable() = default;
};

class Poller {
 public:
  Poller();

  void add(int fd, std::uint32_t events, Pollable& owner);
  void modify(int fd, std::uint32_t events, Pollable& owner);

  // Calls owner.flush() once before the next wait. An owner asks once a turn.
  void flush_later(Pollable& owner) { to_flush_.push_back(&owner); }

  // Flushes, then waits at most `longest` and serves what is ready.
  void turn(Duration longest);

 private:
  UniqueFd epoll_;
  std::vector<Pollable*> to_flush_;
  std::vector<Pollable*> flushing_;
};

}  // namespace laraman::bench
