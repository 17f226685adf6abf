// EventHandler: what a business does with events; the application derives from it. MainSocketManager calls it.
#pragma once

#include "laraman/business/event.h"
#include "laraman/business/net_bus.h"

namespace laraman::business {

// Called by several threads at once for different connections; for one connection always by the same, in the order of
// its events: open, messages, close; joins and leaves come between these.
//
// `bus` belongs to the call. What it tells the event's own gateway leaves together with the event's acknowledgement, on
// the link on which the event came, so it takes effect before the connection's next event begins anywhere; what it
// tells other gateways goes over the task sockets at once.
//
// An exception is reported and counted; the event is finished nonetheless, and what was told before it is sent.
class EventHandler {
 public:
  virtual ~EventHandler() = default;

  virtual void on_open(NetBus& bus, const Event& event);
  virtual void on_message(NetBus& bus, const Event& event);
  virtual void on_close(NetBus& bus, const Event& event);
  // The connection is in the channel Event::data from now on, or is not any more. For businesses whose registration
  // asks for it (Registration::events).
  virtual void on_join(NetBus& bus, const Event& event);
  virtual void on_leave(NetBus& bus, const Event& event);
};

inline void EventHandler::on_open(NetBus&, const Event&) {}
inline void EventHandler::on_message(NetBus&, const Event&) {}
inline void EventHandler::on_close(NetBus&, const Event&) {}
inline void EventHandler::on_join(NetBus&, const Event&) {}
inline void EventHandler::on_leave(NetBus&, const Event&) {}

}  // namespace laraman::business
