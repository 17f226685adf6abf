// Shard: the part of the gateway that belongs to one event loop: its client connections, and its share of the user and
// channel tables. Shards share nothing; they reach each other by tasks in mailboxes (post()).
//
// For the loop's thread only.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/functional/any_invocable.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/scoreboard.h"
#include "gateway/broker.h"
#include "gateway/channel.h"
#include "gateway/connection_commands.h"
#include "gateway/connection_id.h"
#include "gateway/counters.h"
#include "gateway/event.h"
#include "gateway/handshake_commands.h"
#include "gateway/limits.h"
#include "gateway/message.h"
#include "gateway/transport.h"
#include "net/event_loop.h"
#include "net/mailbox.h"

namespace laraman::gateway {

class ClientProtocol;
class Connection;
class Gateway;
class Shard;

// Something to do on another loop's thread.
using Task = absl::AnyInvocable<void(Shard&)>;

// All that a connection begins with, once its handshake was accepted.
struct Opening {
  ConnectionId id;
  ConnectionInfo info;                // a user and a log-in in it take effect
  std::vector<std::string> channels;  // to join
  const ClientProtocol* protocol = nullptr;
  std::string offered_protocols;  // for the open event
  std::vector<Message> messages;
  std::optional<Close> close;
};

// How a connection has ended, for its close event.
struct Ending {
  std::uint16_t code = 1006;
  std::string_view reason{};
  bool by_gateway = false;  // the client did not mean to go
};

struct ShardOptions {
  Duration heartbeat =
      std::chrono::seconds(25);  // a client silent for so long is pinged; for twice as long, closed; 0: neither
  std::uint64_t max_unsent_bytes = 4 << 20;  // towards a slow client; above it, the connection closes with 1013
  std::vector<ChannelRule> channels;
};

class Shard {
 public:
  using Members = absl::flat_hash_set<Connection*>;
  using Index = absl::flat_hash_map<std::string, Members>;

  // `slot`, if any, is the loop's place in the scoreboard.
  static Result<std::unique_ptr<Shard>> create(Gateway& gateway, std::uint8_t index, net::EventLoop& loop,
                                               const GatewayAddress& address, const ShardOptions& options,
                                               LoopSlot* slot);
  ~Shard();

  std::uint8_t index() const { return index_; }
  net::EventLoop& loop() { return loop_; }
  Gateway& gateway() { return gateway_; }
  LoopSlot& slot() { return *slot_; }
  const LoopSlot& slot() const { return *slot_; }
  const ShardCounters& counters() const { return counters_; }
  const ShardOptions& options() const { return options_; }
  // See Gateway::set_event_sink().
  void set_event_sink(EventSink& sink) { events_ = &sink; }

  // ---- connections
  // A handshake begins: it takes a place within the limits, which open() keeps for as long as the connection lives and
  // give_up() and open_gone() give back. If there is none, how to close it.
  std::optional<Close> enter();
  // Then: the id of its connection. What is said of users and log-ins from now on concerns this connection too.
  ConnectionId next_id();
  // Before it: is this handshake to be answered with 503, since the application is far behind with the ends of earlier
  // connections? Counts the refusal.
  bool refuses_handshake();
  // A handshake is refused for its origin.
  void count_foreign_origin();
  void give_up(const ConnectionId& id);
  // Makes an accepted handshake that has entered a connection.
  void open(std::unique_ptr<Transport> transport, Opening opening);
  // The same for a client that went away while the application let it in: its open and close events, nothing else.
  void open_gone(Opening opening);
  // The connection of that id, or nullptr.
  Connection* find(const ConnectionId& id) const;
  std::size_t size() const { return connections_.size(); }
  // Those that have left the tables and wait for their socket to close.
  std::size_t closing() const { return closing_.size(); }
  const absl::flat_hash_map<ConnectionId, std::unique_ptr<Connection>>& connections() const { return connections_; }
  const Index& users() const { return users_; }
  const Channels& channels() const { return channels_; }
  // `observer` outlives the shard's thread. To be added before the loops run.
  void observe_channels(ChannelObserver& observer) { channels_.add_observer(observer); }
  // Which events go to the sink; the others are not even made. All but joins and leaves at first.
  void set_wanted_events(EventKinds kinds) { wanted_ = kinds; }

  // ---- what commands do here; unknown ids and names are skipped
  void change(const ConnectionId& id, const Change& change);
  void send(const ConnectionId& id, const Message& message);
  void close(const ConnectionId& id, const Close& close);
  // Closes and changes of users and log-ins concern the handshakes under way as well.
  void deliver(const Delivery& delivery);
  // Everyone goes; `close` is sent first.
  void close_all(const Close& close);

  // ---- back-pressure
  // Stops reading from every client that sends, or goes on.
  void stop_reading(bool stop);
  // The last event of this connection that had Event::confirm waits no longer.
  void confirm_events(const ConnectionId& id);
  // From now on refuses_handshake() is true, or not any more.
  void refuse_handshakes(bool refuse) { refuses_handshakes_ = refuse; }

  // ---- other loops
  // Runs `task` on the shard of that index: at once if it is this one, else in a later turn of the other; what one
  // shard posts to another arrives in its order.
  void post(std::uint8_t to, Task task);
  // The same, but never from within this call: at this turn's end if it is this shard.
  void post_later(std::uint8_t to, Task task);
  // Another loop does not keep up with what is posted to it.
  bool congested() const { return congested_; }

  // ---- for its connections
  void emit(Event&& event) {
    if (events_ != nullptr) events_->on_event(*this, std::move(event));
  }
  ShardCounters& counters() { return counters_; }
  Limits& limits() { return limits_; }
  // A message of this connection is over a limit, and dropped.
  void count_dropped_message(MessageRefusal refusal, const ConnectionId& id);
  // Since stop_reading(true).
  bool reading_stopped() const { return reading_stopped_; }
  // The connection is not read from until stop_reading(false) resumes it.
  void add_stopped(Connection& connection) { stopped_.insert(&connection); }
  // Its queue is full: it is closed with 1013 at the turn's end.
  void close_at_turn_end(const ConnectionId& slow);
  // The connection is over: out of all tables, its close event sent. It lives on until its transport has ended.
  void detach(Connection& connection, const Ending& ending);
  // Its transport has ended: it is destroyed at the turn's end.
  void destroy(Connection& connection);

 private:
  using TaskBatch = std::vector<Task>;

  Shard(Gateway& gateway, std::uint8_t index, net::EventLoop& loop, const GatewayAddress& address,
        const ShardOptions& options, LoopSlot* slot);
  void join(Connection& connection, const std::string& channel, std::string_view member_data);
  void leave(Connection& connection, const std::string& channel);
  void emit_channel_event(Event::Kind kind, const Connection& connection, const std::string& channel);
  void change_info(Connection& connection, const Change& change);

  class TurnEnd;  // does at the turn's end what was put off to it

  Result<void> open_mailbox();
  void receive(TaskBatch batch);
  void send_posted();
  void count_refusal(OpenRefusal refusal);
  void deliver(const Publication& publication);
  void deliver(const UserMessage& message);
  void deliver(const Broadcast& broadcast);
  void deliver(const ChannelsChange& command);
  void deliver(const UserClose& command);
  void deliver(const LoginClose& command);
  void deliver(const LoginChange& command);
  void carry_out(const UserClose& command, Connection& connection);
  void carry_out(const LoginClose& command, Connection& connection);
  void carry_out(const LoginChange& command, Connection& connection);
  // What was said of its user and log-in while its handshake was under way.
  void catch_up(Connection& connection);
  void close_overflowed();
  void sweep();
  void ping_silent(Duration interval);
  void index_under(Connection& connection);
  void unindex(Connection& connection);
  static void add(Index& index, const std::string& name, Connection& connection);
  static void remove(Index& index, const std::string& name, Connection& connection);
  absl::flat_hash_set<ConnectionId> connections_of(const Audience& audience) const;
  static std::vector<Connection*> members_of(const Index& index, const std::string& name);

  Gateway& gateway_;
  const std::uint8_t index_;
  net::EventLoop& loop_;
  EventSink* events_ = nullptr;
  EventKinds wanted_{Event::Kind::kOpen, Event::Kind::kClose, Event::Kind::kMessage};
  const ShardOptions options_;
  Limits& limits_;
  LoopSlot own_slot_;
  LoopSlot* slot_;
  ShardCounters counters_;
  std::array<bool, kOpenRefusals> open_refusal_logged_{};
  std::array<bool, kMessageRefusals> message_refusal_logged_{};
  ConnectionIdSource ids_;

  absl::flat_hash_map<ConnectionId, std::unique_ptr<Connection>> connections_;
  absl::flat_hash_map<Connection*, std::unique_ptr<Connection>> closing_;  // detached, close frame on its way
  Index users_;
  Index logins_;
  Channels channels_;
  HandshakeCommands handshake_commands_;
  absl::flat_hash_set<Connection*> stopped_;  // not read from while reading_stopped_
  bool reading_stopped_ = false;
  bool refuses_handshakes_ = false;
  std::vector<ConnectionId> overflowed_;  // too slow for what is sent to them

  std::unique_ptr<net::Mailbox<TaskBatch>> mailbox_;
  std::vector<TaskBatch> posted_;  // by receiving shard; those for this one run at the turn's end
  std::unique_ptr<TurnEnd> turn_end_;
  bool congested_ = false;
  net::Timer sweep_timer_;
};

}  // namespace laraman::gateway
