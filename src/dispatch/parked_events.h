// ParkedEvents: events of a kind that no present business accepts, while others are present. They wait aside for a
// business that does, and hold up nothing that came after them.
//
// Plain data of the dispatcher; for its thread only.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "dispatch/backlog.h"

namespace laraman::dispatch {

class ParkedEvents {
 public:
  // `backlog` outlives this.
  explicit ParkedEvents(Backlog& backlog) : backlog_(backlog) {}

  bool empty() const { return events_.empty(); }

  void add(Event event);
  // The events of these kinds; those of one connection in their order.
  std::vector<Event> take(EventKinds kinds);
  // All events of a connection, in their order.
  std::vector<Event> take(const ConnectionId& connection);
  // The events that came from their clients before `before`.
  std::vector<Event> take_older(TimePoint before);

 private:
  struct Added {
    TimePoint at;
    ConnectionId connection;
  };

  Backlog& backlog_;
  absl::flat_hash_map<ConnectionId, std::deque<Event>> events_;
  std::deque<Added> added_;  // oldest first; may name events that were taken meanwhile
};

}  // namespace laraman::dispatch
