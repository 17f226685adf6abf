// Dispatch: the dispatcher of a gateway, on loop 0, and the way to it from every loop. It takes the events of all
// shards, runs the dispatcher's ticks, and passes its back-pressure on to the shards.
#pragma once

#include <memory>

#include "base/log_limiter.h"
#include "dispatch/dispatcher.h"
#include "gateway/gateway.h"
#include "net/event_loop.h"

namespace laraman::dispatch {

class Dispatch final : public gateway::EventSink, private Observer {
 public:
  // `gateway` outlives this, and its loops do not run yet. Events come here once this is the gateway's event sink.
  Dispatch(gateway::Gateway& gateway, const Limits& limits);
  ~Dispatch();

  // Brings the event to the dispatcher. On the thread of `shard`.
  void on_event(gateway::Shard& shard, gateway::Event&& event) override;

  // For the thread of loop 0 only.
  Dispatcher& dispatcher() { return dispatcher_; }
  const Dispatcher& dispatcher() const { return dispatcher_; }

 private:
  // Clients can cause a pressure repeatedly: its end is logged if its beginning was.
  struct PressureLog {
    // The count for the log line; 0: no line.
    std::uint64_t admit(bool begins);

    LogLimiter limiter;
    bool begin_logged = false;
  };

  void on_pressure(bool stop) override;
  void on_close_pressure(bool stop) override;
  void on_confirmed(const gateway::ConnectionId& connection) override;
  void on_wanted(gateway::EventKinds kinds) override;
  void on_ticks_needed() override;
  void tick();

  gateway::Gateway& gateway_;
  Dispatcher dispatcher_;
  net::Timer tick_timer_;
  PressureLog reading_stops_;
  PressureLog handshake_stops_;
};

}  // namespace laraman::dispatch
