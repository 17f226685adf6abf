// Gateway: all shards of the process together. It takes commands in the gateway's own words on any loop's thread and
// carries them to the shards that they concern.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/scoreboard.h"
#include "gateway/broker.h"
#include "gateway/commands.h"
#include "gateway/limits.h"
#include "gateway/shard.h"

namespace laraman::gateway {

class Gateway final {
 public:
  struct Options {
    GatewayAddress address{};  // first bytes of the connection ids
    ShardOptions shard;
    LimitOptions limits;
    std::unique_ptr<Broker> broker;  // null: the gateway is alone
  };

  // A shard for each of `loops` (1 to 255), which outlive the gateway and do not run yet. `scoreboard` may be null.
  static Result<std::unique_ptr<Gateway>> create(Options options, std::span<net::EventLoop* const> loops,
                                                 const Scoreboard* scoreboard);
  ~Gateway();

  std::size_t shard_count() const { return shards_.size(); }
  Shard& shard(std::size_t index) { return *shards_[index]; }
  Limits& limits() { return limits_; }

  // `sink`, which outlives the loops' threads, gets the events of each shard on that shard's thread. To be set before
  // the loops run; without a sink, events are dropped.
  void set_event_sink(EventSink& sink);

  // Some loop does not keep up with what `from` posts to it, or with sending: the source of the load should wait (and
  // ask again soon: there is no callback). On the thread of `from`.
  bool congested(const Shard& from) const;

  Commands& commands() { return commands_; }
  Broker& broker() { return *broker_; }

  // Carries a delivery out on every shard of this gateway. For the broker; others give commands().
  void deliver(Shard& from, Delivery delivery);
  // The members of a presence channel on this gateway. For the broker, too.
  void members(Shard& from, std::string channel, std::function<void(Broker::Members)> done);

  // Which kinds of events a business takes, from now on. On the thread of `from`.
  void set_wanted_events(Shard& from, EventKinds kinds);

  // Runs a copy of `task` on every shard.
  void on_every_shard(Shard& from, const std::function<void(Shard&)>& task);

  // Calls `done` on the thread of `from` once every shard has carried out what `from` gave it before, and what each
  // posted to `from` meanwhile has run there.
  void after_commands(Shard& from, std::function<void()> done);

  // Asks every shard, then calls `done` on the thread of `from` with the answers in the order of the shards.
  template <typename T>
  void gather(Shard& from, std::function<T(Shard&)> read, std::function<void(std::vector<T>)> done);

 private:
  Gateway(const LimitOptions& limits, std::unique_ptr<Broker> broker);

  Limits limits_;
  std::unique_ptr<Broker> broker_;
  std::vector<std::unique_ptr<Shard>> shards_;
  Commands commands_;
};

template <typename T>
void Gateway::gather(Shard& from, std::function<T(Shard&)> read, std::function<void(std::vector<T>)> done) {
  struct Pending {
    std::vector<T> answers;
    std::size_t missing;
    std::function<void(std::vector<T>)> done;
  };
  auto pending = std::make_shared<Pending>();
  pending->answers.resize(shards_.size());
  pending->missing = shards_.size();
  pending->done = std::move(done);
  const std::uint8_t asker = from.index();
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    from.post(static_cast<std::uint8_t>(i), [read, pending, asker, i](Shard& shard) {
      shard.post(asker, [pending, i, answer = read(shard)](Shard&) mutable {
        pending->answers[i] = std::move(answer);
        if (--pending->missing == 0) pending->done(std::move(pending->answers));
      });
    });
  }
}

}  // namespace laraman::gateway
