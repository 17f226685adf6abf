// Dispatcher: hands events and requests to the businesses of a gateway so that a slow job delays only its own
// connection and no job waits for a busy worker while another is free (docs/architecture.md, "Dispatch").
//
// It decides; Businesses, Flows and WaitingLine keep what it decides on. Belongs to one event loop; the others reach it
// by mailbox (Dispatch does that). Pure logic: it does no I/O and asks the loop for nothing but the time.
#pragma once

#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "base/clock.h"
#include "base/log_limiter.h"
#include "dispatch/backlog.h"
#include "dispatch/businesses.h"
#include "dispatch/flows.h"
#include "dispatch/latency_histogram.h"
#include "dispatch/parked_events.h"
#include "dispatch/waiting_line.h"

namespace laraman::dispatch {

class Dispatcher {
 public:
  struct Counters {
    std::uint64_t delivered = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t reported = 0;    // begun by a business that died: not repeated
    std::uint64_t expired = 0;     // no business within event_wait
    std::uint64_t overflowed = 0;  // far above waiting_events or waiting_bytes
    std::uint64_t closed = 0;      // messages of a connection that the gateway or the application had closed
    std::uint64_t taken_back = 0;
    std::uint64_t refused_requests = 0;
  };

  using Clock = std::function<TimePoint()>;

  // `observer` outlives the dispatcher.
  Dispatcher(const Limits& limits, Observer& observer, Clock now);
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // ---- businesses
  // `link` outlives remove().
  BusinessId add(BusinessLink& link, BusinessOptions options);
  // The business has finished all events up to `sequence`. A number never sent is ignored and false returned.
  bool acknowledge(BusinessId id, std::uint64_t sequence);
  // No more jobs for it; `left` is called when nothing is under way there any more (at once, if nothing is).
  void leave(BusinessId id, absl::AnyInvocable<void()> left);
  // Its link was full and is no more.
  void drained(BusinessId id);
  // The connections of the messages that are under way there.
  std::vector<ConnectionId> messages_under_way(BusinessId id) const;
  // The link is gone: no more jobs for it. Of the events delivered and not acknowledged those above `begun` go to
  // another business, in order; the rest stays under way until remove().
  void end(BusinessId id, std::uint64_t begun);
  // The same, unless that was before; and what is still under way is reported.
  void remove(BusinessId id, std::uint64_t begun);

  // ---- events
  void dispatch(Event event);

  // ---- requests
  // Asks for a worker for one request. `on_lease` is called once, perhaps at once; not after cancel().
  RequestId acquire(OnLease on_lease);
  // Gives up waiting. False if the lease was given already (then release() it).
  bool cancel(RequestId request);
  // The request is over and the worker is free again, or is gone.
  void release(BusinessId id);
  // The request is over since its worker died, or cannot be reached: no more jobs for it. Its link ends a little later.
  void lose(BusinessId id);

  // Runs time-outs and takes events back from workers that overrun. To be called every kTickInterval or so from
  // Observer::on_ticks_needed() on, as long as it returns true: an idle server sleeps.
  static constexpr Duration kTickInterval = std::chrono::milliseconds(5);
  bool tick();

  const Counters& counters() const { return counters_; }
  std::size_t waiting_events() const { return backlog_.events(); }
  std::uint64_t waiting_bytes() const { return backlog_.bytes(); }
  // From the client's frame to its delivery to a business.
  const LatencyHistogram& latency() const { return latency_; }
  // Waiting, or delivered and not acknowledged.
  std::size_t events_under_way() const;
  std::size_t waiting_requests() const { return line_.requests(); }
  std::size_t businesses() const { return businesses_.size(); }

 private:
  // Has a business asked for the kind? Before the first business is there, everything waits.
  bool wanted(Event::Kind kind) const { return wanted_.empty() || wanted_.contain(kind); }
  // Does a present business accept the kind? While none is present at all, everything waits in its order.
  bool accepted(Event::Kind kind) const;
  bool has_room(const Business& business) const { return business.has_room(now_(), limits_.batch_time); }
  void want(EventKinds kinds);

  // ---- one event
  void place(Event event);
  Business* business_for(const Flow& flow, Event::Kind kind);
  Business* free_business_for(Event::Kind kind);
  bool others_wait_for(const Business& business);
  void deliver(Business& business, const ConnectionId& connection, Event event);
  void deliver_waiting(Business& business, const ConnectionId& connection);
  void hold(const ConnectionId& connection, Event event);
  void stay_with(Flow& flow, BusinessId business);

  // ---- what was under way
  void finish_oldest(Business& business);
  void take_back(Business& business);
  void give_back(Business& business, std::uint64_t begun);
  void follow(Business& business);
  void unblock(Business& business);
  void stop_jobs(Business& business);

  // ---- the line
  void pump();
  bool place_request();
  bool place_event();
  bool place_first(Event::Kind kind);
  void put_aside_first(Event::Kind kind);
  void want_ticks();
  bool needs_ticks() const;

  // ---- what no business gets (dispatcher_bounds.cpp)
  void park(Event event);
  void unpark();
  void drop_messages(const ConnectionId& connection);
  void expire();
  void expire(Event::Kind kind);
  std::size_t drop_expired(const ConnectionId& connection, Flow& flow);
  void expire_parked();
  void shed_if_needed(const ConnectionId& newest);

  const Limits limits_;
  Observer& observer_;
  Clock now_;
  Backlog backlog_;
  Businesses businesses_;
  Flows flows_;
  WaitingLine line_;
  ParkedEvents parked_;
  EventKinds wanted_;  // kinds of events that any business has asked for
  bool ticking_ = false;
  bool pumping_ = false;
  bool pump_again_ = false;
  bool expiry_logged_ = false;
  LogLimiter sheds_;
  Counters counters_;
  LatencyHistogram latency_;
};

}  // namespace laraman::dispatch
