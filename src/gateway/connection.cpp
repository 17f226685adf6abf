#include "gateway/connection.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "websocket/frame_writer.h"

namespace laraman::gateway {
namespace {

constexpr Duration kCloseGrace = std::chrono::seconds(2);
constexpr std::uint8_t kMessagesPerConfirmation = Connection::kMostWaitingMessages / 2;
// Of pongs in a client's queue, so that pings that come together are all answered. Above it only the last is.
constexpr std::size_t kMostPongBytes = 4096;

// When the whole gateway stops, what clients have sent is still handled.
bool is_for_stop(const Close& close) { return close.code == 1012; }

}  // namespace

Connection::Connection(Shard& shard, std::unique_ptr<net::ByteStream> stream, const ConnectionId& id,
                       ConnectionInfo info, const websocket::DeflateAgreement& deflate)
    : shard_(shard),
      stream_(std::move(stream)),
      info_(std::make_shared<const ConnectionInfo>(std::move(info))),
      last_received_(shard.loop().now()),
      id_(id),
      deflate_(deflate) {}

void Connection::begin(std::string_view response) {
  stream_->take_turns();
  stream_->write(response);
  stream_->set_handler(*this);
  stream_->resume_reading();
}

void Connection::send(const OutgoingMessage& message) {
  if (!open_ || overflowed_ || message.empty()) return;
  const net::SharedBytes frame =
      deflate_ ? shard_.compression_.frame(message, *this, deflate_) : message.websocket_frame();
  if (!has_room_for(frame->size())) {
    overflowed_ = true;             // and gets no later message either: it would not know of the gap
    shard_.close_at_turn_end(id_);  // not now: the caller may be walking through a table of ours
    shard_.counters_.unsent_messages.add();
    shard_.counters_.unsent_bytes.add(frame->size());
    return;
  }
  shard_.slot_->messages_sent.add();
  shard_.counters_.bytes_sent.add(frame->size());
  ++traffic_.messages_out;
  traffic_.bytes_out += frame->size();
  stream_->write(frame);
}

// One frame always has room, however large.
bool Connection::has_room_for(std::size_t bytes) const {
  return stream_->unsent() == 0 || stream_->unsent() + bytes <= shard_.options_.most_unsent_bytes;
}

void Connection::write(std::string_view frame) {
  traffic_.bytes_out += frame.size();
  stream_->write(frame);
}

void Connection::ping() {
  if (pinged_) return;
  pinged_ = true;
  std::string frame;
  websocket::append_frame(frame, websocket::Opcode::kPing, {});
  if (has_room_for(frame.size())) write(frame);  // behind a full queue it would come too late
}

void Connection::close(const Close& close) {
  if (!open_) return;
  open_ = false;
  closed_by_gateway_ = !is_for_stop(close);
  write_close(close);
  set_close(close.code, close.reason);
  last_received_ = shard_.loop().now();  // from now on: since when the client owes its answer
  stop_reasons_ = 0;
  stream_->resume_reading();
  shard_.detach(*this);
}

void Connection::write_close(const Close& close) {
  std::string frame;
  websocket::append_close_frame(frame, close.code, close.reason);
  write(frame);  // once, whatever waits
}

void Connection::set_close(std::uint16_t code, std::string_view reason) {
  close_code_ = code;
  if (!reason.empty()) close_reason_ = std::make_unique<std::string>(reason);
}

void Connection::stop_reading(StopReason reason, bool stop) {
  if (!open_) return;
  stop_reasons_ = static_cast<std::uint8_t>(stop ? stop_reasons_ | reason : stop_reasons_ & ~reason);
  if (stop_reasons_ != 0) {
    stream_->pause_reading();
  } else {
    last_received_ = shard_.loop().now();  // its silence was our doing
    stream_->resume_reading();
  }
}

Duration Connection::silence() const {
  if (stop_reasons_ != 0) return Duration::zero();
  return shard_.loop().now() - last_received_;
}

void Connection::check_close_deadline() {
  if (shard_.loop().now() - last_received_ > kCloseGrace) stream_->close();
}

Event Connection::event(Event::Kind kind) const {
  Event event;
  event.kind = kind;
  event.received = shard_.loop().now();
  event.connection = id_;
  event.info = info_;
  event.channels = channel_names();
  if (kind == Event::Kind::kClose) {
    event.close_code = close_code_;
    event.by_gateway = closed_by_gateway_;
    if (close_reason_) event.data = *close_reason_;
  }
  return event;
}

// ---- bytes

std::size_t Connection::on_data(std::span<char> bytes) {
  if (open_) last_received_ = shard_.loop().now();
  pinged_ = false;
  websocket::Inflater* const inflater = shard_.compression_.inflater(*this, deflate_);
  const websocket::FrameReader::Progress progress =
      reader_.feed(bytes, shard_.options_.most_message_bytes, *this, inflater);
  shard_.counters_.bytes_received.add(progress.consumed);
  traffic_.bytes_in += progress.consumed;
  if (progress.error != 0 && !stream_->closed()) {  // a violation: say so and end, RFC 6455 section 7.1.7
    const Close close{progress.error, std::string(progress.reason)};
    if (open_) {
      open_ = false;
      closed_by_gateway_ = true;
      write_close(close);
      set_close(close.code, close.reason);
      stream_->close_when_sent();
      shard_.detach(*this);
    } else {
      stream_->close();
    }
  }
  return progress.consumed;
}

// An end in order, without a close frame: what is queued is still for the client, who may be reading.
void Connection::on_peer_end() {
  if (open_ && stop_reasons_ != 0) return;  // what the client sent before comes first, and then its end once more
  stream_->close_when_sent();
  if (!open_) return;
  open_ = false;
  last_received_ = shard_.loop().now();
  shard_.detach(*this);
}

void Connection::on_drained() {
  if (!waiting_pong_ || !open_) return;
  const std::unique_ptr<std::string> payload = std::move(waiting_pong_);
  answer_ping(*payload);
}

void Connection::on_closed(const Error*) {
  if (const std::uint64_t lost = stream_->unsent(); lost > 0) shard_.counters_.lost_bytes.add(lost);
  if (open_) {
    open_ = false;
    shard_.detach(*this);
  }
  shard_.destroy(*this);
}

// ---- frames

void Connection::on_message(bool binary, std::string_view payload) {
  if (!open_) return;
  if (!payload.empty() && payload == shard_.options_.heartbeat_message) {
    shard_.counters_.heartbeats.add();
    return;
  }
  shard_.slot_->messages_received.add();
  ++traffic_.messages_in;
  if (is_within_limits()) hand_over(binary, payload);
}

// Both bounds hold within one read: what is behind this message stays in the stream.
void Connection::hand_over(bool binary, std::string_view payload) {
  Event message = event(Event::Kind::kMessage);
  message.binary = binary;
  message.data = payload;
  ++waiting_;
  message.confirm = waiting_ % kMessagesPerConfirmation == 0;
  shard_.emit(std::move(message));
  if (!open_) return;
  if (waiting_ == kMostWaitingMessages) stop_reading(kTooManyEvents, true);
  if (shard_.reading_stopped_) {
    stop_reading(kGatewayIsFull, true);
    shard_.stopped_.insert(this);
  }
  if (stop_reasons_ != 0) reader_.stop();
}

void Connection::confirm_events() {
  waiting_ = static_cast<std::uint8_t>(waiting_ - kMessagesPerConfirmation);
  if ((stop_reasons_ & kTooManyEvents) != 0) stop_reading(kTooManyEvents, false);
}

// False if the message is to be dropped.
bool Connection::is_within_limits() {
  const std::optional<MessageRefusal> refusal = shard_.limits_.check_message(window_, shard_.loop().now());
  if (!refusal) return true;
  const bool by_window = *refusal == MessageRefusal::kWindow;
  const auto reason = static_cast<std::size_t>(*refusal);
  shard_.counters_.messages_dropped[reason].add();
  if (!std::exchange(shard_.message_refusal_logged_[reason], true)) {
    log::warning("message of a client dropped reason=\"{}\" connection={}",
                 by_window ? "too many in its window" : "too many a second of all clients", id_.hex());
  }
  if (shard_.limits_.closes()) close(by_window ? Close{1008, "too many messages"} : Close{1013, "try again later"});
  return false;
}

void Connection::on_ping(std::string_view payload) {
  if (!open_) return;
  shard_.counters_.heartbeats.add();
  if (answer_ping(payload)) {
    waiting_pong_.reset();
  } else {
    waiting_pong_ = std::make_unique<std::string>(payload);
  }
}

// False if the client does not read its pongs. RFC 6455 section 5.5.3: then the last one is enough.
bool Connection::answer_ping(std::string_view payload) {
  const bool last_has_left = pong_end_ + stream_->unsent() <= traffic_.bytes_out;
  if (last_has_left) pong_bytes_ = 0;
  std::string frame;
  websocket::append_frame(frame, websocket::Opcode::kPong, payload);
  if (pong_bytes_ + frame.size() > kMostPongBytes || !has_room_for(frame.size())) return false;
  write(frame);
  pong_bytes_ = static_cast<std::uint16_t>(pong_bytes_ + frame.size());
  pong_end_ = traffic_.bytes_out;
  return true;
}

void Connection::on_pong(std::string_view) {}

void Connection::on_close(std::uint16_t code, std::string_view reason) {
  if (open_) {
    open_ = false;
    write_close({code == 1005 ? std::uint16_t{1000} : code, std::string(reason)});
    set_close(code, reason);
    shard_.detach(*this);
  }
  stream_->close_when_sent();
}

}  // namespace laraman::gateway
