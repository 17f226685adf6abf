// Connection: one client at the gateway. Its transport brings it messages, which its protocol understands; messages to
// it leave by the transport, as its protocol has them.
//
// Belongs to a shard and its loop's thread. Its user, session, log-in and meta are its ConnectionInfo.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/channel.h"
#include "gateway/client_protocol.h"
#include "gateway/event.h"
#include "gateway/message.h"
#include "gateway/message_window.h"
#include "gateway/shard.h"
#include "gateway/traffic.h"
#include "gateway/transport.h"

namespace laraman::gateway {

class Connection final {
 public:
  // Why a client is not read from; it is read from again when no reason is left.
  enum StopReason : std::uint8_t { kGatewayIsFull = 1, kTooManyEvents = 2 };
  // Messages that may wait for a business; above it, the client is not read from.
  static constexpr std::uint8_t kMaxWaitingMessages = 128;

  // `protocol` outlives it.
  Connection(Shard& shard, std::unique_ptr<Transport> transport, const ClientProtocol& protocol, const ConnectionId& id,
             ConnectionInfo info);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const ConnectionId& id() const { return id_; }
  Shard& shard() { return shard_; }
  const ClientProtocol& protocol() const { return protocol_; }
  const Traffic& traffic() const { return traffic_; }
  std::uint64_t unsent() const { return transport_->unsent(); }
  const ConnectionInfo& info() const { return *info_; }
  const std::shared_ptr<const ConnectionInfo>& shared_info() const { return info_; }
  void set_info(ConnectionInfo info) { info_ = std::make_shared<const ConnectionInfo>(std::move(info)); }
  // Its channels are changed by Channels.
  bool has_memberships() const { return memberships_ != nullptr; }
  Memberships& memberships() {
    if (!memberships_) memberships_ = std::make_unique<Memberships>();
    return *memberships_;
  }
  // The names of its channels, in the order of joining; null: none.
  std::shared_ptr<const Memberships::Names> channel_names() const {
    return memberships_ ? memberships_->names() : nullptr;
  }

  void begin() { transport_->begin(*this); }
  // After close(), nothing is sent. A client whose queue is full (ShardOptions::max_unsent_bytes, for all that the
  // gateway sends to it) is closed with 1013.
  void send(const Message& message);
  // Once, until something comes from the client.
  void ping();
  // Says why and leaves all tables at once; the transport ends when the client answers, or in 2 seconds.
  void close(const Close& close);
  // The last message that was handed over with Event::confirm waits no longer, nor do those before it.
  void confirm_events();
  void stop_reading(StopReason reason, bool stop);

  // Since when nothing has come from the client.
  Duration silence() const;
  // Ends the transport of a client that does not answer close().
  void check_close_deadline();

  Event event(Event::Kind kind) const;

  // ---- for its protocol
  // The client's message becomes an event for the application, unless it is over a limit.
  void hand_over(MessageType type, std::string_view payload);
  // The client has shown that it is there.
  void count_heartbeat();

  // ---- for its transport
  bool is_open() const { return open_; }
  bool reading_stopped() const { return stop_reasons_ != 0; }
  // Does the client's queue take `bytes` more?
  bool has_room_for(std::size_t bytes) const;
  // Bytes came from the client, or went to it beside messages.
  void on_received(std::size_t bytes);
  void on_sent(std::size_t bytes) { traffic_.bytes_out += bytes; }
  void on_message(MessageType type, std::string_view payload);
  // The client has closed, or its transport has failed or been misused: the connection leaves all tables.
  // `by_gateway`: the client did not mean to go.
  void on_end(std::uint16_t code, std::string_view reason, bool by_gateway = false);
  // The transport has ended; `lost` bytes did not leave. The last call: the connection is destroyed at the turn's end.
  void on_gone(std::uint64_t lost);

 private:
  bool is_within_limits();
  void end(const Ending& ending);

  Shard& shard_;
  const ClientProtocol& protocol_;
  std::unique_ptr<Transport> transport_;
  std::shared_ptr<const ConnectionInfo> info_;
  std::unique_ptr<Memberships> memberships_;  // null until it joins its first channel
  TimePoint last_received_;
  MessageWindow window_;
  Traffic traffic_;
  ConnectionId id_;
  std::uint8_t waiting_ = 0;           // messages handed over and not confirmed
  std::uint8_t stop_reasons_ : 2 = 0;  // a set of StopReason
  bool open_ : 1 = true;               // not detached yet
  bool pinged_ : 1 = false;            // and nothing has come since
  bool overflowed_ : 1 = false;        // its queue is full: it closes at the turn's end
};

}  // namespace laraman::gateway
