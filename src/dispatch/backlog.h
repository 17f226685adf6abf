// Backlog: how much waits for businesses, and whether that is too much.
//
// Plain data of the dispatcher; for its thread only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dispatch/limits.h"
#include "dispatch/observer.h"

namespace laraman::dispatch {

class Backlog {
 public:
  // Both outlive this.
  Backlog(const Limits& limits, Observer& observer) : limits_(limits), observer_(observer) {}

  // An event begins to wait.
  void add(const Event& event);
  // It waits no longer.
  void remove(const Event& event);

  std::size_t events() const { return events_; }
  std::uint64_t bytes() const { return bytes_; }

  // Twice as much waits as may: some has to be dropped.
  bool overflows() const { return events_ > 2 * limits_.waiting_events || overflows_bytes(); }
  bool overflows_bytes() const { return bytes_ > 2 * limits_.waiting_bytes; }
  // Enough was dropped: of bytes, or of events.
  bool relieved(bool by_bytes) const;

  // Tells the observer of what has changed since the last call. Each pressure ends at half of its limit.
  void check_pressure();

 private:
  const Limits& limits_;
  Observer& observer_;
  std::size_t events_ = 0;
  std::uint64_t bytes_ = 0;
  std::size_t closes_ = 0;
  bool pressure_ = false;
  bool close_pressure_ = false;
};

}  // namespace laraman::dispatch
