// WebSocketTransport: messages as RFC 6455 frames on a byte stream. WebSockets: what the WebSockets of one loop share.
//
// For the loop's thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "clients/compression.h"
#include "gateway/connection.h"
#include "gateway/transport.h"
#include "net/byte_stream.h"
#include "websocket/deflate_negotiation.h"
#include "websocket/frame_reader.h"

namespace laraman::clients {

struct WebSocketOptions {
  std::size_t max_message_bytes = 1 << 20;  // of a client's message; larger ones close with 1009
  websocket::CompressionOptions compression;
};

class WebSockets {
 public:
  explicit WebSockets(const WebSocketOptions& options) : options_(options), compression_(options.compression) {}

  const WebSocketOptions& options() const { return options_; }
  Compression& compression() { return compression_; }

 private:
  const WebSocketOptions options_;
  Compression compression_;
};

class WebSocketTransport final : public gateway::Transport,
                                 private net::ByteStream::Handler,
                                 private websocket::FrameHandler {
 public:
  // `response`, the end of the handshake, is sent first. `websockets` outlives it.
  WebSocketTransport(WebSockets& websockets, std::unique_ptr<net::ByteStream> stream, std::string_view response,
                     const websocket::DeflateAgreement& deflate = {});
  ~WebSocketTransport() override;

  // gateway::Transport
  void begin(gateway::Connection& connection) override;
  const net::SharedBytes& encode(const gateway::Message& message, const gateway::MessageEncoding& encoding) override;
  void write(const net::SharedBytes& bytes) override { stream_->write(bytes); }
  std::uint64_t unsent() const override { return stream_->unsent(); }
  void ping() override;
  void close(const gateway::Close& close) override;
  void abort() override { stream_->close(); }
  void pause_reading() override;
  void resume_reading() override { stream_->resume_reading(); }

 private:
  // The answers to a client's pings.
  struct Pongs {
    std::optional<std::string> waiting;  // a payload for which the queue has no room yet; a later one replaces it
    std::uint64_t end = 0;               // the connection's bytes_out after the last pong
    std::size_t bytes = 0;               // of pongs since none of them waited
  };

  // net::ByteStream::Handler
  std::size_t on_data(std::span<char> bytes) override;
  void on_peer_end() override;
  void on_drained() override;
  void on_closed(const Error* error) override;
  // websocket::FrameHandler
  void on_message(bool binary, std::string_view payload) override;
  void on_ping(std::string_view payload) override;
  void on_pong(std::string_view) override {}
  void on_close(std::uint16_t code, std::string_view reason) override;

  void write_control(std::string_view frame);
  void write_close(std::uint16_t code, std::string_view reason);
  bool answer_ping(std::string_view payload);

  WebSockets& websockets_;
  std::unique_ptr<net::ByteStream> stream_;
  gateway::Connection* connection_ = nullptr;  // until begin()
  std::unique_ptr<Pongs> pongs_;               // null until the client pings: browsers never do
  [[no_unique_address]] websocket::FrameReader reader_;
  const websocket::DeflateAgreement deflate_;  // in the reader's padding: millions of connections are idle
};

}  // namespace laraman::clients
