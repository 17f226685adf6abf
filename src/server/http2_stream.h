// Http2Stream: one request of an HTTP/2 connection and its response, or its way to become a WebSocket.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backends/application/application.h"
#include "base/clock.h"
#include "http/request.h"
#include "server/http2_output.h"
#include "server/request_body.h"
#include "server/transaction.h"
#include "server/websocket_opening.h"

namespace laraman::server {

class Http2Connection;

class Http2Stream final : private Transaction::Carrier, private WebSocketOpening::Carrier {
 public:
  // `connection` outlives it.
  Http2Stream(Http2Connection& connection, std::int32_t id);
  ~Http2Stream();

  std::int32_t id() const { return id_; }

  // The head, field by field, pseudo-header fields first; then begin().
  void add_field(std::string_view name, std::string_view value);
  void begin(bool body_follows);
  void add_body(std::string_view bytes);
  void end_body();

  // The client has sent all of its request.
  bool request_ended() const { return request_ended_; }
  Http2Output& output() { return output_; }
  // All that was written has left.
  void on_drained();
  // False if it has taken too long: it is to be given up.
  bool check_deadline();

 private:
  // Transaction::Carrier
  bool send_head(const http::ResponseHead& head, std::optional<std::uint64_t> length) override;
  void send_body(std::string_view bytes) override;
  void send_file(std::shared_ptr<const UniqueFd> file, std::uint64_t offset, std::uint64_t length) override;
  void send_end() override;
  void send_failure() override;
  std::uint64_t unsent() const override { return output_.size(); }
  // WebSocketOpening::Carrier
  void refuse(http::Request request, const http::ResponseHead& head, std::string_view body, bool keep_alive) override;
  std::unique_ptr<net::ByteStream> accept(const http::Request& request, const websocket::Agreement& agreement,
                                          const http::Headers& more, std::string& response) override;
  void turn_away(const http::Request& request, const websocket::Agreement& agreement, std::string_view frames) override;

  bool read_head(bool body_follows);
  void begin_handshake();
  void answer();
  Transaction& open_transaction();
  void respond(int status);
  void submit_head(const http::ResponseHead& head, std::optional<std::uint64_t> length, bool has_body);
  void go_on();
  void wait_for(Duration timeout);

  Http2Connection& connection_;
  const std::int32_t id_;

  // The head while it comes, as HTTP/1.1 would have it.
  std::string method_;
  std::string target_;
  std::string protocol_;  // RFC 8441: of an extended CONNECT
  std::string authority_;
  std::string lines_;
  bool too_large_ = false;

  backends::application::RequestOrigin origin_;
  http::Request request_;
  std::unique_ptr<RequestBody> body_;
  bool request_ended_ = false;
  WebSocketOpening* opening_ = nullptr;  // while a handshake is under way
  std::string early_;                    // what the client sends before it is accepted
  std::unique_ptr<Transaction> transaction_;

  Http2Output output_;
  std::optional<std::uint64_t> promised_;  // of the body, by Content-Length: not yet written
  bool has_body_ = false;                  // the response
  TimePoint deadline_;
  std::uint64_t unsent_seen_ = 0;
};

}  // namespace laraman::server
