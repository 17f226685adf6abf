#include "dispatch/business.h"

#include <algorithm>
#include <utility>

namespace laraman::dispatch {

bool Business::has_room(TimePoint now, Duration batch_time) const {
  if (leaving || has_request || link->full()) return false;
  if (in_flight.empty() || !acknowledges()) return true;
  if (link->taking_back()) return false;
  // A worker that is over its time gets no more: how long an event behind its job would wait is not known.
  if (now - progress > 2 * batch_time) return false;
  std::uint64_t window = 1;
  if (cost > Duration::zero()) {
    window = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(batch_time / cost), 1, options.window);
  }
  return in_flight.size() < window;
}

bool Business::overruns(TimePoint now, Duration batch_time) const {
  return in_flight.size() > 1 && now - progress > 2 * batch_time;
}

void Business::deliver(Event event, TimePoint now) {
  ++last_sequence;
  link->deliver(event, last_sequence);
  if (!acknowledges()) return;
  if (in_flight.empty()) progress = now;
  in_flight.push_back({last_sequence, std::move(event)});
  note_jobs();
}

std::uint64_t Business::finish(std::uint64_t sequence, TimePoint now) {
  std::uint64_t finished = 0;
  while (finished < in_flight.size() && in_flight[finished].sequence <= sequence) ++finished;
  if (finished == 0) return 0;
  const Duration sample = (now - progress) / static_cast<std::int64_t>(finished);
  cost = cost == Duration::zero() ? sample : (cost * 7 + sample) / 8;
  progress = now;
  return finished;
}

Event Business::take_oldest() {
  Event event = std::move(in_flight.front().event);
  in_flight.pop_front();
  return event;
}

void Business::call_left() {
  if (!leaving || !left || !in_flight.empty() || has_request) return;
  std::exchange(left, nullptr)();
}

}  // namespace laraman::dispatch
