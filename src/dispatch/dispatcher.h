// Dispatcher: hands events and requests to the businesses of a gateway so that a slow job delays nobody but its own
// connection and no job waits for a busy worker while another is free (docs/architecture.md, "Dispatch").
//
// Belongs to one event loop; the others reach it by mailbox (Dispatch does that). Pure logic: it does no I/O and asks
// the loop for nothing but the time.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/functional/any_invocable.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log_limiter.h"
#include "base/scoreboard.h"
#include "dispatch/latency_histogram.h"
#include "dispatch/parked_events.h"
#include "gateway/event.h"

namespace laraman::dispatch {

using gateway::ConnectionId;
using gateway::Event;
using gateway::EventKinds;

using BusinessId = std::uint64_t;
using RequestId = std::uint64_t;

// The dispatcher's way to one business link. Implemented by an adapter.
class BusinessLink {
 public:
  // Writes the event; it may wait for the turn's end. `sequence` counts from 1 on each link. `event` stays valid during
  // the call only.
  virtual void deliver(const Event& event, std::uint64_t sequence) = 0;
  // Of the events delivered and not acknowledged, those above the returned number can be taken back: the business has
  // not begun them and, from now on, will not (it drops all up to `last_sequence`). `last_sequence` itself if none can.
  virtual std::uint64_t take_back(std::uint64_t last_sequence) = 0;
  // Too much that was delivered waits to be read: it gets nothing more until Dispatcher::drained().
  virtual bool full() = 0;
  // It may not have read of the last take_back(), so another one would have to fail: it gets no event ahead.
  virtual bool taking_back() = 0;

 protected:
  ~BusinessLink() = default;
};

struct BusinessOptions {
  EventKinds events{};          // that it accepts
  std::uint32_t window = 0;     // largest number of unacknowledged events; 0: it does not acknowledge
  std::string request_address;  // where it answers requests, one at a time and only while it has no events; or empty
  WorkerRef worker{};           // its process, if that is one of this server's
};

class Dispatcher {
 public:
  struct Limits {
    std::size_t waiting_events = 100'000;    // above it, reading from clients stops; at twice as many, some are dropped
    std::uint64_t waiting_bytes = 64 << 20;  // of their payloads; the same
    std::size_t waiting_closes = 100'000;    // close events, which are never dropped: above it, handshakes are refused
    std::size_t waiting_requests = 10'000;   // above it, requests are refused
    Duration request_wait = std::chrono::seconds(30);
    Duration event_wait = std::chrono::seconds(60);      // without any business for it, an event is dropped after it
    Duration batch_time = std::chrono::milliseconds(5);  // of measured handling that may be under way at one worker
    // A connection of a business that does not acknowledge may go to another one after this time without events.
    Duration affinity = std::chrono::seconds(5);
  };

  // What the dispatcher tells the gateway. Called from within its functions; must not call back into them.
  class Observer {
   public:
    // Too much waits: `stop` reading from all clients, or go on.
    virtual void on_pressure(bool stop) = 0;
    // Too many close events wait: refuse handshakes (`stop`), or go on.
    virtual void on_close_pressure(bool stop) = 0;
    // An event of this connection that has Event::confirm waits no longer.
    virtual void on_confirmed(const ConnectionId& connection) = 0;
    // Which kinds of events businesses have asked for has changed.
    virtual void on_wanted(EventKinds kinds) = 0;
    // Something waits, or is ahead at a worker: tick() is to be called until it says that nothing is any more.
    virtual void on_ticks_needed() = 0;

   protected:
    ~Observer() = default;
  };

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

  // A worker for one request, or none.
  struct Lease {
    BusinessId business = 0;  // 0: none was free in time, or too many wait
    std::string address;
    WorkerRef worker{};
  };
  using OnLease = absl::AnyInvocable<void(Lease)>;

  using Clock = std::function<TimePoint()>;

  // `observer` outlives the dispatcher.
  Dispatcher(const Limits& limits, Observer& observer, Clock now);
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // ---- businesses
  // `link` outlives remove().
  BusinessId add(BusinessLink& link, BusinessOptions options);
  // The business has finished all events up to `sequence`. A number never sent is ignored and false returned.
  bool acknowledge(BusinessId business, std::uint64_t sequence);
  // No more jobs for it; `left` is called when nothing is under way there any more (at once, if nothing is).
  void leave(BusinessId business, absl::AnyInvocable<void()> left);
  // Its link was full and is no more.
  void drained(BusinessId business);
  // The connections of the messages that are under way there.
  std::vector<ConnectionId> messages_under_way(BusinessId business) const;
  // The link is gone: no more jobs for it. Of the events delivered and not acknowledged those above `begun` go to
  // another business, in order; the rest stays under way until remove().
  void end(BusinessId business, std::uint64_t begun);
  // The same, unless that was before; and what is still under way is reported.
  void remove(BusinessId business, std::uint64_t begun);

  // ---- events
  void dispatch(Event event);

  // ---- requests
  // Asks for a worker for one request. `on_lease` is called once, perhaps at once; not after cancel().
  RequestId acquire(OnLease on_lease);
  // Gives up waiting. False if the lease was given already (then release() it).
  bool cancel(RequestId request);
  // The request is over and the worker is free again, or is gone.
  void release(BusinessId business);
  // The request is over since its worker died, or cannot be reached: no more jobs for it. Its link ends a little later.
  void lose(BusinessId business);

  // Runs time-outs and takes events back from workers that overrun. To be called every kTickInterval or so from
  // Observer::on_ticks_needed() on, as long as it returns true: an idle server sleeps.
  static constexpr Duration kTickInterval = std::chrono::milliseconds(5);
  bool tick();

  const Counters& counters() const { return counters_; }
  std::size_t waiting_events() const { return waiting_.events; }
  std::uint64_t waiting_bytes() const { return waiting_.bytes; }
  // From the client's frame to its delivery to a business.
  const LatencyHistogram& latency() const { return latency_; }
  // Waiting, or delivered and not acknowledged.
  std::size_t events_under_way() const;
  std::size_t waiting_requests() const { return waiting_requests_.size(); }
  std::size_t businesses() const { return businesses_.size(); }

 private:
  struct InFlight {
    std::uint64_t sequence;
    Event event;
  };

  struct Business {
    BusinessLink* link;
    BusinessOptions options;
    std::deque<InFlight> in_flight;  // delivered, not acknowledged; numbers taken back are missing
    std::uint64_t last_sequence = 0;
    TimePoint progress;                // of the last acknowledgement, or the first delivery after idling
    Duration cost = Duration::zero();  // moving average of the handling of one event
    std::deque<ConnectionId> blocked;  // stay with it, and have events that wait until its link is drained
    std::size_t connections = 0;       // that stay with it; if it does not acknowledge
    bool has_request = false;
    bool leaving = false;
    absl::AnyInvocable<void()> left;

    bool idle() const { return in_flight.empty() && !has_request && !leaving; }
    void note_jobs() const { options.worker.note_jobs(!in_flight.empty() || has_request); }
    bool acknowledges() const { return options.window > 0; }
    bool wants(Event::Kind kind) const { return options.events.contain(kind); }
  };

  // The events of one connection. Exists while any is under way or waits; for a business that does not acknowledge, as
  // long as the connection lives.
  struct Flow {
    BusinessId business = 0;  // where its events are under way; 0: nowhere
    std::uint32_t in_flight = 0;
    std::uint64_t ticket = 0;                    // of its place in a line of ready_; 0: none
    TimePoint last{};                            // when a business that does not acknowledge got its last event
    std::unique_ptr<std::deque<Event>> waiting;  // null while none waits
  };

  // What waits, parked events included.
  struct Waiting {
    std::size_t events = 0;
    std::uint64_t bytes = 0;
    std::size_t closes = 0;
  };

  struct WaitingRequest {
    TimePoint deadline;
    OnLease on_lease;
  };

  struct Ready {
    std::uint64_t order;
    std::uint64_t ticket;  // not that of its connection: the place was given up
    TimePoint since;
    ConnectionId connection;
  };

  using Businesses = std::map<BusinessId, Business>;
  using Line = std::deque<Ready>;
  using Flows = absl::flat_hash_map<ConnectionId, Flow>;
  static constexpr std::size_t kKinds = Event::kKinds;

  bool known(Event::Kind kind) const { return wanted_.contain(kind); }
  // Does a present business accept the kind? While none is present at all, everything waits in its order.
  bool accepted(Event::Kind kind) const { return accepting_.empty() || accepting_.contain(kind); }
  Line& line_of(Event::Kind kind) { return ready_[static_cast<std::size_t>(kind)]; }
  Line* oldest_line(const std::array<bool, kKinds>& left_out = {});
  const Ready* front_of(Line& line);
  bool others_wait_for(const Business& business);
  bool has_room(const Business& business) const;
  Businesses::iterator idle_business(Event::Kind kind);
  Businesses::iterator business_for(Event::Kind kind);
  void deliver(Businesses::iterator business, const ConnectionId& connection, Event event);
  void finish_one(Business& business);
  void settle(const ConnectionId& connection);
  void count_present();
  void want(EventKinds kinds);
  bool may_move(const Flow& flow, const Business& business) const;
  void stay_with(Flow& flow, BusinessId business);
  void place(Event event);
  void hold(const ConnectionId& connection, Event event);
  void park(Event event);
  void unpark();
  void drop_messages(const ConnectionId& connection);
  void add_waiting(const Event& event);
  void remove_waiting(const Event& event);
  void confirm(Event& event);
  void drop(Event& event);
  void drop_if_empty(Flows::iterator flow);
  void make_ready(const ConnectionId& connection, Flow& flow, bool in_front);
  Event take_first(Flow& flow);
  void take_back(Business& business);
  void give_back(Business& business, std::uint64_t begun);
  void follow(BusinessId id);
  void unblock(Business& business);
  void pump();
  bool place_request();
  bool place_event();
  bool place_first(Line& line);
  void expire();
  void expire(Line& line);
  void expire_parked();
  bool overflows() const { return waiting_.events > 2 * limits_.waiting_events || overflows_bytes(); }
  bool overflows_bytes() const { return waiting_.bytes > 2 * limits_.waiting_bytes; }
  void shed(const ConnectionId& newest);
  std::size_t shed_messages(Flow& flow, std::uint64_t most, bool by_bytes);
  void check_pressure();
  bool needs_ticks() const;
  void want_ticks();
  void call_left(Business& business);

  Limits limits_;
  Observer& observer_;
  Clock now_;
  Businesses businesses_;
  BusinessId last_business_ = 0;
  BusinessId turn_ = 0;      // the business after this one is asked first
  EventKinds wanted_;        // kinds of events that any business has asked for
  EventKinds accepting_;     // kinds that a present business accepts
  TimePoint last_join_{};    // of a business that does not acknowledge
  std::size_t staying_ = 0;  // connections that stay with a business
  std::size_t keepers_ = 0;  // businesses that connections stay with, those that leave left out
  Flows flows_;
  // Connections with waiting events and none under way, oldest first; a line for each kind that the first of their
  // events may have, since who is free for one kind may not want another.
  std::array<Line, kKinds> ready_;
  std::map<RequestId, WaitingRequest> waiting_requests_;
  std::uint64_t last_order_ = 0;  // of requests (it is their id) and of ready connections
  std::uint64_t last_ticket_ = 0;
  ParkedEvents parked_;
  Waiting waiting_;
  bool pressure_ = false;
  bool close_pressure_ = false;
  bool ticking_ = false;
  bool pumping_ = false;
  bool pump_again_ = false;
  bool expiry_logged_ = false;
  TimePoint futile_shed_{};  // when shed() last found no connection with more than one message
  LogLimiter sheds_;
  Counters counters_;
  LatencyHistogram latency_;
};

}  // namespace laraman::dispatch
