// The course that echo and fan-out runs share: open, warm up, measure, wait for what is still under way.
#pragma once

#include "load/fleet.h"
#include "load/loads.h"

namespace laraman::bench {

// What differs between them.
class Traffic {
 public:
  // Sends what should be sent by now. Returns how long the loop may wait.
  virtual Duration send_due(TimePoint now) = 0;
  // All connections are open, and nothing has been sent.
  virtual Result<void> all_open() { return {}; }
  // The time is over; what is under way may still arrive.
  virtual Result<void> all_sent() { return {}; }
  // Messages sent, or awaited, that have not arrived.
  virtual std::uint64_t under_way() const = 0;

 protected:
  ~Traffic() = default;
};

Result<void> run_timed(const LoadOptions& options, Fleet& fleet, Traffic& traffic, Measurement& measurement);

}  // namespace laraman::bench
