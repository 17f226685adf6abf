// Gateway: all shards of the process together. It takes commands in the gateway's own words on any loop's thread and
// carries them to the shards that they concern; it brings the shards' events to the dispatcher, which lives on loop 0.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/log_limiter.h"
#include "base/result.h"
#include "base/scoreboard.h"
#include "gateway/dispatcher.h"
#include "gateway/limits.h"
#include "gateway/shard.h"

namespace laraman::gateway {

// A message for everyone in a channel.
struct Publication {
  std::string channel;
  OutgoingMessage message;
  std::vector<ConnectionId> except;
};

// Carries publications to all who listen. Today to the shards of this process; a broker between gateways comes here.
class Publisher {
 public:
  virtual void publish(Shard& from, Publication publication) = 0;
  virtual ~Publisher() = default;
};

class Gateway final : private EventSink, private Dispatcher::Observer {
 public:
  struct Options {
    GatewayAddress address{};  // first bytes of the connection ids
    ShardOptions shard;
    Dispatcher::Limits dispatch;
    LimitOptions limits;
    EventSink* events = nullptr;  // who takes the events, on each loop's thread; nullptr: the dispatcher
  };

  // A shard for each of `loops` (1 to 255), which outlive the gateway and do not run yet. `scoreboard` may be null.
  static Result<std::unique_ptr<Gateway>> create(const Options& options, std::span<net::EventLoop* const> loops,
                                                 const Scoreboard* scoreboard);
  ~Gateway();

  std::size_t shard_count() const { return shards_.size(); }
  Shard& shard(std::size_t index) { return *shards_[index]; }
  Limits& limits() { return limits_; }
  // For the thread of loop 0 only.
  Dispatcher& dispatcher() { return *dispatcher_; }

  // Some loop does not keep up with what `from` posts to it, or with sending: whoever makes it send should wait (and
  // ask again soon: nobody calls back). On the thread of `from`.
  bool congested(const Shard& from) const;

  // ---- commands, on the thread of `from`; unknown ids and names are skipped. What is given on one loop for one
  // connection takes effect in that order.
  void send(Shard& from, const ConnectionId& id, OutgoingMessage message);
  void send_to_user(Shard& from, std::string user, OutgoingMessage message, std::vector<ConnectionId> except = {});
  void publish(Shard& from, Publication publication) { publisher_->publish(from, std::move(publication)); }
  void broadcast(Shard& from, OutgoingMessage message, std::vector<ConnectionId> except = {});
  void change(Shard& from, const ConnectionId& id, Change change);
  void close(Shard& from, const ConnectionId& id, Close close);
  void close_user(Shard& from, UserClose command);
  void close_login(Shard& from, LoginClose command);
  void change_login(Shard& from, LoginChange command);

  // What becomes of events without Options::events, for a sink that only wants to see them first: brings `event` to the
  // dispatcher. On the thread of `from`.
  void dispatch(Shard& from, Event event);

  // Runs a copy of `task` on every shard.
  void on_every_shard(Shard& from, const std::function<void(Shard&)>& task);

  // Calls `done` on the thread of `from` once every shard has carried out what `from` gave it before; the events that
  // came of that are with the dispatcher if `from` is its shard.
  void after_commands(Shard& from, std::function<void()> done);

  // Asks every shard, then calls `done` on the thread of `from` with the answers in the order of the shards.
  template <typename T>
  void gather(Shard& from, std::function<T(Shard&)> read, std::function<void(std::vector<T>)> done);

 private:
  // Clients can bring a bound about again and again: the end of a pressure is logged where its beginning was.
  struct PressureLog {
    // The count for the line, 0: no line.
    std::uint64_t admit(bool begins);

    LogLimiter limiter;
    bool begin_logged = false;
  };

  explicit Gateway(const LimitOptions& limits) : limits_(limits) {}
  void on_event(Shard& shard, Event event) override { dispatch(shard, std::move(event)); }
  void on_pressure(bool stop) override;
  void on_close_pressure(bool stop) override;
  void on_confirmed(const ConnectionId& connection) override;
  void on_ticks_needed() override;
  void tick();

  Limits limits_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<net::Timer> tick_timer_;
  PressureLog reading_stops_;
  PressureLog handshake_stops_;
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
