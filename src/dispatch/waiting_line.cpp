#include "dispatch/waiting_line.h"

#include <utility>

namespace laraman::dispatch {

// ---- connections

void WaitingLine::join(const ConnectionId& connection, Flow& flow, TimePoint now) {
  if (flow.ticket != 0) return;
  flow.ticket = ++last_ticket_;
  line_of(flow.waiting->front().kind).push_back({++last_order_, flow.ticket, now, connection});
}

void WaitingLine::join_in_front(const ConnectionId& connection, Flow& flow, TimePoint now) {
  if (flow.ticket != 0) return;
  flow.ticket = ++last_ticket_;
  const std::optional<Event::Kind> kind = oldest();
  const std::uint64_t order = kind ? line_of(*kind).front().order : last_order_;
  line_of(flow.waiting->front().kind).push_front({order, flow.ticket, now, connection});
}

// Leaves out places that were given up.
const WaitingLine::Place* WaitingLine::first(Event::Kind kind) {
  Line& line = line_of(kind);
  while (!line.empty()) {
    const Flow* flow = flows_.find(line.front().connection);
    if (flow != nullptr && flow->ticket == line.front().ticket) return &line.front();
    line.pop_front();
  }
  return nullptr;
}

ConnectionId WaitingLine::take_first(Event::Kind kind) {
  const ConnectionId connection = first(kind)->connection;
  line_of(kind).pop_front();
  flows_.find(connection)->ticket = 0;
  return connection;
}

std::optional<Event::Kind> WaitingLine::oldest(EventKinds except) {
  std::optional<Event::Kind> oldest;
  for (std::size_t i = 0; i < Event::kKinds; ++i) {
    const auto kind = static_cast<Event::Kind>(i);
    const Place* place = except.contain(kind) ? nullptr : first(kind);
    if (place == nullptr) continue;
    if (!oldest || place->order < line_of(*oldest).front().order) oldest = kind;
  }
  return oldest;
}

bool WaitingLine::waits(EventKinds kinds) {
  for (std::size_t i = 0; i < Event::kKinds; ++i) {
    const auto kind = static_cast<Event::Kind>(i);
    if (kinds.contain(kind) && first(kind) != nullptr) return true;
  }
  return false;
}

// ---- requests

RequestId WaitingLine::join(OnLease on_lease, TimePoint deadline) {
  const RequestId id = ++last_order_;
  requests_.emplace(id, Request{deadline, std::move(on_lease)});
  return id;
}

bool WaitingLine::request_is_first() {
  if (requests_.empty()) return false;
  const std::optional<Event::Kind> kind = oldest();
  return !kind || requests_.begin()->first < line_of(*kind).front().order;
}

OnLease WaitingLine::take_request() {
  OnLease on_lease = std::move(requests_.begin()->second.on_lease);
  requests_.erase(requests_.begin());
  return on_lease;
}

std::optional<OnLease> WaitingLine::take_expired_request(TimePoint now) {
  if (requests_.empty() || requests_.begin()->second.deadline > now) return std::nullopt;
  return take_request();
}

}  // namespace laraman::dispatch
