// WaitingLine: the connections whose events wait and have none under way, and the requests that wait, in the order in
// which they came.
//
// A connection has its place in the line of the kind of its first event, since a business that is free for one kind may
// not accept another.
//
// Plain data of the dispatcher; for its thread only.
#pragma once

#include <absl/functional/any_invocable.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "base/scoreboard.h"
#include "dispatch/flows.h"

namespace laraman::dispatch {

using RequestId = std::uint64_t;

// A worker for one request, or none.
struct Lease {
  BusinessId business = 0;  // 0: none was free in time, or too many wait
  std::string address;
  WorkerRef worker{};
};
using OnLease = absl::AnyInvocable<void(Lease)>;

class WaitingLine {
 public:
  // The first connection of a line.
  struct Place {
    std::uint64_t order;
    std::uint64_t ticket;  // not that of its flow: the place was given up
    TimePoint since;
    ConnectionId connection;
  };

  // `flows` outlives this.
  explicit WaitingLine(Flows& flows) : flows_(flows) {}

  // ---- connections. `flow`, of which an event waits, is that of `connection`
  // The last place, unless it has one.
  void join(const ConnectionId& connection, Flow& flow, TimePoint now);
  // The first place of all, unless it has one.
  void join_in_front(const ConnectionId& connection, Flow& flow, TimePoint now);
  // The first connection in the line of `kind`, or nullptr. Valid until the line changes.
  const Place* first(Event::Kind kind);
  // Takes that connection out of the line.
  ConnectionId take_first(Event::Kind kind);
  // The kind whose first connection has waited longest; none if none of the other kinds waits.
  std::optional<Event::Kind> oldest(EventKinds except = {});
  // Is a connection in the line of one of the kinds?
  bool waits(EventKinds kinds);

  // ---- requests
  RequestId join(OnLease on_lease, TimePoint deadline);
  // False if it does not wait.
  bool cancel(RequestId request) { return requests_.erase(request) > 0; }
  std::size_t requests() const { return requests_.size(); }
  // The oldest request has waited longer than every connection.
  bool request_is_first();
  OnLease take_request();
  // A request whose deadline is over, while there is one.
  std::optional<OnLease> take_expired_request(TimePoint now);

 private:
  struct Request {
    TimePoint deadline;
    OnLease on_lease;
  };
  using Line = std::deque<Place>;

  Line& line_of(Event::Kind kind) { return lines_[static_cast<std::size_t>(kind)]; }

  Flows& flows_;
  std::array<Line, Event::kKinds> lines_;
  std::map<RequestId, Request> requests_;  // an id is also the order
  std::uint64_t last_order_ = 0;
  std::uint64_t last_ticket_ = 0;
};

}  // namespace laraman::dispatch
