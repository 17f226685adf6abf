#include "gateway/connection.h"

#include <optional>
#include <utility>

namespace laraman::gateway {
namespace {

constexpr Duration kCloseGrace = std::chrono::seconds(2);
constexpr std::uint8_t kMessagesPerConfirmation = Connection::kMaxWaitingMessages / 2;

// When the whole gateway stops, what clients have sent is still handled.
bool is_for_stop(const Close& close) { return close.code == 1012; }

}  // namespace

Connection::Connection(Shard& shard, std::unique_ptr<Transport> transport, const ClientProtocol& protocol,
                       const ConnectionId& id, ConnectionInfo info)
    : shard_(shard),
      protocol_(protocol),
      transport_(std::move(transport)),
      info_(std::make_shared<const ConnectionInfo>(std::move(info))),
      last_received_(shard.loop().now()),
      id_(id) {}

// ---- to the client

void Connection::send(const Message& message) {
  if (!open_ || overflowed_ || message.empty()) return;
  const net::SharedBytes& bytes = transport_->encode(message, protocol_);
  if (!has_room_for(bytes.size())) {
    overflowed_ = true;             // and gets no later message either: it would not know of the gap
    shard_.close_at_turn_end(id_);  // not now: the caller may be walking through a table of ours
    shard_.counters().unsent_messages.add();
    shard_.counters().unsent_bytes.add(bytes.size());
    return;
  }
  shard_.slot().messages_sent.add();
  shard_.counters().bytes_sent.add(bytes.size());
  ++traffic_.messages_out;
  traffic_.bytes_out += bytes.size();
  transport_->write(bytes);
}

// One frame always has room, however large.
bool Connection::has_room_for(std::size_t bytes) const {
  const std::uint64_t unsent = transport_->unsent();
  return unsent == 0 || unsent + bytes <= shard_.options().max_unsent_bytes;
}

void Connection::ping() {
  if (pinged_) return;
  pinged_ = true;
  transport_->ping();
}

void Connection::close(const Close& close) {
  if (!open_) return;
  transport_->close(close);
  last_received_ = shard_.loop().now();  // from now on: since when the client owes its answer
  stop_reasons_ = 0;
  transport_->resume_reading();
  end({close.code, close.reason, !is_for_stop(close)});
}

void Connection::end(const Ending& ending) {
  open_ = false;
  shard_.detach(*this, ending);
}

void Connection::stop_reading(StopReason reason, bool stop) {
  if (!open_) return;
  stop_reasons_ = static_cast<std::uint8_t>(stop ? stop_reasons_ | reason : stop_reasons_ & ~reason) & 3U;
  if (stop_reasons_ != 0) {
    transport_->pause_reading();
  } else {
    last_received_ = shard_.loop().now();  // its silence was our doing
    transport_->resume_reading();
  }
}

Duration Connection::silence() const {
  if (stop_reasons_ != 0) return Duration::zero();
  return shard_.loop().now() - last_received_;
}

void Connection::check_close_deadline() {
  if (shard_.loop().now() - last_received_ > kCloseGrace) transport_->abort();
}

Event Connection::event(Event::Kind kind) const {
  return {.kind = kind, .received = shard_.loop().now(), .connection = id_, .info = info_, .channels = channel_names()};
}

// ---- from the client

void Connection::on_received(std::size_t bytes) {
  if (open_) last_received_ = shard_.loop().now();
  pinged_ = false;
  shard_.counters().bytes_received.add(bytes);
  traffic_.bytes_in += bytes;
}

void Connection::count_heartbeat() { shard_.counters().heartbeats.add(); }

void Connection::on_message(MessageType type, std::string_view payload) {
  if (open_) protocol_.on_message(*this, type, payload);
}

// Both bounds hold within one read: what is behind this message stays in the transport.
void Connection::hand_over(MessageType type, std::string_view payload) {
  shard_.slot().messages_received.add();
  ++traffic_.messages_in;
  if (!is_within_limits()) return;
  ++waiting_;
  // Made in its place: moving a new message costs more than making it.
  shard_.emit({.kind = Event::Kind::kMessage,
               .confirm = waiting_ % kMessagesPerConfirmation == 0,
               .received = shard_.loop().now(),
               .connection = id_,
               .info = info_,
               .channels = channel_names(),
               .message = Message(type, payload)});
  if (!open_) return;
  if (waiting_ == kMaxWaitingMessages) stop_reading(kTooManyEvents, true);
  if (shard_.reading_stopped()) {
    stop_reading(kGatewayIsFull, true);
    shard_.add_stopped(*this);
  }
}

void Connection::confirm_events() {
  waiting_ = static_cast<std::uint8_t>(waiting_ - kMessagesPerConfirmation);
  if ((stop_reasons_ & kTooManyEvents) != 0) stop_reading(kTooManyEvents, false);
}

// False if the message is to be dropped.
bool Connection::is_within_limits() {
  const std::optional<MessageRefusal> refusal = shard_.limits().check_message(window_, shard_.loop().now());
  if (!refusal) return true;
  shard_.count_dropped_message(*refusal, id_);
  if (shard_.limits().closes()) {
    close(*refusal == MessageRefusal::kWindow ? Close{1008, "too many messages"} : Close{1013, "try again later"});
  }
  return false;
}

void Connection::on_end(std::uint16_t code, std::string_view reason, bool by_gateway) {
  if (!open_) return;
  last_received_ = shard_.loop().now();
  end({code, reason, by_gateway});
}

void Connection::on_gone(std::uint64_t lost) {
  if (lost > 0) shard_.counters().lost_bytes.add(lost);
  if (open_) end({});
  shard_.destroy(*this);
}

}  // namespace laraman::gateway
