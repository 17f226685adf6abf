// Connection: one client's WebSocket at the gateway: frames in, events out; messages in, frames out.
//
// Belongs to a shard and its loop's thread. Its user, session, channels and meta are its ConnectionInfo.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/channel.h"
#include "gateway/event.h"
#include "gateway/message.h"
#include "gateway/message_window.h"
#include "gateway/shard.h"
#include "gateway/traffic.h"
#include "net/byte_stream.h"
#include "websocket/deflate_negotiation.h"
#include "websocket/frame_reader.h"

namespace laraman::gateway {

class Connection final : private net::ByteStream::Handler, private websocket::FrameHandler {
 public:
  // Why a client is not read from; it is read from again when no reason is left.
  enum StopReason : std::uint8_t { kGatewayIsFull = 1, kTooManyEvents = 2 };
  // Messages that may wait for a business; above it, the client is not read from.
  static constexpr std::uint8_t kMostWaitingMessages = 128;

  Connection(Shard& shard, std::unique_ptr<net::ByteStream> stream, const ConnectionId& id, ConnectionInfo info,
             const websocket::DeflateAgreement& deflate);

  const ConnectionId& id() const { return id_; }
  const Traffic& traffic() const { return traffic_; }
  std::uint64_t unsent() const { return stream_->unsent(); }
  const ConnectionInfo& info() const { return *info_; }
  const std::shared_ptr<const ConnectionInfo>& shared_info() const { return info_; }
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
  void set_info(ConnectionInfo info) { info_ = std::make_shared<const ConnectionInfo>(std::move(info)); }

  // Sends the handshake's answer and begins to read.
  void begin(std::string_view response);
  // After close(), nothing is sent. A client whose queue is full (ShardOptions::most_unsent_bytes, for all that the
  // gateway sends to it) is closed with 1013.
  void send(const OutgoingMessage& message);
  // Once, until something comes from the client.
  void ping();
  // Sends the close frame and leaves all tables at once; the socket closes when the client answers, or in 2 seconds.
  void close(const Close& close);
  // The last message that was handed over with Event::confirm waits no longer, nor do those before it.
  void confirm_events();
  void stop_reading(StopReason reason, bool stop);

  // Since when nothing has come from the client.
  Duration silence() const;
  // Ends the socket of a client that does not answer a close frame.
  void check_close_deadline();

  Event event(Event::Kind kind) const;

 private:
  // net::ByteStream::Handler
  std::size_t on_data(std::span<char> bytes) override;
  void on_peer_end() override;
  void on_drained() override;
  void on_closed(const Error* error) override;
  // websocket::FrameHandler
  void on_message(bool binary, std::string_view payload) override;
  void on_ping(std::string_view payload) override;
  void on_pong(std::string_view payload) override;
  void on_close(std::uint16_t code, std::string_view reason) override;

  bool is_within_limits();
  void hand_over(bool binary, std::string_view payload);
  bool has_room_for(std::size_t bytes) const;
  void write(std::string_view frame);
  bool answer_ping(std::string_view payload);
  void write_close(const Close& close);
  void set_close(std::uint16_t code, std::string_view reason);

  Shard& shard_;
  std::unique_ptr<net::ByteStream> stream_;
  std::shared_ptr<const ConnectionInfo> info_;
  std::unique_ptr<Memberships> memberships_;  // null until it joins its first channel
  websocket::FrameReader reader_;
  TimePoint last_received_;
  std::unique_ptr<std::string> close_reason_;  // of the close event
  std::unique_ptr<std::string> waiting_pong_;  // payload for which the queue has no room yet; a later one replaces it
  MessageWindow window_;
  Traffic traffic_;
  std::uint64_t pong_end_ = 0;  // traffic_.bytes_out after the last pong
  ConnectionId id_;
  std::uint16_t close_code_ = 1006;
  std::uint8_t waiting_ = 0;  // messages handed over and not confirmed
  const websocket::DeflateAgreement deflate_;
  std::uint16_t pong_bytes_ = 0;  // of pongs since none of them waited
  std::uint8_t stop_reasons_ = 0;
  bool open_ : 1 = true;         // not detached yet
  bool pinged_ : 1 = false;      // and nothing has come since
  bool overflowed_ : 1 = false;  // its queue is full: it closes at the turn's end
  bool closed_by_gateway_ : 1 = false;
};

}  // namespace laraman::gateway
