// Observer: what the dispatcher tells the gateway. Called from within the dispatcher's functions; must not call back
// into them.
#pragma once

#include <utility>

#include "gateway/event.h"

namespace laraman::dispatch {

using gateway::ConnectionId;
using gateway::Event;
using gateway::EventKinds;

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

// The event waits no longer. Confirms it once, where its connection asked for that.
inline void confirm(Event& event, Observer& observer) {
  if (std::exchange(event.confirm, false)) observer.on_confirmed(event.connection);
}

}  // namespace laraman::dispatch
