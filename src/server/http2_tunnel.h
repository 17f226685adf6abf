// Http2Tunnel: the bytes of a WebSocket that is one stream of an HTTP/2 connection (RFC 8441).
//
// It may outlive the Http2Connection, and is closed then.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/byte_stream.h"
#include "net/event_loop.h"
#include "server/http2_output.h"

namespace laraman::server {

class Http2Connection;

class Http2Tunnel final : public net::ByteStream, private net::TurnEndHandler {
 public:
  // `early`: what has come of it already, and counts against its window. `peer_ended`: nothing comes behind that.
  Http2Tunnel(Http2Connection& connection, std::int32_t id, std::string early, bool peer_ended);
  ~Http2Tunnel() override;

  // For the connection.
  std::int32_t id() const { return id_; }
  Http2Output& output() { return output_; }
  void on_data(std::span<char> bytes);
  void on_peer_end();
  void on_drained();
  // Nothing can be sent or comes any more, for this reason; nullptr: the client has ended in order.
  void on_stream_closed(const Error* error);

  // net::ByteStream
  void set_handler(Handler& handler) override;
  void write(std::string_view bytes) override;
  void write(const net::SharedBytes& bytes) override;
  std::uint64_t unsent() const override { return output_.size(); }
  void take_turns() override {}  // its Http2Connection does
  void pause_reading() override;
  void resume_reading() override;
  void close() override;
  void close_when_sent() override;
  bool closed() const override { return connection_ == nullptr; }

 private:
  void on_turn_end() override;
  void deliver(std::span<char> bytes);
  void written(std::uint64_t before);
  void want_turn_end();

  net::EventLoop& loop_;
  Http2Connection* connection_;  // null: it is closed
  const std::int32_t id_;
  Handler* handler_ = nullptr;
  Http2Output output_;
  std::string unconsumed_;        // what on_data left over, or came while reading was paused
  std::uint32_t held_ = 0;        // bytes of it that the client's window has not been opened for again
  std::unique_ptr<Error> error_;  // why it broke
  bool paused_ = true;            // until the handshake's end
  bool closing_ = false;          // close_when_sent() was called
  bool peer_ended_ = false;
  bool redeliver_ = false;  // give unconsumed_ to the handler at the turn's end
  bool turn_end_wanted_ = false;
};

}  // namespace laraman::server
