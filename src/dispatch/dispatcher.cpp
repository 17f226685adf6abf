#include "dispatch/dispatcher.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace laraman::dispatch {
namespace {

// How long after a business that does not acknowledge has joined, connections move to it from the others; in the last
// part of that time, those that are never quiet too.
constexpr Duration kSharingTime = std::chrono::seconds(60);
constexpr double kSharingRest = 0.25;

}  // namespace

Dispatcher::Dispatcher(const Limits& limits, Observer& observer, Clock now)
    : limits_(limits), observer_(observer), now_(std::move(now)) {}

// ---- businesses

BusinessId Dispatcher::add(BusinessLink& link, BusinessOptions options) {
  const BusinessId id = ++last_business_;
  want(wanted_ | options.events);
  Business& business = businesses_[id];
  business.link = &link;
  business.options = std::move(options);
  business.progress = now_();
  if (!business.acknowledges()) last_join_ = now_();
  count_present();
  unpark();
  pump();
  return id;
}

// What the businesses accept that are here and stay.
void Dispatcher::count_present() {
  accepting_ = {};
  keepers_ = 0;
  for (const auto& [id, business] : businesses_) {
    if (business.leaving) continue;
    accepting_ |= business.options.events;
    if (!business.acknowledges() && !business.options.events.empty()) ++keepers_;
  }
}

void Dispatcher::want(EventKinds kinds) {
  if (kinds == wanted_) return;
  wanted_ = kinds;
  observer_.on_wanted(kinds);
}

bool Dispatcher::acknowledge(BusinessId id, std::uint64_t sequence) {
  const auto it = businesses_.find(id);
  if (it == businesses_.end()) return false;
  Business& business = it->second;
  if (sequence > business.last_sequence) return false;
  std::uint64_t finished = 0;
  while (finished < business.in_flight.size() && business.in_flight[finished].sequence <= sequence) ++finished;
  if (finished == 0) return true;
  const TimePoint now = now_();
  const Duration sample = (now - business.progress) / static_cast<std::int64_t>(finished);
  business.cost = business.cost == Duration::zero() ? sample : (business.cost * 7 + sample) / 8;
  business.progress = now;
  for (std::uint64_t i = 0; i < finished; ++i) finish_one(business);
  business.note_jobs();
  counters_.acknowledged += finished;
  follow(id);
  call_left(business);
  pump();
  return true;
}

// The oldest event under way at `business` is over, one way or another.
void Dispatcher::finish_one(Business& business) {
  const ConnectionId connection = business.in_flight.front().event.connection;
  business.in_flight.pop_front();
  --flows_[connection].in_flight;
  settle(connection);
}

// Looks at a connection of which an event was finished or given back: it is done with, or in line again.
void Dispatcher::settle(const ConnectionId& connection) {
  const auto it = flows_.find(connection);
  Flow& flow = it->second;
  if (flow.in_flight > 0) return;
  flow.business = 0;
  if (flow.waiting) {
    make_ready(connection, flow, false);
  } else {
    flows_.erase(it);
  }
}

void Dispatcher::leave(BusinessId id, absl::AnyInvocable<void()> left) {
  const auto it = businesses_.find(id);
  if (it == businesses_.end()) return;
  it->second.leaving = true;
  it->second.left = std::move(left);
  count_present();
  unblock(it->second);
  call_left(it->second);
  pump();
}

// What waits for the link to drain goes to others.
void Dispatcher::unblock(Business& business) {
  for (const ConnectionId& connection : std::exchange(business.blocked, {})) {
    const auto it = flows_.find(connection);
    if (it == flows_.end() || !it->second.waiting) continue;
    stay_with(it->second, 0);
    make_ready(connection, it->second, false);
  }
}

void Dispatcher::drained(BusinessId id) {
  const auto it = businesses_.find(id);
  if (it == businesses_.end()) return;
  Business& business = it->second;
  while (!business.blocked.empty() && has_room(business)) {
    const ConnectionId connection = business.blocked.front();
    business.blocked.pop_front();
    for (;;) {
      const auto found = flows_.find(connection);
      if (found == flows_.end() || !found->second.waiting) break;
      if (!has_room(business)) {
        business.blocked.push_front(connection);
        break;
      }
      if (!business.wants(found->second.waiting->front().kind)) {
        stay_with(found->second, 0);
        make_ready(connection, found->second, true);
        break;
      }
      deliver(it, connection, take_first(found->second));
    }
  }
  pump();
}

void Dispatcher::call_left(Business& business) {
  if (!business.leaving || !business.left || !business.in_flight.empty() || business.has_request) return;
  std::exchange(business.left, nullptr)();
}

std::vector<ConnectionId> Dispatcher::messages_under_way(BusinessId id) const {
  std::vector<ConnectionId> connections;
  const auto it = businesses_.find(id);
  if (it == businesses_.end()) return connections;
  for (const InFlight& one : it->second.in_flight) {
    if (one.event.kind == Event::Kind::kMessage) connections.push_back(one.event.connection);
  }
  return connections;
}

void Dispatcher::end(BusinessId id, std::uint64_t begun) {
  const auto it = businesses_.find(id);
  if (it == businesses_.end()) return;
  it->second.leaving = true;
  count_present();
  unblock(it->second);
  give_back(it->second, begun);
  pump();
}

void Dispatcher::remove(BusinessId id, std::uint64_t begun) {
  const auto it = businesses_.find(id);
  if (it == businesses_.end()) return;
  Business& business = it->second;
  give_back(business, begun);
  if (!business.in_flight.empty()) {
    counters_.reported += business.in_flight.size();
    log::warning("events lost with their business count={} first_connection={}", business.in_flight.size(),
                 business.in_flight.front().event.connection.hex());
  }
  while (!business.in_flight.empty()) finish_one(business);
  if (!business.acknowledges()) {
    unblock(business);
    staying_ -= absl::erase_if(flows_, [id](const auto& entry) { return entry.second.business == id; });
  }
  businesses_.erase(it);
  count_present();
  pump();
}

// Takes back the events that the business has not begun.
void Dispatcher::take_back(Business& business) {
  const std::size_t before = business.in_flight.size();
  give_back(business, business.link->take_back(business.last_sequence));
  counters_.taken_back += before - business.in_flight.size();
}

// Puts the events above `begun` back in line, each before what already waits of its connection.
void Dispatcher::give_back(Business& business, std::uint64_t begun) {
  while (!business.in_flight.empty() && business.in_flight.back().sequence > begun) {
    Event event = std::move(business.in_flight.back().event);
    business.in_flight.pop_back();
    Flow& flow = flows_[event.connection];
    --flow.in_flight;
    add_waiting(event);
    if (!flow.waiting) flow.waiting = std::make_unique<std::deque<Event>>();
    const ConnectionId connection = event.connection;
    flow.waiting->push_front(std::move(event));
    if (flow.in_flight == 0) {
      flow.business = 0;
      make_ready(connection, flow, true);
    }
  }
  business.note_jobs();
}

// ---- events

void Dispatcher::dispatch(Event event) {
  if (!event.by_gateway) return place(std::move(event));
  drop_messages(event.connection);
  place(std::move(event));
  pump();  // what was taken back of other connections
}

void Dispatcher::place(Event event) {
  if (!wanted_.empty() && !known(event.kind)) return confirm(event);  // no business asked for such events
  if (!accepted(event.kind)) return park(std::move(event));
  const ConnectionId connection = event.connection;
  Flow& flow = flows_[connection];
  if (!flow.waiting) {
    auto business = businesses_.end();
    if (flow.business != 0) {
      business = businesses_.find(flow.business);
      if (!business->second.acknowledges() &&
          (business->second.leaving || !business->second.wants(event.kind) || may_move(flow, business->second))) {
        stay_with(flow, 0);  // nothing is under way there that could be overtaken
        business = businesses_.end();
      } else if (!business->second.wants(event.kind) || !has_room(business->second) ||
                 others_wait_for(business->second)) {
        business = businesses_.end();
      }
    }
    if (flow.business == 0 && front_of(line_of(event.kind)) == nullptr) business = business_for(event.kind);
    if (business != businesses_.end()) {
      deliver(business, connection, std::move(event));
      return;
    }
  }
  hold(connection, std::move(event));
}

// May a connection leave the business that it stays with? It has been quiet, so what was sent there is done. For a
// minute after another business has joined a shorter and shorter time is enough at those that have more than their
// share, so that it gets its own.
bool Dispatcher::may_move(const Flow& flow, const Business& business) const {
  if (business.link->full()) return false;
  const TimePoint now = now_();
  const Duration quiet = now - flow.last;
  if (quiet >= limits_.affinity) return true;
  const Duration since_join = now - last_join_;
  const std::size_t share = (staying_ + keepers_ - 1) / std::max<std::size_t>(keepers_, 1);
  if (since_join > kSharingTime || business.connections <= share) return false;
  const auto left = static_cast<double>((kSharingTime - since_join).count()) / kSharingTime.count() - kSharingRest;
  return quiet >= std::chrono::duration_cast<Duration>(limits_.affinity * std::max(left, 0.0));
}

// 0: with none any more.
void Dispatcher::stay_with(Flow& flow, BusinessId id) {
  const auto count = [this](BusinessId business, std::ptrdiff_t change) {
    const auto it = businesses_.find(business);
    if (it == businesses_.end() || it->second.acknowledges()) return;
    it->second.connections += static_cast<std::size_t>(change);
    staying_ += static_cast<std::size_t>(change);
  };
  if (flow.business == id) return;
  if (flow.business != 0) count(flow.business, -1);
  if (id != 0) count(id, 1);
  flow.business = id;
}

// Is anybody in line for `business`? Then the connections that have events under way there get no more in front of
// them: what is under way ends, and they stand in line like the others.
bool Dispatcher::others_wait_for(const Business& business) {
  if (!business.acknowledges()) return false;
  if (!waiting_requests_.empty()) return true;
  for (std::size_t i = 0; i < kKinds; ++i) {
    if (business.wants(static_cast<Event::Kind>(i)) && front_of(ready_[i]) != nullptr) return true;
  }
  return false;
}

// May one more event be put behind those that `business` has under way?
bool Dispatcher::has_room(const Business& business) const {
  if (business.leaving || business.has_request || business.link->full()) return false;
  if (business.in_flight.empty() || !business.acknowledges()) return true;
  if (business.link->taking_back()) return false;
  // A worker that is over its time gets no more: what is behind it would wait for we do not know how long.
  if (now_() - business.progress > 2 * limits_.batch_time) return false;
  std::uint64_t window = business.options.window;
  if (business.cost > Duration::zero()) {
    window = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(limits_.batch_time / business.cost), 1, window);
  } else {
    window = 1;
  }
  return business.in_flight.size() < window;
}

// Walks the businesses once around, from the one after the last chosen, so that idle ones take turns. Of those that
// do not acknowledge, and so are never known to be busy, the one that the fewest connections stay with.
Dispatcher::Businesses::iterator Dispatcher::idle_business(Event::Kind kind) {
  auto chosen = businesses_.end();
  auto it = businesses_.upper_bound(turn_);
  for (std::size_t i = 0; i < businesses_.size(); ++i, ++it) {
    if (it == businesses_.end()) it = businesses_.begin();
    const Business& business = it->second;
    if (!business.idle() || !business.wants(kind) || business.link->full()) continue;
    if (chosen == businesses_.end()) {
      chosen = it;
      if (business.acknowledges()) break;
    } else if (!business.acknowledges() && business.connections < chosen->second.connections) {
      chosen = it;
    }
  }
  if (chosen != businesses_.end()) turn_ = chosen->first;
  return chosen;
}

// Who takes an event of a connection that has nothing under way: an idle business; or, as long as no request waits for
// one to become idle, that with the fewest events under way which has room.
Dispatcher::Businesses::iterator Dispatcher::business_for(Event::Kind kind) {
  const auto idle = idle_business(kind);
  if (idle != businesses_.end() || !waiting_requests_.empty()) return idle;
  auto best = businesses_.end();
  for (auto it = businesses_.begin(); it != businesses_.end(); ++it) {
    if (!it->second.wants(kind) || !has_room(it->second)) continue;
    if (best == businesses_.end() || it->second.in_flight.size() < best->second.in_flight.size()) best = it;
  }
  return best;
}

void Dispatcher::deliver(Businesses::iterator it, const ConnectionId& connection, Event event) {
  Business& business = it->second;
  confirm(event);
  ++counters_.delivered;
  latency_.add(now_() - event.received);
  ++business.last_sequence;
  business.link->deliver(event, business.last_sequence);
  if (!business.acknowledges()) {
    // It keeps the connection; nothing is remembered of the event.
    Flow& flow = flows_[connection];
    stay_with(flow, event.kind == Event::Kind::kClose ? 0 : it->first);
    flow.last = now_();
    if (event.kind == Event::Kind::kClose) flows_.erase(connection);
    return;
  }
  if (business.in_flight.empty()) business.progress = now_();
  Flow& flow = flows_[connection];
  flow.business = it->first;
  ++flow.in_flight;
  business.in_flight.push_back({business.last_sequence, std::move(event)});
  business.note_jobs();
  if (business.in_flight.size() > 1) want_ticks();
}

void Dispatcher::make_ready(const ConnectionId& connection, Flow& flow, bool in_front) {
  if (flow.ticket != 0) return;
  flow.ticket = ++last_ticket_;
  Line& line = line_of(flow.waiting->front().kind);
  if (in_front) {
    const Line* oldest = oldest_line();
    line.push_front({oldest == nullptr ? last_order_ : oldest->front().order, flow.ticket, now_(), connection});
  } else {
    line.push_back({++last_order_, flow.ticket, now_(), connection});
  }
}

Event Dispatcher::take_first(Flow& flow) {
  Event event = std::move(flow.waiting->front());
  flow.waiting->pop_front();
  remove_waiting(event);
  if (flow.waiting->empty()) flow.waiting.reset();
  return event;
}

// After an acknowledgement: what waits of the connections that still have events under way there follows them, unless
// others wait.
void Dispatcher::follow(BusinessId id) {
  const auto it = businesses_.find(id);
  Business& business = it->second;
  if (others_wait_for(business)) return;
  for (std::size_t i = 0; i < business.in_flight.size() && has_room(business); ++i) {
    const ConnectionId connection = business.in_flight[i].event.connection;
    Flow& flow = flows_[connection];
    if (!flow.waiting || flow.business != id || !business.wants(flow.waiting->front().kind)) continue;
    deliver(it, connection, take_first(flow));
  }
}

std::size_t Dispatcher::events_under_way() const {
  std::size_t count = waiting_.events;
  for (const auto& [id, business] : businesses_) count += business.in_flight.size();
  return count;
}

// ---- requests

RequestId Dispatcher::acquire(OnLease on_lease) {
  if (waiting_requests_.size() >= limits_.waiting_requests) {
    ++counters_.refused_requests;
    on_lease({});
    return 0;
  }
  const RequestId id = ++last_order_;
  waiting_requests_.emplace(id, WaitingRequest{now_() + limits_.request_wait, std::move(on_lease)});
  pump();
  if (!waiting_requests_.empty()) want_ticks();
  return id;
}

bool Dispatcher::cancel(RequestId request) { return waiting_requests_.erase(request) > 0; }

void Dispatcher::release(BusinessId id) {
  const auto it = businesses_.find(id);
  if (it == businesses_.end()) return;
  it->second.has_request = false;
  it->second.note_jobs();
  it->second.progress = now_();
  call_left(it->second);
  pump();
}

void Dispatcher::lose(BusinessId id) {
  const auto it = businesses_.find(id);
  if (it == businesses_.end()) return;
  it->second.leaving = true;
  count_present();
  unblock(it->second);
  release(id);
}

// ---- the line

// Gives out what can be given out, oldest first.
void Dispatcher::pump() {
  if (pumping_) {
    pump_again_ = true;
    return;
  }
  pumping_ = true;
  for (;;) {
    pump_again_ = false;
    const Line* oldest = oldest_line();
    const bool request_first =
        !waiting_requests_.empty() && (oldest == nullptr || waiting_requests_.begin()->first < oldest->front().order);
    const bool placed = request_first ? place_request() || place_event() : place_event() || place_request();
    if (!placed && !pump_again_) break;
  }
  pumping_ = false;
  check_pressure();
}

bool Dispatcher::place_request() {
  if (waiting_requests_.empty()) return false;
  auto it = businesses_.upper_bound(turn_);
  for (std::size_t i = 0; i < businesses_.size(); ++i, ++it) {
    if (it == businesses_.end()) it = businesses_.begin();
    Business& business = it->second;
    if (!business.idle() || business.options.request_address.empty()) continue;
    turn_ = it->first;
    business.has_request = true;
    business.note_jobs();
    const auto first = waiting_requests_.begin();
    OnLease on_lease = std::move(first->second.on_lease);
    waiting_requests_.erase(first);
    on_lease({it->first, business.options.request_address, business.options.worker});
    return true;
  }
  return false;
}

// The first connection in `line`, or nullptr. Places that were given up are left out.
const Dispatcher::Ready* Dispatcher::front_of(Line& line) {
  while (!line.empty()) {
    const auto it = flows_.find(line.front().connection);
    if (it != flows_.end() && it->second.ticket == line.front().ticket) return &line.front();
    line.pop_front();
  }
  return nullptr;
}

// The line whose first connection has waited longest; nullptr if none waits.
Dispatcher::Line* Dispatcher::oldest_line(const std::array<bool, kKinds>& left_out) {
  Line* oldest = nullptr;
  for (std::size_t i = 0; i < kKinds; ++i) {
    if (left_out[i] || front_of(ready_[i]) == nullptr) continue;
    if (oldest == nullptr || ready_[i].front().order < oldest->front().order) oldest = &ready_[i];
  }
  return oldest;
}

// The oldest that somebody is free for: a kind for which all are busy does not hold up the others.
bool Dispatcher::place_event() {
  std::array<bool, kKinds> left_out{};
  while (Line* line = oldest_line(left_out)) {
    if (place_first(*line)) return true;
    left_out[static_cast<std::size_t>(line - ready_.data())] = true;
  }
  return false;
}

bool Dispatcher::place_first(Line& line) {
  const ConnectionId connection = line.front().connection;
  Flow& flow = flows_[connection];
  const Event::Kind kind = flow.waiting->front().kind;
  const bool unwanted = !wanted_.empty() && !known(kind);  // held while no business was there, and now none wants it
  if (unwanted || !accepted(kind)) {
    line.pop_front();
    flow.ticket = 0;
    Event event = take_first(flow);
    if (flow.waiting) {
      make_ready(connection, flow, true);
    } else {
      flows_.erase(connection);
    }
    if (unwanted) {
      confirm(event);
    } else {
      park(std::move(event));
    }
    return true;
  }
  const auto business = business_for(kind);
  if (business == businesses_.end()) return false;
  line.pop_front();
  flow.ticket = 0;
  deliver(business, connection, take_first(flow));
  // The rest follows as far as there is room, and as long as no other connection waits for its turn.
  for (;;) {
    const auto it = flows_.find(connection);
    if (it == flows_.end() || !it->second.waiting) break;
    if (!has_room(business->second)) {  // one that acknowledges lets it follow then; another has to be drained
      if (!business->second.acknowledges()) business->second.blocked.push_back(connection);
      break;
    }
    if (others_wait_for(business->second)) break;
    if (!business->second.wants(it->second.waiting->front().kind)) {
      if (business->second.acknowledges()) break;  // in line again once nothing is under way there
      stay_with(it->second, 0);
      make_ready(connection, it->second, true);
      break;
    }
    deliver(business, connection, take_first(it->second));
  }
  return true;
}

bool Dispatcher::tick() {
  const TimePoint now = now_();
  while (!waiting_requests_.empty() && waiting_requests_.begin()->second.deadline <= now) {
    OnLease on_lease = std::move(waiting_requests_.begin()->second.on_lease);
    waiting_requests_.erase(waiting_requests_.begin());
    ++counters_.refused_requests;
    on_lease({});
  }
  for (auto& [id, business] : businesses_) {
    if (business.in_flight.size() < 2 || now - business.progress <= 2 * limits_.batch_time) continue;
    take_back(business);
  }
  expire();
  pump();
  ticking_ = needs_ticks();
  return ticking_;
}

bool Dispatcher::needs_ticks() const {
  if (!waiting_requests_.empty() || waiting_.events > 0) return true;
  return std::any_of(businesses_.begin(), businesses_.end(),
                     [](const auto& entry) { return entry.second.in_flight.size() > 1; });
}

void Dispatcher::want_ticks() {
  if (!std::exchange(ticking_, true)) observer_.on_ticks_needed();
}

}  // namespace laraman::dispatch
