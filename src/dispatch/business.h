// Business: one business at the dispatcher, what is under way there, and how fast it is.
#pragma once

#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <deque>
#include <string>

#include "base/clock.h"
#include "base/scoreboard.h"
#include "gateway/event.h"

namespace laraman::dispatch {

using gateway::ConnectionId;
using gateway::Event;
using gateway::EventKinds;

using BusinessId = std::uint64_t;

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

// Plain data of the dispatcher; for its thread only.
struct Business {
  struct InFlight {
    std::uint64_t sequence;
    Event event;
  };

  BusinessId id = 0;
  BusinessLink* link = nullptr;
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

  bool acknowledges() const { return options.window > 0; }
  bool wants(Event::Kind kind) const { return options.events.contain(kind); }
  bool idle() const { return in_flight.empty() && !has_request && !leaving; }
  // May one more event be put behind those that are under way? `batch_time`: Limits::batch_time.
  bool has_room(TimePoint now, Duration batch_time) const;
  // Several events are under way, and for too long: those that it has not begun are to be taken back.
  bool overruns(TimePoint now, Duration batch_time) const;

  // Writes the event to the link; it is under way afterwards, if the business acknowledges.
  void deliver(Event event, TimePoint now);
  // How many of the events under way an acknowledgement of `sequence` finishes; they stay until take_oldest(). Takes
  // the time of one for `cost`.
  std::uint64_t finish(std::uint64_t sequence, TimePoint now);
  Event take_oldest();
  // Shows in the scoreboard whether it has jobs.
  void note_jobs() const { options.worker.note_jobs(!in_flight.empty() || has_request); }
  // Calls `left` once, when it leaves and nothing is under way any more.
  void call_left();
};

}  // namespace laraman::dispatch
