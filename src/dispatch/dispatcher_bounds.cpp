// Dispatcher: events that no business gets, since none accepts them, their connection was closed, or too much waits.
#include <utility>

#include "base/log.h"
#include "dispatch/dispatcher.h"

namespace laraman::dispatch {

// ---- events that no present business accepts

void Dispatcher::park(Event event) {
  const ConnectionId connection = event.connection;
  parked_.add(std::move(event));
  want_ticks();
  shed_if_needed(connection);
}

// Parked events that are accepted now go before those of their connection that came later.
void Dispatcher::unpark() {
  if (parked_.empty()) return;
  std::vector<Event> events = parked_.take(businesses_.accepting());
  std::vector<ConnectionId> connections;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    const ConnectionId connection = event->connection;
    Flow& flow = flows_.of(connection);
    if (!flow.waiting && flow.in_flight == 0) stay_with(flow, 0);
    if (event->kind == Event::Kind::kClose) {
      flows_.push_back(flow, std::move(*event));
    } else {
      flows_.push_front(flow, std::move(*event));
    }
    if (connections.empty() || connections.back() != connection) connections.push_back(connection);
  }
  for (auto connection = connections.rbegin(); connection != connections.rend(); ++connection) {
    Flow& flow = flows_.of(*connection);
    if (flow.business != 0) continue;
    flow.ticket = 0;  // its first event may be of another kind now
    line_.join(*connection, flow, now_());
  }
}

void Dispatcher::expire_parked() {
  EventKinds kinds;
  std::size_t dropped = 0;
  ConnectionId first;
  for (Event& event : parked_.take_older(now_() - limits_.event_wait)) {
    if (dropped++ == 0) first = event.connection;
    kinds |= {event.kind};
    confirm(event, observer_);
  }
  if (dropped == 0) return;
  counters_.expired += dropped;
  want(wanted_ - (kinds - businesses_.accepting()));  // the business that asked for them does not come back
  log::warning("events dropped reason=\"no present business accepts them\" kinds={} count={} first_connection={}",
               gateway::to_string(kinds), dropped, first.hex());
}

// ---- connections that the gateway or the application has closed

// Drops the messages of `connection` that no business has begun.
void Dispatcher::drop_messages(const ConnectionId& connection) {
  const Flow* flow = flows_.find(connection);
  if (flow != nullptr && flow->in_flight > 0) take_back(*businesses_.find(flow->business));
  std::size_t dropped = flows_.drop_messages(connection);
  for (Event& event : parked_.take(connection)) {
    confirm(event, observer_);
    if (event.kind == Event::Kind::kMessage) ++dropped;  // a business that misses an open learns of no close either
  }
  counters_.closed += dropped;
  if (dropped > 0) log::debug("messages dropped reason=\"closed\" connection={} count={}", connection.hex(), dropped);
}

// ---- time

// Drops what no business has come for in time.
void Dispatcher::expire() {
  for (std::size_t i = 0; i < Event::kKinds; ++i) expire(static_cast<Event::Kind>(i));
  expire_parked();
}

void Dispatcher::expire(Event::Kind kind) {
  if (!businesses_.accepting().empty()) return;  // a business is only slow, or pump() parks the event
  const TimePoint now = now_();
  for (const WaitingLine::Place* place = line_.first(kind); place != nullptr && now - place->since > limits_.event_wait;
       place = line_.first(kind)) {
    const ConnectionId connection = line_.take_first(kind);
    const std::size_t dropped = drop_expired(connection, flows_.of(connection));
    counters_.expired += dropped;
    if (dropped > 0 && !std::exchange(expiry_logged_, true)) {
      log::error("event dropped reason=\"no business\" connection={} count={}", connection.hex(), dropped);
    }
  }
}

// Drops what waits of a connection, but not the close if a business was given the open. Returns how much.
std::size_t Dispatcher::drop_expired(const ConnectionId& connection, Flow& flow) {
  const bool keeps_close =
      flow.waiting->back().kind == Event::Kind::kClose && flow.waiting->front().kind != Event::Kind::kOpen;
  std::size_t dropped = 0;
  while (flow.waiting && !(keeps_close && flow.waiting->size() == 1)) {
    Event event = flows_.take_first(flow);
    confirm(event, observer_);
    ++dropped;
  }
  if (flow.waiting) {
    line_.join(connection, flow, now_());
  } else {
    flows_.erase(connection);
  }
  return dropped;
}

// ---- too much waits

// Far too much may wait, though clients are not read from any more. Messages are dropped then. Opens and closes stay:
// else a business would believe in a connection that is gone. `newest`: the connection of the last event.
void Dispatcher::shed_if_needed(const ConnectionId& newest) {
  if (backlog_.overflows()) {
    std::size_t dropped = 0;
    for (Event& event : parked_.take(kDroppable)) {
      confirm(event, observer_);
      ++dropped;
    }
    const Flows::Shed shed = flows_.shed(newest, now_());
    dropped += shed.dropped;
    counters_.overflowed += dropped;
    if (const std::uint64_t count = sheds_.admit(now_(), dropped)) {
      log::error("messages dropped reason=\"too many wait\" count={} waiting={} max_of={}", count, backlog_.events(),
                 shed.heaviest.hex());
    }
  }
  backlog_.check_pressure();
}

}  // namespace laraman::dispatch
