#include "load/timed_run.h"

#include <algorithm>

namespace laraman::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kOpenTimeout = seconds(60);
constexpr Duration kDrainTimeout = seconds(60);  // what an overloaded server has taken may take long

Result<void> send_until(TimePoint end, Fleet& fleet, Traffic& traffic) {
  for (TimePoint now = monotonic_now(); now < end; now = monotonic_now()) {
    const Duration wait = traffic.send_due(now);
    const Result<void> turned = fleet.turn(std::min<Duration>({wait, end - now, milliseconds(100)}));
    if (!turned) return turned;
  }
  return {};
}

}  // namespace

Result<void> run_timed(const LoadOptions& options, Fleet& fleet, Traffic& traffic, Measurement& measurement) {
  Result<void> done = fleet.open_all(kOpenTimeout);
  if (done) done = traffic.all_open();
  const TimePoint start = monotonic_now();
  if (done) done = send_until(start + options.warm_up, fleet, traffic);
  if (done) done = measurement.begin();
  if (done) done = send_until(start + options.warm_up + options.duration, fleet, traffic);
  if (done) done = measurement.end();
  if (done) done = traffic.all_sent();

  const TimePoint drained_by = monotonic_now() + kDrainTimeout;
  while (done && traffic.under_way() > 0 && monotonic_now() < drained_by) done = fleet.turn(milliseconds(100));
  measurement.count_lost(traffic.under_way());
  return done;
}

}  // namespace laraman::bench
