// Dispatcher: what waits, for how long, and what is dropped when too much does.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "dispatch/dispatcher.h"

namespace laraman::dispatch {
namespace {

// All but opens and closes: a business would believe in a connection that is gone.
constexpr EventKinds kDroppable{Event::Kind::kMessage, Event::Kind::kJoin, Event::Kind::kLeave};
constexpr Duration kFutileShedPause = std::chrono::milliseconds(100);

std::uint64_t load(const std::deque<Event>* waiting, bool by_bytes) {
  if (waiting == nullptr) return 0;
  if (!by_bytes) return waiting->size();
  std::uint64_t bytes = 0;
  for (const Event& event : *waiting) bytes += event.data.size();
  return bytes;
}

}  // namespace

void Dispatcher::add_waiting(const Event& event) {
  ++waiting_.events;
  waiting_.bytes += event.data.size();
  if (event.kind == Event::Kind::kClose) ++waiting_.closes;
  want_ticks();
}

void Dispatcher::remove_waiting(const Event& event) {
  --waiting_.events;
  waiting_.bytes -= event.data.size();
  if (event.kind == Event::Kind::kClose) --waiting_.closes;
}

void Dispatcher::confirm(Event& event) {
  if (std::exchange(event.confirm, false)) observer_.on_confirmed(event.connection);
}

// No business gets the event, which waited.
void Dispatcher::drop(Event& event) {
  remove_waiting(event);
  confirm(event);
}

void Dispatcher::hold(const ConnectionId& connection, Event event) {
  Flow& flow = flows_[connection];
  add_waiting(event);
  const bool first = !flow.waiting;
  if (first) flow.waiting = std::make_unique<std::deque<Event>>();
  flow.waiting->push_back(std::move(event));
  if (flow.business == 0) {
    make_ready(connection, flow, false);
  } else if (first) {
    Business& business = businesses_.find(flow.business)->second;
    if (!business.acknowledges()) business.blocked.push_back(connection);
  }
  if (overflows()) shed(connection);
  check_pressure();
}

// ---- events that no present business accepts

void Dispatcher::park(Event event) {
  const ConnectionId connection = event.connection;
  add_waiting(event);
  parked_.add(std::move(event));
  if (overflows()) shed(connection);
  check_pressure();
}

// Parked events that are accepted now go before those of their connection that came later.
void Dispatcher::unpark() {
  if (parked_.empty()) return;
  std::vector<Event> events = parked_.take(accepting_);
  std::vector<ConnectionId> connections;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    const ConnectionId connection = event->connection;
    Flow& flow = flows_[connection];
    if (!flow.waiting) {
      flow.waiting = std::make_unique<std::deque<Event>>();
      if (flow.in_flight == 0) stay_with(flow, 0);
    }
    if (event->kind == Event::Kind::kClose) {
      flow.waiting->push_back(std::move(*event));
    } else {
      flow.waiting->push_front(std::move(*event));
    }
    if (connections.empty() || connections.back() != connection) connections.push_back(connection);
  }
  for (auto connection = connections.rbegin(); connection != connections.rend(); ++connection) {
    Flow& flow = flows_[*connection];
    if (flow.business != 0) continue;
    flow.ticket = 0;  // its first event may be of another kind now
    make_ready(*connection, flow, false);
  }
}

void Dispatcher::expire_parked() {
  EventKinds kinds;
  std::size_t dropped = 0;
  ConnectionId first;
  for (Event& event : parked_.take_older(now_() - limits_.event_wait)) {
    if (dropped++ == 0) first = event.connection;
    kinds |= {event.kind};
    drop(event);
  }
  if (dropped == 0) return;
  counters_.expired += dropped;
  want(wanted_ - (kinds - accepting_));  // the business that asked for them does not come back
  log::warning("events dropped reason=\"no present business accepts them\" kinds={} count={} first_connection={}",
               gateway::to_string(kinds), dropped, first.hex());
}

// ---- connections that the gateway or the application has closed

// Drops the messages of `connection` that no business has begun.
void Dispatcher::drop_messages(const ConnectionId& connection) {
  const auto flow = flows_.find(connection);
  if (flow != flows_.end() && flow->second.in_flight > 0) {
    take_back(businesses_.find(flow->second.business)->second);
  }
  std::size_t dropped = 0;
  if (const auto it = flows_.find(connection); it != flows_.end()) {
    if (it->second.waiting) {
      std::erase_if(*it->second.waiting, [&](Event& event) {
        if (event.kind != Event::Kind::kMessage) return false;
        drop(event);
        ++dropped;
        return true;
      });
    }
    drop_if_empty(it);
  }
  for (Event& event : parked_.take(connection)) {
    drop(event);
    if (event.kind == Event::Kind::kMessage) ++dropped;  // a business that misses an open learns of no close either
  }
  counters_.closed += dropped;
  if (dropped > 0) log::debug("messages dropped reason=\"closed\" connection={} count={}", connection.hex(), dropped);
}

// `flow` may have lost what waited.
void Dispatcher::drop_if_empty(Flows::iterator flow) {
  if (!flow->second.waiting || !flow->second.waiting->empty()) return;
  flow->second.waiting.reset();
  flow->second.ticket = 0;
  if (flow->second.in_flight == 0 && flow->second.business == 0) flows_.erase(flow);
}

// ---- time

// Drops what no business has come for in time.
void Dispatcher::expire() {
  for (Line& line : ready_) expire(line);
  expire_parked();
}

void Dispatcher::expire(Line& line) {
  const TimePoint now = now_();
  while (front_of(line) != nullptr && now - line.front().since > limits_.event_wait) {
    const ConnectionId connection = line.front().connection;
    Flow& flow = flows_[connection];
    if (!accepting_.empty()) return;  // a business is only slow, or pump() parks the event
    line.pop_front();
    flow.ticket = 0;
    // A business that was given the open must not miss the close.
    const bool keeps_close =
        flow.waiting->back().kind == Event::Kind::kClose && flow.waiting->front().kind != Event::Kind::kOpen;
    std::size_t dropped = 0;
    while (flow.waiting && !(keeps_close && flow.waiting->size() == 1)) {
      Event event = take_first(flow);
      confirm(event);
      ++dropped;
    }
    if (flow.waiting) {
      make_ready(connection, flow, false);
    } else {
      flows_.erase(connection);
    }
    counters_.expired += dropped;
    if (dropped > 0 && !std::exchange(expiry_logged_, true)) {
      log::error("event dropped reason=\"no business\" connection={} count={}", connection.hex(), dropped);
    }
  }
}

// ---- too much

// Far too much waits, though clients are not read from any more. Messages are dropped, the newest first, of the
// connections of which the most wait. Opens and closes stay: else a business would believe in a connection that is
// gone. `newest`: the connection of the event that was one too many.
void Dispatcher::shed(const ConnectionId& newest) {
  const bool by_bytes = overflows_bytes();
  const auto enough = [&] {
    return by_bytes ? waiting_.bytes <= limits_.waiting_bytes / 2 * 3
                    : waiting_.events <= limits_.waiting_events / 2 * 3;
  };
  std::size_t dropped = 0;
  ConnectionId heaviest = newest;
  for (Event& event : parked_.take(kDroppable)) {
    drop(event);
    ++dropped;
  }
  if (!enough() && now_() - futile_shed_ > kFutileShedPause) {
    std::uint64_t largest = 0;
    for (const auto& [connection, flow] : flows_) {
      const std::uint64_t waits = load(flow.waiting.get(), by_bytes);
      if (waits <= largest) continue;
      largest = waits;
      heaviest = connection;
    }
    for (std::uint64_t most = largest / 2; most > 0 && !enough(); most /= 2) {
      for (auto it = flows_.begin(); it != flows_.end();) {
        const auto flow = it++;
        dropped += shed_messages(flow->second, most, by_bytes);
        drop_if_empty(flow);
      }
    }
    if (!enough()) futile_shed_ = now_();
  }
  // All have little: what came last goes, unless it is an open or a close.
  if (const auto flow = flows_.find(newest); overflows() && flow != flows_.end() && flow->second.waiting &&
                                             kDroppable.contain(flow->second.waiting->back().kind)) {
    const std::uint64_t waits = load(flow->second.waiting.get(), false);
    dropped += shed_messages(flow->second, waits - 1, false);
    drop_if_empty(flow);
  }
  counters_.overflowed += dropped;
  if (const std::uint64_t count = sheds_.admit(now_(), dropped)) {
    log::error("messages dropped reason=\"too many wait\" count={} waiting={} max_of={}", count, waiting_.events,
               heaviest.hex());
  }
}

// Drops the newest messages of a connection until at most `most` events or bytes of it wait. Returns how many.
std::size_t Dispatcher::shed_messages(Flow& flow, std::uint64_t most, bool by_bytes) {
  std::uint64_t left = load(flow.waiting.get(), by_bytes);
  if (left <= most) return 0;
  std::deque<Event> kept;
  std::size_t dropped = 0;
  for (; !flow.waiting->empty(); flow.waiting->pop_back()) {
    Event& event = flow.waiting->back();
    if (left <= most || !kDroppable.contain(event.kind)) {
      kept.push_front(std::move(event));
      continue;
    }
    left -= by_bytes ? event.data.size() : 1;
    drop(event);
    ++dropped;
  }
  *flow.waiting = std::move(kept);
  return dropped;
}

void Dispatcher::check_pressure() {
  const bool over = waiting_.events > limits_.waiting_events || waiting_.bytes > limits_.waiting_bytes;
  const bool under = waiting_.events < limits_.waiting_events / 2 && waiting_.bytes < limits_.waiting_bytes / 2;
  if (!pressure_ && over) {
    pressure_ = true;
    observer_.on_pressure(true);
  } else if (pressure_ && under) {
    pressure_ = false;
    observer_.on_pressure(false);
  }
  if (!close_pressure_ && waiting_.closes > limits_.waiting_closes) {
    close_pressure_ = true;
    observer_.on_close_pressure(true);
  } else if (close_pressure_ && waiting_.closes <= limits_.waiting_closes / 2) {
    close_pressure_ = false;
    observer_.on_close_pressure(false);
  }
}

}  // namespace laraman::dispatch
