// Http2Connection: one client connection that speaks HTTP/2 (RFC 9113), over nghttp2: many requests at once, each of
// which goes the same way as one of HTTP/1.1 (Http2Stream), and WebSockets beside them (RFC 8441, Http2Tunnel).
//
// What a stream sends waits in it until the client's windows and the socket have room, and its producer is made
// to wait for that, as under HTTP/1.1. What is received counts against the stream's window until it has been taken, and
// never against that of the connection, so that no stream stops the others.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "backends/application/application.h"
#include "base/clock.h"
#include "gateway/token_bucket.h"
#include "net/event_loop.h"
#include "net/stream.h"
#include "server/http2_output.h"

namespace laraman::server {

class Http2Stream;
class Http2Tunnel;
struct PortContext;

class Http2Connection final : private net::Stream::Handler, private net::TurnEndHandler {
 public:
  // What a client begins with (section 3.4), whether TLS has agreed on "h2" or the client knows it.
  static constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  static constexpr std::uint32_t kMaxStreams = 128;        // at once, of one connection
  static constexpr std::uint32_t kStreamWindow = 1 << 16;  // bytes that a client may send ahead, of one stream
  static constexpr std::int32_t kBodyWindow = 1 << 20;     // the same while a body is being received
  static constexpr std::uint32_t kMaxResets = 500;         // a second, by the client or for its errors; then it must go

  // Takes over a connection of which nothing has been read. `origin` as HttpConnection has it.
  static std::unique_ptr<Http2Connection> open(PortContext& port, std::unique_ptr<net::Stream> stream,
                                               backends::application::RequestOrigin origin);
  ~Http2Connection();

  // Ends after the requests that have begun, or now.
  void stop();
  // Called every second or so: ends what takes too long.
  void check_deadline();

  // ---- for its streams and tunnels
  PortContext& port() { return port_; }
  const backends::application::RequestOrigin& origin() const { return origin_; }
  // The connection comes from a trusted proxy.
  bool behind_proxy() const { return behind_proxy_; }
  nghttp2_session* nghttp2() { return session_.get(); }
  // Fields and body are those of the response; on_read() asks output_of() for the body.
  void respond(std::int32_t id, std::span<const nghttp2_nv> fields, bool has_body);
  // Something is to be sent of a stream that had nothing.
  void go_on(std::int32_t id);
  void reset(std::int32_t id, std::uint32_t error);
  // Bytes of the stream have been taken: the client may send as many more.
  void consume(std::int32_t id, std::size_t bytes);
  // `stream` gives its id to `tunnel`, and ends.
  void become_tunnel(Http2Stream& stream, Http2Tunnel& tunnel);
  void forget(Http2Tunnel& tunnel);
  // A WebSocket has `bytes` more to send.
  void count_waiting(std::size_t bytes);

 private:
  struct Free {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  Http2Connection(PortContext& port, std::unique_ptr<net::Stream> stream, backends::application::RequestOrigin origin);
  void make_session();

  // net::Stream::Handler
  std::size_t on_data(std::span<char> bytes) override;
  void on_peer_end() override;
  void on_drained() override;
  void on_closed(const Error* error) override;
  // net::TurnEndHandler
  void on_turn_end() override;

  // nghttp2's callbacks
  static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* self);
  static int on_header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t flags,
                       void* self);
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* self);
  static int on_frame_sent(nghttp2_session* session, const nghttp2_frame* frame, void* self);
  static int on_body(nghttp2_session* session, std::uint8_t flags, std::int32_t id, const std::uint8_t* data,
                     std::size_t size, void* self);
  static int on_stream_close(nghttp2_session* session, std::int32_t id, std::uint32_t error, void* self);
  static ssize_t on_read(nghttp2_session* session, std::int32_t id, std::uint8_t* buffer, std::size_t size,
                         std::uint32_t* flags, nghttp2_data_source* source, void* self);

  Http2Stream* find_stream(std::int32_t id);
  Http2Tunnel* find_tunnel(std::int32_t id);
  Http2Output* output_of(std::int32_t id);
  // A stream was reset by the client, or for an error of the client's. Above kMaxResets the connection ends.
  void count_reset();
  // Frames are to be sent at the end of this turn.
  void want_to_send();
  // Sends what the socket has room for, and lets those go on whose bytes are gone.
  void send();
  void fail(std::string_view why);
  // The connection is over for all that are still there.
  void drop_streams(const Error* error);
  // Closes if nothing more is to be done.
  void close_if_done();

  PortContext& port_;
  std::unique_ptr<net::Stream> stream_;
  const backends::application::RequestOrigin origin_;
  const bool behind_proxy_;
  std::unique_ptr<nghttp2_session, Free> session_;
  absl::flat_hash_map<std::int32_t, std::unique_ptr<Http2Stream>> streams_;
  absl::flat_hash_map<std::int32_t, Http2Tunnel*> tunnels_;
  std::vector<std::int32_t> drained_;  // streams of which all is gone
  gateway::TokenBucket resets_;
  TimePoint deadline_;         // while there are no streams, or while it closes
  TimePoint send_deadline_;    // for the client to take something
  std::uint64_t unsent_ = 0;   // at the last look
  std::uint64_t waiting_ = 0;  // of the loop's waiting_bytes()
  bool turn_end_wanted_ = false;
  bool full_ = false;  // the socket: more is to be sent once it has drained
  bool stopping_ = false;
  bool terminated_ = false;  // the last GOAWAY is on its way
  bool over_limit_ = false;  // too many resets: the same, and no request is worked on
  bool closing_ = false;
};

}  // namespace laraman::server
