#include "gateway/gateway.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace laraman::gateway {
namespace {

// Written to clients and waiting for its turn on one loop; above it, those who cause it wait. It is a fraction of a
// second of sending, and for the many small messages of a storm far more than they take.
constexpr std::uint64_t kMostWaitingBytes = 16 << 20;

class LocalPublisher final : public Publisher {
 public:
  explicit LocalPublisher(Gateway& gateway) : gateway_(gateway) {}

  void publish(Shard& from, Publication publication) override {
    gateway_.on_every_shard(from, [publication = std::move(publication)](Shard& shard) {
      shard.publish(publication.channel, publication.message, publication.except);
    });
  }

 private:
  Gateway& gateway_;
};

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::create(const Options& options, std::span<net::EventLoop* const> loops,
                                                 const Scoreboard* scoreboard) {
  std::unique_ptr<Gateway> gateway(new Gateway(options.limits));
  gateway->publisher_ = std::make_unique<LocalPublisher>(*gateway);
  EventSink& events = options.events != nullptr ? *options.events : *gateway;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    LoopSlot* slot = nullptr;
    if (scoreboard != nullptr && i < scoreboard->loop_slots()) slot = &scoreboard->loop(static_cast<std::uint32_t>(i));
    Result<std::unique_ptr<Shard>> shard =
        Shard::create(*gateway, static_cast<std::uint8_t>(i), *loops[i], options.address, events, options.shard, slot);
    if (!shard) return std::move(shard.error());
    gateway->shards_.push_back(std::move(*shard));
  }
  net::EventLoop& first = *loops.front();
  gateway->dispatcher_.reset(new Dispatcher(options.dispatch, *gateway, [&first] { return first.now(); }));
  gateway->tick_timer_ = std::make_unique<net::Timer>(first, [raw = gateway.get()] { raw->tick(); });
  return gateway;
}

Gateway::~Gateway() = default;

void Gateway::on_ticks_needed() { tick_timer_->start(Dispatcher::kTickInterval); }

void Gateway::tick() {
  if (dispatcher_->tick()) tick_timer_->start(Dispatcher::kTickInterval);
}

bool Gateway::congested(const Shard& from) const {
  if (from.congested()) return true;
  return std::any_of(shards_.begin(), shards_.end(), [](const std::unique_ptr<Shard>& shard) {
    return shard->loop().waiting_bytes() > kMostWaitingBytes;
  });
}

void Gateway::on_every_shard(Shard& from, const std::function<void(Shard&)>& task) {
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (i == from.index()) continue;
    from.post(static_cast<std::uint8_t>(i), Task(task));
  }
  task(from);
}

void Gateway::after_commands(Shard& from, std::function<void()> done) {
  gather<char>(
      from, [](Shard&) { return '\0'; }, [done = std::move(done)](const std::vector<char>&) { done(); });
}

void Gateway::send(Shard& from, const ConnectionId& id, OutgoingMessage message) {
  if (message.empty() || id.loop() >= shards_.size()) return;
  from.post(id.loop(), [id, message = std::move(message)](Shard& shard) { shard.send(id, message); });
}

void Gateway::send_to_user(Shard& from, std::string user, OutgoingMessage message, std::vector<ConnectionId> except) {
  if (message.empty()) return;
  on_every_shard(from, [user = std::move(user), message = std::move(message),
                        except = std::move(except)](Shard& shard) { shard.send_to_user(user, message, except); });
}

void Gateway::broadcast(Shard& from, OutgoingMessage message, std::vector<ConnectionId> except) {
  if (message.empty()) return;
  on_every_shard(from, [message = std::move(message), except = std::move(except)](Shard& shard) {
    shard.broadcast(message, except);
  });
}

void Gateway::change(Shard& from, const ConnectionId& id, Change change) {
  if (id.loop() >= shards_.size()) return;
  from.post(id.loop(), [id, change = std::move(change)](Shard& shard) { shard.change(id, change); });
}

void Gateway::close(Shard& from, const ConnectionId& id, Close close) {
  if (id.loop() >= shards_.size()) return;
  from.post(id.loop(), [id, close = std::move(close)](Shard& shard) { shard.close(id, close); });
}

void Gateway::close_user(Shard& from, UserClose command) {
  on_every_shard(from, [command = std::move(command)](Shard& shard) { shard.close_user(command); });
}

void Gateway::close_login(Shard& from, LoginClose command) {
  on_every_shard(from, [command = std::move(command)](Shard& shard) { shard.close_login(command); });
}

void Gateway::change_login(Shard& from, LoginChange command) {
  on_every_shard(from, [command = std::move(command)](Shard& shard) { shard.change_login(command); });
}

void Gateway::dispatch(Shard& from, Event event) {
  from.post(0, [this, event = std::move(event)](Shard&) mutable { dispatcher_->dispatch(std::move(event)); });
}

std::uint64_t Gateway::PressureLog::admit(bool begins) {
  if (!begins) return std::exchange(begin_logged, false) ? 1 : 0;
  const std::uint64_t times = limiter.admit();
  begin_logged = times > 0;
  return times;
}

void Gateway::on_pressure(bool stop) {
  if (const std::uint64_t times = reading_stops_.admit(stop)) {
    log::warning("reading from clients {} waiting_events={} times={}", stop ? "stopped" : "goes on",
                 dispatcher_->waiting_events(), times);
  }
  on_every_shard(*shards_[0], [stop](Shard& shard) { shard.stop_reading(stop); });
}

void Gateway::on_close_pressure(bool stop) {
  if (const std::uint64_t times = handshake_stops_.admit(stop)) {
    log::warning("handshakes are {} reason=\"too many close events wait\" times={}",
                 stop ? "refused" : "accepted again", times);
  }
  on_every_shard(*shards_[0], [stop](Shard& shard) { shard.refuse_handshakes(stop); });
}

void Gateway::on_confirmed(const ConnectionId& connection) {
  shards_[0]->post(connection.loop(), [connection](Shard& shard) { shard.confirm_events(connection); });
}

}  // namespace laraman::gateway
