#include "dispatch/parked_events.h"

#include <iterator>
#include <utility>

namespace laraman::dispatch {

void ParkedEvents::add(Event event) {
  backlog_.add(event);
  added_.push_back({event.received, event.connection});
  std::deque<Event>& events = events_[event.connection];
  events.push_back(std::move(event));
}

std::vector<Event> ParkedEvents::take(EventKinds kinds) {
  std::vector<Event> taken;
  for (auto it = events_.begin(); it != events_.end();) {
    std::deque<Event> kept;
    for (Event& event : it->second) {
      if (kinds.contain(event.kind)) {
        backlog_.remove(event);
        taken.push_back(std::move(event));
      } else {
        kept.push_back(std::move(event));
      }
    }
    it->second = std::move(kept);
    if (it->second.empty()) {
      events_.erase(it++);
    } else {
      ++it;
    }
  }
  if (events_.empty()) added_.clear();
  return taken;
}

std::vector<Event> ParkedEvents::take(const ConnectionId& connection) {
  const auto it = events_.find(connection);
  if (it == events_.end()) return {};
  std::vector<Event> taken(std::make_move_iterator(it->second.begin()), std::make_move_iterator(it->second.end()));
  for (const Event& event : taken) backlog_.remove(event);
  events_.erase(it);
  if (events_.empty()) added_.clear();
  return taken;
}

std::vector<Event> ParkedEvents::take_older(TimePoint before) {
  std::vector<Event> taken;
  while (!added_.empty() && added_.front().at < before) {
    const auto it = events_.find(added_.front().connection);
    added_.pop_front();
    if (it == events_.end()) continue;
    std::deque<Event>& events = it->second;
    while (!events.empty() && events.front().received < before) {
      backlog_.remove(events.front());
      taken.push_back(std::move(events.front()));
      events.pop_front();
    }
    if (events.empty()) events_.erase(it);
  }
  return taken;
}

}  // namespace laraman::dispatch
