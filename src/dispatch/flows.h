// Flows: the events of each connection on their way to a business, in their order, and which of them are dropped when
// far too much waits.
//
// Plain data of the dispatcher; for its thread only.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "dispatch/backlog.h"
#include "dispatch/business.h"

namespace laraman::dispatch {

// All but opens and closes: a business would believe in a connection that is gone.
inline constexpr EventKinds kDroppable{Event::Kind::kMessage, Event::Kind::kJoin, Event::Kind::kLeave};

// The events of one connection. Exists while any is under way or waits; for a business that does not acknowledge, as
// long as the connection lives.
struct Flow {
  BusinessId business = 0;  // where its events are under way, or it stays; 0: nowhere
  std::uint32_t in_flight = 0;
  std::uint64_t ticket = 0;                    // of its place in the waiting line; 0: none
  TimePoint last{};                            // when a business that does not acknowledge got its last event
  std::unique_ptr<std::deque<Event>> waiting;  // null while none waits
};

class Flows {
 public:
  // What shed() dropped.
  struct Shed {
    std::size_t dropped = 0;
    ConnectionId heaviest;  // the connection of which the most waited
  };

  // Both outlive this.
  Flows(Backlog& backlog, Observer& observer) : backlog_(backlog), observer_(observer) {}

  // The flow of a connection; made where there is none. Valid until the next call.
  Flow& of(const ConnectionId& connection) { return flows_[connection]; }
  // The same, or nullptr. Valid until the next of().
  Flow* find(const ConnectionId& connection);
  void erase(const ConnectionId& connection) { flows_.erase(connection); }
  // Those of the connections that stay with a business.
  void erase_those_of(BusinessId business);

  // ---- what waits
  void push_back(Flow& flow, Event event);
  void push_front(Flow& flow, Event event);
  Event take_first(Flow& flow);
  // Drops the messages of `connection` that wait; returns how many.
  std::size_t drop_messages(const ConnectionId& connection);
  // Drops messages, the newest first, of the connections of which the most wait, until Backlog::relieved(). `newest`:
  // the connection of the event that was one too many; its last event goes if no connection has more than one.
  Shed shed(const ConnectionId& newest, TimePoint now);

 private:
  using Map = absl::flat_hash_map<ConnectionId, Flow>;

  std::deque<Event>& waiting_of(Flow& flow);
  std::size_t shed_heaviest(ConnectionId& heaviest, bool by_bytes);
  std::size_t shed_to(Map::iterator flow, std::uint64_t most, bool by_bytes);
  void drop(Event& event);
  void erase_if_done(Map::iterator flow);

  Backlog& backlog_;
  Observer& observer_;
  Map flows_;
  TimePoint futile_shed_{};  // when shed() last found no connection with more than one message
};

}  // namespace laraman::dispatch
