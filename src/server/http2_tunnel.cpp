#include "server/http2_tunnel.h"

#include <nghttp2/nghttp2.h>

#include <utility>

#include "server/http2_connection.h"
#include "server/port_context.h"

namespace laraman::server {

Http2Tunnel::Http2Tunnel(Http2Connection& connection, std::int32_t id, std::string early, bool peer_ended)
    : loop_(connection.port().loop()),
      connection_(&connection),
      id_(id),
      output_(loop_),
      unconsumed_(std::move(early)),
      held_(static_cast<std::uint32_t>(unconsumed_.size())),
      peer_ended_(peer_ended) {}

Http2Tunnel::~Http2Tunnel() {
  if (turn_end_wanted_) loop_.cancel_turn_end(*this);
  if (connection_ == nullptr) return;
  connection_->reset(id_, NGHTTP2_CANCEL);
  connection_->forget(*this);
}

void Http2Tunnel::set_handler(Handler& handler) {
  handler_ = &handler;
  if (unconsumed_.empty() && !peer_ended_) return;
  redeliver_ = true;
  want_turn_end();
}

void Http2Tunnel::want_turn_end() {
  if (std::exchange(turn_end_wanted_, true)) return;
  loop_.at_turn_end(*this);
}

// ---- writing

void Http2Tunnel::write(std::string_view bytes) {
  if (closed() || closing_) return;
  const std::uint64_t before = output_.size();
  output_.queue().append(bytes);
  written(before);
}

void Http2Tunnel::write(const net::SharedBytes& bytes) {
  if (closed() || closing_) return;
  const std::uint64_t before = output_.size();
  output_.queue().append(bytes);
  written(before);
}

void Http2Tunnel::written(std::uint64_t before) {
  if (before == 0) connection_->go_on(id_);
  connection_->count_waiting(output_.size() - before);
}

void Http2Tunnel::on_drained() {
  if (!closing_) handler_->on_drained();
}

// ---- reading

void Http2Tunnel::on_data(std::span<char> bytes) {
  if (closing_) {
    connection_->consume(id_, bytes.size());
    return;
  }
  if (paused_) {
    held_ += static_cast<std::uint32_t>(bytes.size());
    unconsumed_.append(bytes.data(), bytes.size());
    return;
  }
  connection_->consume(id_, bytes.size());
  if (unconsumed_.empty()) {
    deliver(bytes);
  } else {
    std::string all = std::exchange(unconsumed_, {});
    all.append(bytes.data(), bytes.size());
    deliver(all);
  }
}

void Http2Tunnel::deliver(std::span<char> bytes) {
  const std::size_t consumed = handler_->on_data(bytes);
  if (closed() || closing_) return;
  const std::span<char> rest = bytes.subspan(consumed);
  unconsumed_.assign(rest.data(), rest.size());
}

void Http2Tunnel::pause_reading() { paused_ = true; }

void Http2Tunnel::resume_reading() {
  if (!std::exchange(paused_, false) || closed()) return;
  if (const std::uint32_t held = std::exchange(held_, 0); held > 0) connection_->consume(id_, held);
  if (unconsumed_.empty() && !peer_ended_) return;
  redeliver_ = true;
  want_turn_end();
}

void Http2Tunnel::on_peer_end() {
  peer_ended_ = true;
  // Otherwise it comes behind what is still to be delivered.
  if (!redeliver_ && !closing_) handler_->on_peer_end();
}

// ---- the end

void Http2Tunnel::close() {
  if (closed()) return;
  connection_->reset(id_, NGHTTP2_CANCEL);  // RFC 8441 section 5: as a TCP connection that is reset
  connection_->forget(*this);
  connection_ = nullptr;
  want_turn_end();  // on_closed comes from there
}

void Http2Tunnel::close_when_sent() {
  if (closed() || closing_) return;
  closing_ = true;
  unconsumed_.clear();
  output_.end();
  connection_->go_on(id_);
}

void Http2Tunnel::on_stream_closed(const Error* error) {
  connection_ = nullptr;
  if (error != nullptr) error_ = std::make_unique<Error>(*error);
  want_turn_end();
}

void Http2Tunnel::on_turn_end() {
  turn_end_wanted_ = false;
  if (std::exchange(redeliver_, false) && !closed() && !paused_ && !closing_) {
    std::string all = std::exchange(unconsumed_, {});
    if (!all.empty()) deliver(all);
    if (peer_ended_ && !closed() && !paused_ && !closing_) handler_->on_peer_end();
  }
  if (!closed()) return;
  if (std::exchange(turn_end_wanted_, false)) loop_.cancel_turn_end(*this);
  handler_->on_closed(error_.get());  // may destroy *this
}

}  // namespace laraman::server
