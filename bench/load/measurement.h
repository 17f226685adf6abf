// Measurement: what a load run counts between the end of its warm-up and the end of its duration.
#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "load/cpu_time.h"
#include "load/latency_histogram.h"

namespace laraman::bench {

class Measurement {
 public:
  explicit Measurement(Roles roles) : roles_(std::move(roles)) {}

  Result<void> begin();
  Result<void> end();

  // One message that arrived now, `latency` after it was due. Ignored outside begin() and end().
  void record(Duration latency) {
    if (running_) latencies_.record(latency);
  }

  // Messages that were wrong, out of order, or never came. Counted at all times.
  void count_wrong() { ++wrong_; }
  void count_lost(std::uint64_t messages) { lost_ += messages; }
  // A figure of its own, which the report names.
  void note(const std::string& name, double value) { notes_[name] = value; }
  bool faultless() const { return wrong_ == 0 && lost_ == 0; }

  std::string as_text() const;
  std::string as_json() const;

 private:
  double seconds() const;
  double per_message(std::chrono::microseconds cpu) const;

  Roles roles_;
  bool running_ = false;
  TimePoint began_;
  TimePoint ended_;
  CpuTimes cpu_;  // before end(): what the roles had used when begin() was called
  LatencyHistogram latencies_;
  std::map<std::string, double> notes_;
  std::uint64_t wrong_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace laraman::bench
