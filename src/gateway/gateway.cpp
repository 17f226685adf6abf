#include "gateway/gateway.h"
#include "base/try.h"

#include <algorithm>
#include <utility>

namespace laraman::gateway {
namespace {

// Written to clients and waiting for its turn on one loop; above it, the businesses that cause it wait. It is a
// fraction of a second of sending, and for the many small messages of a storm far more than they take.
constexpr std::uint64_t kMaxWaitingBytes = 16 << 20;

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::create(Options options, std::span<net::EventLoop* const> loops,
                                                 const Scoreboard* scoreboard) {
  std::unique_ptr<Gateway> gateway(new Gateway(options.limits, std::move(options.broker)));
  ChannelObserver* const observer = gateway->broker_->channel_observer();
  for (std::size_t i = 0; i < loops.size(); ++i) {
    LoopSlot* slot = nullptr;
    if (scoreboard != nullptr && i < scoreboard->loop_slots()) slot = &scoreboard->loop(static_cast<std::uint32_t>(i));
    ASSIGN_OR_RETURN(std::unique_ptr<Shard> shard, Shard::create(*gateway, static_cast<std::uint8_t>(i), *loops[i],
                                                                 options.address, options.shard, slot));
    if (observer != nullptr) shard->observe_channels(*observer);
    gateway->shards_.push_back(std::move(shard));
  }
  return gateway;
}

Gateway::Gateway(const LimitOptions& limits, std::unique_ptr<Broker> broker)
    : limits_(limits), broker_(broker ? std::move(broker) : std::make_unique<LocalBroker>()), commands_(*this) {}

Gateway::~Gateway() = default;

void Gateway::set_event_sink(EventSink& sink) {
  for (const std::unique_ptr<Shard>& shard : shards_) shard->set_event_sink(sink);
}

bool Gateway::congested(const Shard& from) const {
  if (from.congested()) return true;
  return std::any_of(shards_.begin(), shards_.end(), [](const std::unique_ptr<Shard>& shard) {
    return shard->loop().waiting_bytes() > kMaxWaitingBytes;
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

// One object for all shards, however long its names and lists are.
void Gateway::deliver(Shard& from, Delivery delivery) {
  if (shards_.size() == 1) return from.deliver(delivery);
  on_every_shard(
      from, [shared = std::make_shared<const Delivery>(std::move(delivery))](Shard& shard) { shard.deliver(*shared); });
}

void Gateway::members(Shard& from, std::string channel, std::function<void(Broker::Members)> done) {
  gather<Broker::Members>(
      from,
      [channel = std::move(channel)](Shard& shard) {
        const Channel* const found = shard.channels().find(channel);
        return found != nullptr && found->has_presence() ? found->members() : Broker::Members();
      },
      [done = std::move(done)](std::vector<Broker::Members> parts) {
        Broker::Members all = std::move(parts.front());
        for (std::size_t i = 1; i < parts.size(); ++i) merge_members(all, parts[i]);
        done(std::move(all));
      });
}

void Gateway::set_wanted_events(Shard& from, EventKinds kinds) {
  on_every_shard(from, [kinds](Shard& shard) { shard.set_wanted_events(kinds); });
}

}  // namespace laraman::gateway
