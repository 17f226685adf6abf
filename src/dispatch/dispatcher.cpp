#include "dispatch/dispatcher.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace laraman::dispatch {

Dispatcher::Dispatcher(const Limits& limits, Observer& observer, Clock now)
    : limits_(limits),
      observer_(observer),
      now_(std::move(now)),
      backlog_(limits_, observer),
      businesses_(limits_),
      flows_(backlog_, observer),
      line_(flows_),
      parked_(backlog_) {}

// ---- businesses

BusinessId Dispatcher::add(BusinessLink& link, BusinessOptions options) {
  want(wanted_ | options.events);
  const BusinessId id = businesses_.add(link, std::move(options), now_()).id;
  unpark();
  pump();
  return id;
}

void Dispatcher::want(EventKinds kinds) {
  if (kinds == wanted_) return;
  wanted_ = kinds;
  observer_.on_wanted(kinds);
}

bool Dispatcher::acknowledge(BusinessId id, std::uint64_t sequence) {
  Business* business = businesses_.find(id);
  if (business == nullptr || sequence > business->last_sequence) return false;
  const std::uint64_t finished = business->finish(sequence, now_());
  if (finished == 0) return true;
  for (std::uint64_t i = 0; i < finished; ++i) finish_oldest(*business);
  business->note_jobs();
  counters_.acknowledged += finished;
  follow(*business);
  business->call_left();
  pump();
  return true;
}

// The oldest event under way at `business` is over, one way or another. Its connection is done with, or in line again.
void Dispatcher::finish_oldest(Business& business) {
  const ConnectionId connection = business.take_oldest().connection;
  Flow& flow = flows_.of(connection);
  if (--flow.in_flight > 0) return;
  flow.business = 0;
  if (flow.waiting) {
    line_.join(connection, flow, now_());
  } else {
    flows_.erase(connection);
  }
}

void Dispatcher::leave(BusinessId id, absl::AnyInvocable<void()> left) {
  Business* business = businesses_.find(id);
  if (business == nullptr) return;
  business->left = std::move(left);
  stop_jobs(*business);
  business->call_left();
  pump();
}

void Dispatcher::stop_jobs(Business& business) {
  businesses_.begin_leaving(business);
  unblock(business);
}

// What waits for the link to drain goes to others.
void Dispatcher::unblock(Business& business) {
  for (const ConnectionId& connection : std::exchange(business.blocked, {})) {
    Flow* flow = flows_.find(connection);
    if (flow == nullptr || !flow->waiting) continue;
    stay_with(*flow, 0);
    line_.join(connection, *flow, now_());
  }
}

void Dispatcher::drained(BusinessId id) {
  Business* business = businesses_.find(id);
  if (business == nullptr) return;
  while (!business->blocked.empty() && has_room(*business)) {
    const ConnectionId connection = business->blocked.front();
    business->blocked.pop_front();
    for (;;) {
      Flow* flow = flows_.find(connection);
      if (flow == nullptr || !flow->waiting) break;
      if (!has_room(*business)) {
        business->blocked.push_front(connection);
        break;
      }
      if (!business->wants(flow->waiting->front().kind)) {
        stay_with(*flow, 0);
        line_.join_in_front(connection, *flow, now_());
        break;
      }
      deliver(*business, connection, flows_.take_first(*flow));
    }
  }
  pump();
}

std::vector<ConnectionId> Dispatcher::messages_under_way(BusinessId id) const {
  std::vector<ConnectionId> connections;
  const Business* business = businesses_.find(id);
  if (business == nullptr) return connections;
  for (const Business::InFlight& one : business->in_flight) {
    if (one.event.kind == Event::Kind::kMessage) connections.push_back(one.event.connection);
  }
  return connections;
}

void Dispatcher::end(BusinessId id, std::uint64_t begun) {
  Business* business = businesses_.find(id);
  if (business == nullptr) return;
  stop_jobs(*business);
  give_back(*business, begun);
  pump();
}

void Dispatcher::remove(BusinessId id, std::uint64_t begun) {
  Business* business = businesses_.find(id);
  if (business == nullptr) return;
  give_back(*business, begun);
  if (!business->in_flight.empty()) {
    counters_.reported += business->in_flight.size();
    log::warning("events lost with their business count={} first_connection={}", business->in_flight.size(),
                 business->in_flight.front().event.connection.hex());
  }
  while (!business->in_flight.empty()) finish_oldest(*business);
  if (!business->acknowledges()) {
    unblock(*business);
    flows_.erase_those_of(id);
  }
  businesses_.erase(*business);
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
    const ConnectionId connection = event.connection;
    Flow& flow = flows_.of(connection);
    flows_.push_front(flow, std::move(event));
    want_ticks();
    if (--flow.in_flight > 0) continue;
    flow.business = 0;
    line_.join_in_front(connection, flow, now_());
  }
  business.note_jobs();
}

// ---- events

bool Dispatcher::accepted(Event::Kind kind) const {
  return businesses_.accepting().empty() || businesses_.accepting().contain(kind);
}

void Dispatcher::dispatch(Event event) {
  if (!event.by_gateway) return place(std::move(event));
  drop_messages(event.connection);
  place(std::move(event));
  pump();  // what was taken back of other connections
}

void Dispatcher::place(Event event) {
  if (!wanted(event.kind)) return confirm(event, observer_);
  if (!accepted(event.kind)) return park(std::move(event));
  const ConnectionId connection = event.connection;
  Flow& flow = flows_.of(connection);
  if (flow.business != 0 && !flow.waiting) {
    const Business& business = *businesses_.find(flow.business);
    if (!business.acknowledges() &&
        (business.leaving || !business.wants(event.kind) || businesses_.may_move(business, flow.last, now_()))) {
      stay_with(flow, 0);  // nothing is under way there that could be overtaken
    }
  }
  if (Business* business = business_for(flow, event.kind)) {
    deliver(*business, connection, std::move(event));
  } else {
    hold(connection, std::move(event));
  }
}

// The business that takes the next event of a connection at once; nullptr if the event has to wait.
Business* Dispatcher::business_for(const Flow& flow, Event::Kind kind) {
  if (flow.waiting) return nullptr;
  if (flow.business == 0) return line_.first(kind) == nullptr ? free_business_for(kind) : nullptr;
  Business* business = businesses_.find(flow.business);
  return business->wants(kind) && has_room(*business) && !others_wait_for(*business) ? business : nullptr;
}

// For an event of a connection that has nothing under way: an idle business; or, as long as no request waits for one to
// become idle, the one with the fewest events under way which has room.
Business* Dispatcher::free_business_for(Event::Kind kind) {
  Business* idle = businesses_.idle_for(kind);
  if (idle != nullptr || line_.requests() > 0) return idle;
  return businesses_.least_loaded_for(kind, now_());
}

void Dispatcher::stay_with(Flow& flow, BusinessId business) {
  businesses_.move_connection(flow.business, business);
  flow.business = business;
}

// Does a request or another connection wait for `business`? Then the connections that have events under way there get
// no more in front of the others: what is under way ends, and they join the line.
bool Dispatcher::others_wait_for(const Business& business) {
  if (!business.acknowledges()) return false;
  return line_.requests() > 0 || line_.waits(business.options.events);
}

void Dispatcher::deliver(Business& business, const ConnectionId& connection, Event event) {
  const TimePoint now = now_();
  const bool is_close = event.kind == Event::Kind::kClose;
  confirm(event, observer_);
  ++counters_.delivered;
  latency_.add(now - event.received);
  business.deliver(std::move(event), now);
  Flow& flow = flows_.of(connection);
  if (business.acknowledges()) {
    flow.business = business.id;
    ++flow.in_flight;
    if (business.in_flight.size() > 1) want_ticks();
    return;
  }
  stay_with(flow, is_close ? 0 : business.id);
  flow.last = now;
  if (is_close) flows_.erase(connection);
}

void Dispatcher::hold(const ConnectionId& connection, Event event) {
  Flow& flow = flows_.of(connection);
  const bool first = !flow.waiting;
  flows_.push_back(flow, std::move(event));
  if (flow.business == 0) {
    line_.join(connection, flow, now_());
  } else if (first) {
    Business& business = *businesses_.find(flow.business);
    if (!business.acknowledges()) business.blocked.push_back(connection);
  }
  want_ticks();
  shed_if_needed(connection);
}

// After an acknowledgement: what waits of the connections that still have events under way there follows them, unless
// others wait.
void Dispatcher::follow(Business& business) {
  if (others_wait_for(business)) return;
  for (std::size_t i = 0; i < business.in_flight.size() && has_room(business); ++i) {
    const ConnectionId connection = business.in_flight[i].event.connection;
    Flow& flow = flows_.of(connection);
    if (!flow.waiting || flow.business != business.id || !business.wants(flow.waiting->front().kind)) continue;
    deliver(business, connection, flows_.take_first(flow));
  }
}

std::size_t Dispatcher::events_under_way() const {
  std::size_t count = backlog_.events();
  for (const auto& [id, business] : businesses_) count += business.in_flight.size();
  return count;
}

// ---- requests

RequestId Dispatcher::acquire(OnLease on_lease) {
  if (line_.requests() >= limits_.waiting_requests) {
    ++counters_.refused_requests;
    on_lease({});
    return 0;
  }
  const RequestId id = line_.join(std::move(on_lease), now_() + limits_.request_wait);
  pump();
  if (line_.requests() > 0) want_ticks();
  return id;
}

bool Dispatcher::cancel(RequestId request) { return line_.cancel(request); }

void Dispatcher::release(BusinessId id) {
  Business* business = businesses_.find(id);
  if (business == nullptr) return;
  business->has_request = false;
  business->note_jobs();
  business->progress = now_();
  business->call_left();
  pump();
}

void Dispatcher::lose(BusinessId id) {
  Business* business = businesses_.find(id);
  if (business == nullptr) return;
  stop_jobs(*business);
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
    const bool placed = line_.request_is_first() ? place_request() || place_event() : place_event() || place_request();
    if (!placed && !pump_again_) break;
  }
  pumping_ = false;
  backlog_.check_pressure();
}

bool Dispatcher::place_request() {
  if (line_.requests() == 0) return false;
  Business* business = businesses_.idle_for_request();
  if (business == nullptr) return false;
  business->has_request = true;
  business->note_jobs();
  OnLease on_lease = line_.take_request();
  on_lease({business->id, business->options.request_address, business->options.worker});
  return true;
}

// The oldest event that a business is free for: a kind for which all are busy does not block those behind it.
bool Dispatcher::place_event() {
  EventKinds tried;
  while (const std::optional<Event::Kind> kind = line_.oldest(tried)) {
    if (place_first(*kind)) return true;
    tried |= {*kind};
  }
  return false;
}

bool Dispatcher::place_first(Event::Kind kind) {
  if (!wanted(kind) || !accepted(kind)) {
    put_aside_first(kind);
    return true;
  }
  Business* business = free_business_for(kind);
  if (business == nullptr) return false;
  const ConnectionId connection = line_.take_first(kind);
  deliver(*business, connection, flows_.take_first(flows_.of(connection)));
  deliver_waiting(*business, connection);
  return true;
}

// The event waited while no business was present, and those that came do not accept it.
void Dispatcher::put_aside_first(Event::Kind kind) {
  const ConnectionId connection = line_.take_first(kind);
  Flow& flow = flows_.of(connection);
  Event event = flows_.take_first(flow);
  if (flow.waiting) {
    line_.join_in_front(connection, flow, now_());
  } else {
    flows_.erase(connection);
  }
  if (wanted(kind)) {
    park(std::move(event));
  } else {
    confirm(event, observer_);
  }
}

// What waits of a connection follows its first event as far as there is room, and as long as no other connection waits
// for its turn.
void Dispatcher::deliver_waiting(Business& business, const ConnectionId& connection) {
  for (;;) {
    Flow* flow = flows_.find(connection);
    if (flow == nullptr || !flow->waiting) return;
    if (!has_room(business)) {  // a business that acknowledges gets it by follow(), another by drained()
      if (!business.acknowledges()) business.blocked.push_back(connection);
      return;
    }
    if (others_wait_for(business)) return;
    if (!business.wants(flow->waiting->front().kind)) {
      if (business.acknowledges()) return;  // in line again once nothing is under way there
      stay_with(*flow, 0);
      line_.join_in_front(connection, *flow, now_());
      return;
    }
    deliver(business, connection, flows_.take_first(*flow));
  }
}

bool Dispatcher::tick() {
  const TimePoint now = now_();
  while (std::optional<OnLease> on_lease = line_.take_expired_request(now)) {
    ++counters_.refused_requests;
    (*on_lease)({});
  }
  for (auto& [id, business] : businesses_) {
    if (business.overruns(now, limits_.batch_time)) take_back(business);
  }
  expire();
  pump();
  ticking_ = needs_ticks();
  return ticking_;
}

bool Dispatcher::needs_ticks() const {
  if (line_.requests() > 0 || backlog_.events() > 0) return true;
  return std::any_of(businesses_.begin(), businesses_.end(),
                     [](const auto& entry) { return entry.second.in_flight.size() > 1; });
}

void Dispatcher::want_ticks() {
  if (!std::exchange(ticking_, true)) observer_.on_ticks_needed();
}

}  // namespace laraman::dispatch
