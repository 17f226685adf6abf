#include "dispatch/dispatch.h"

#include <utility>

#include "base/log.h"

namespace laraman::dispatch {

using gateway::Shard;

Dispatch::Dispatch(gateway::Gateway& gateway, const Limits& limits)
    : gateway_(gateway),
      dispatcher_(limits, *this, [&loop = gateway.shard(0).loop()] { return loop.now(); }),
      tick_timer_(gateway.shard(0).loop(), [this] { tick(); }) {}

Dispatch::~Dispatch() = default;

void Dispatch::on_event(Shard& shard, gateway::Event&& event) {
  shard.post(0, [this, event = std::move(event)](Shard&) mutable { dispatcher_.dispatch(std::move(event)); });
}

// Joins and leaves are made only where a business has asked for them; the others are there before the first business.
void Dispatch::on_wanted(gateway::EventKinds kinds) {
  using Kind = gateway::Event::Kind;
  gateway_.set_wanted_events(gateway_.shard(0), kinds | gateway::EventKinds{Kind::kOpen, Kind::kClose, Kind::kMessage});
}

void Dispatch::on_ticks_needed() { tick_timer_.start(Dispatcher::kTickInterval); }

void Dispatch::tick() {
  if (dispatcher_.tick()) tick_timer_.start(Dispatcher::kTickInterval);
}

std::uint64_t Dispatch::PressureLog::admit(bool begins) {
  if (!begins) return std::exchange(begin_logged, false) ? 1 : 0;
  const std::uint64_t times = limiter.admit();
  begin_logged = times > 0;
  return times;
}

void Dispatch::on_pressure(bool stop) {
  if (const std::uint64_t times = reading_stops_.admit(stop)) {
    log::warning("reading from clients {} waiting_events={} times={}", stop ? "stopped" : "goes on",
                 dispatcher_.waiting_events(), times);
  }
  gateway_.on_every_shard(gateway_.shard(0), [stop](Shard& shard) { shard.stop_reading(stop); });
}

void Dispatch::on_close_pressure(bool stop) {
  if (const std::uint64_t times = handshake_stops_.admit(stop)) {
    log::warning("handshakes are {} reason=\"too many close events wait\" times={}",
                 stop ? "refused" : "accepted again", times);
  }
  gateway_.on_every_shard(gateway_.shard(0), [stop](Shard& shard) { shard.refuse_handshakes(stop); });
}

void Dispatch::on_confirmed(const gateway::ConnectionId& connection) {
  gateway_.shard(0).post(connection.loop(), [connection](Shard& shard) { shard.confirm_events(connection); });
}

}  // namespace laraman::dispatch
