#include "clients/websocket_transport.h"

#include <utility>

#include "websocket/frame_writer.h"

namespace laraman::clients {
namespace {

// Of pongs in a client's queue, so that pings that come together are all answered. Above it only the last is.
constexpr std::size_t kMaxPongBytes = 4096;

}  // namespace

WebSocketTransport::WebSocketTransport(WebSockets& websockets, std::unique_ptr<net::ByteStream> stream,
                                       std::string_view response, const websocket::DeflateAgreement& deflate)
    : websockets_(websockets), stream_(std::move(stream)), deflate_(deflate) {
  stream_->take_turns();
  stream_->write(response);
}

WebSocketTransport::~WebSocketTransport() {
  if (deflate_) websockets_.compression().forget(this);
}

void WebSocketTransport::begin(gateway::Connection& connection) {
  connection_ = &connection;
  stream_->set_handler(*this);
  stream_->resume_reading();
}

// ---- to the client

const net::SharedBytes& WebSocketTransport::encode(const gateway::Message& message,
                                                   const gateway::MessageEncoding& encoding) {
  const net::SharedBytes& frame = message.websocket_frame(encoding);
  return deflate_ ? websockets_.compression().compress(frame, this, deflate_) : frame;
}

void WebSocketTransport::write_control(std::string_view frame) {
  connection_->on_sent(frame.size());
  stream_->write(frame);
}

void WebSocketTransport::write_close(std::uint16_t code, std::string_view reason) {
  std::string frame;
  websocket::append_close_frame(frame, code, reason);
  write_control(frame);  // once, whatever waits
}

void WebSocketTransport::ping() {
  std::string frame;
  websocket::append_frame(frame, websocket::Opcode::kPing, {});
  if (connection_->has_room_for(frame.size())) write_control(frame);  // behind a full queue it would come too late
}

void WebSocketTransport::close(const gateway::Close& close) { write_close(close.code, close.reason); }

void WebSocketTransport::pause_reading() {
  reader_.stop();
  stream_->pause_reading();
}

// ---- bytes

std::size_t WebSocketTransport::on_data(std::span<char> bytes) {
  websocket::Inflater* const inflater = websockets_.compression().inflater(this, deflate_);
  const websocket::FrameReader::Progress progress =
      reader_.feed(bytes, websockets_.options().max_message_bytes, *this, inflater);
  connection_->on_received(progress.consumed);
  if (progress.error != 0 && !stream_->closed()) {  // a violation: say so and end, RFC 6455 section 7.1.7
    if (connection_->is_open()) {
      write_close(progress.error, progress.reason);
      stream_->close_when_sent();
      connection_->on_end(progress.error, progress.reason, true);
    } else {
      stream_->close();
    }
  }
  return progress.consumed;
}

// An end in order, without a close frame: what is queued is still for the client, which may be reading.
void WebSocketTransport::on_peer_end() {
  // What the client sent before comes first, and then its end once more.
  if (connection_->is_open() && connection_->reading_stopped()) return;
  stream_->close_when_sent();
  connection_->on_end(websocket::close_code::kAbnormal, {});
}

void WebSocketTransport::on_drained() {
  if (!pongs_ || !pongs_->waiting || !connection_->is_open()) return;
  const std::string payload = *std::exchange(pongs_->waiting, std::nullopt);
  answer_ping(payload);
}

void WebSocketTransport::on_closed(const Error*) { connection_->on_gone(stream_->unsent()); }

// ---- frames

void WebSocketTransport::on_message(bool binary, std::string_view payload) {
  connection_->on_message(binary ? gateway::MessageType::kBinary : gateway::MessageType::kText, payload);
}

void WebSocketTransport::on_ping(std::string_view payload) {
  if (!connection_->is_open()) return;
  connection_->count_heartbeat();
  if (!pongs_) pongs_ = std::make_unique<Pongs>();
  if (answer_ping(payload)) {
    pongs_->waiting.reset();
  } else {
    pongs_->waiting = payload;
  }
}

// False if the client does not read its pongs. RFC 6455 section 5.5.3: then the last one is enough.
bool WebSocketTransport::answer_ping(std::string_view payload) {
  const bool last_has_left = pongs_->end + stream_->unsent() <= connection_->traffic().bytes_out;
  if (last_has_left) pongs_->bytes = 0;
  std::string frame;
  websocket::append_frame(frame, websocket::Opcode::kPong, payload);
  if (pongs_->bytes + frame.size() > kMaxPongBytes || !connection_->has_room_for(frame.size())) return false;
  write_control(frame);
  pongs_->bytes += frame.size();
  pongs_->end = connection_->traffic().bytes_out;
  return true;
}

void WebSocketTransport::on_close(std::uint16_t code, std::string_view reason) {
  if (connection_->is_open()) {
    write_close(code == websocket::close_code::kNoStatus ? websocket::close_code::kNormal : code, reason);
    connection_->on_end(code, reason);
  }
  stream_->close_when_sent();
}

}  // namespace laraman::clients
