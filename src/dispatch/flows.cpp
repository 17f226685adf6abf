#include "dispatch/flows.h"

#include <utility>

namespace laraman::dispatch {
namespace {

// shed() looks at all connections. It does not repeat that at each event when it does not help.
constexpr Duration kFutileShedPause = std::chrono::milliseconds(100);

std::uint64_t load(const std::deque<Event>* waiting, bool by_bytes) {
  if (waiting == nullptr) return 0;
  if (!by_bytes) return waiting->size();
  std::uint64_t bytes = 0;
  for (const Event& event : *waiting) bytes += event.data.size();
  return bytes;
}

}  // namespace

Flow* Flows::find(const ConnectionId& connection) {
  const auto it = flows_.find(connection);
  return it == flows_.end() ? nullptr : &it->second;
}

void Flows::erase_those_of(BusinessId business) {
  absl::erase_if(flows_, [business](const auto& entry) { return entry.second.business == business; });
}

// ---- what waits

std::deque<Event>& Flows::waiting_of(Flow& flow) {
  if (!flow.waiting) flow.waiting = std::make_unique<std::deque<Event>>();
  return *flow.waiting;
}

void Flows::push_back(Flow& flow, Event event) {
  backlog_.add(event);
  waiting_of(flow).push_back(std::move(event));
}

void Flows::push_front(Flow& flow, Event event) {
  backlog_.add(event);
  waiting_of(flow).push_front(std::move(event));
}

Event Flows::take_first(Flow& flow) {
  Event event = std::move(flow.waiting->front());
  flow.waiting->pop_front();
  backlog_.remove(event);
  if (flow.waiting->empty()) flow.waiting.reset();
  return event;
}

std::size_t Flows::drop_messages(const ConnectionId& connection) {
  const auto it = flows_.find(connection);
  if (it == flows_.end() || !it->second.waiting) return 0;
  const std::size_t dropped = std::erase_if(*it->second.waiting, [this](Event& event) {
    if (event.kind != Event::Kind::kMessage) return false;
    drop(event);
    return true;
  });
  erase_if_done(it);
  return dropped;
}

void Flows::drop(Event& event) {
  backlog_.remove(event);
  confirm(event, observer_);
}

// Nothing may wait of it any more.
void Flows::erase_if_done(Map::iterator flow) {
  if (!flow->second.waiting || !flow->second.waiting->empty()) return;
  flow->second.waiting.reset();
  flow->second.ticket = 0;
  if (flow->second.in_flight == 0 && flow->second.business == 0) flows_.erase(flow);
}

// ---- too much waits

Flows::Shed Flows::shed(const ConnectionId& newest, TimePoint now) {
  const bool by_bytes = backlog_.overflows_bytes();
  Shed shed{.dropped = 0, .heaviest = newest};
  if (!backlog_.relieved(by_bytes) && now - futile_shed_ > kFutileShedPause) {
    shed.dropped = shed_heaviest(shed.heaviest, by_bytes);
    if (!backlog_.relieved(by_bytes)) futile_shed_ = now;
  }
  const auto flow = flows_.find(newest);
  if (backlog_.overflows() && flow != flows_.end() && flow->second.waiting &&
      kDroppable.contain(flow->second.waiting->back().kind)) {
    shed.dropped += shed_to(flow, flow->second.waiting->size() - 1, false);
  }
  return shed;
}

std::size_t Flows::shed_heaviest(ConnectionId& heaviest, bool by_bytes) {
  std::uint64_t largest = 0;
  for (const auto& [connection, flow] : flows_) {
    const std::uint64_t waits = load(flow.waiting.get(), by_bytes);
    if (waits <= largest) continue;
    largest = waits;
    heaviest = connection;
  }
  std::size_t dropped = 0;
  for (std::uint64_t most = largest / 2; most > 0 && !backlog_.relieved(by_bytes); most /= 2) {
    for (auto it = flows_.begin(); it != flows_.end();) dropped += shed_to(it++, most, by_bytes);
  }
  return dropped;
}

// Drops the newest messages of a connection until at most `most` events or bytes of it wait. Returns how many.
std::size_t Flows::shed_to(Map::iterator flow, std::uint64_t most, bool by_bytes) {
  std::uint64_t left = load(flow->second.waiting.get(), by_bytes);
  if (left <= most) return 0;
  std::deque<Event>& waiting = *flow->second.waiting;
  std::deque<Event> kept;
  std::size_t dropped = 0;
  for (; !waiting.empty(); waiting.pop_back()) {
    Event& event = waiting.back();
    if (left <= most || !kDroppable.contain(event.kind)) {
      kept.push_front(std::move(event));
      continue;
    }
    left -= by_bytes ? event.data.size() : 1;
    drop(event);
    ++dropped;
  }
  waiting = std::move(kept);
  erase_if_done(flow);
  return dropped;
}

}  // namespace laraman::dispatch
