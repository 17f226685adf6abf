// HttpConnection: one client connection as long as it speaks HTTP/1: requests in, responses out, one after the other.
// It ends with a request that becomes a WebSocket connection, and at once where the client turns out to speak HTTP/2.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "backends/application/application.h"
#include "http/body_reader.h"
#include "http/request.h"
#include "http/request_parser.h"
#include "http/response.h"
#include "net/stream.h"
#include "server/request_body.h"
#include "server/transaction.h"
#include "server/websocket_opening.h"

namespace laraman::server {

struct PortContext;

class HttpConnection final : private net::Stream::Handler,
                             private Transaction::Carrier,
                             private WebSocketOpening::Carrier {
 public:
  // `origin`: of the connection; secure if the client spoke TLS, with us or with a proxy that said so.
  static Result<std::unique_ptr<HttpConnection>> open(PortContext& port, UniqueFd socket,
                                                      backends::application::RequestOrigin origin);

  // Ends after the request that has begun, or now.
  void stop();
  // Called every second or so: ends what takes too long.
  void check_deadline();

 private:
  enum class State : std::uint8_t {
    kHead,       // waits for a request, or reads its head
    kBody,       // reads its body
    kResponse,   // a worker has the request, or its response is being sent
    kHandshake,  // the application is asked about a WebSocket
    kClosing,    // the last response is being sent
  };

  HttpConnection(PortContext& port, backends::application::RequestOrigin origin);

  // net::Stream::Handler
  std::size_t on_data(std::span<char> bytes) override;
  void on_peer_end() override;
  void on_drained() override;
  void on_closed(const Error* error) override;
  // Transaction::Carrier
  bool send_head(const http::ResponseHead& head, std::optional<std::uint64_t> length) override;
  void send_body(std::string_view bytes) override;
  void send_file(std::shared_ptr<const UniqueFd> file, std::uint64_t offset, std::uint64_t length) override;
  void send_end() override;
  void send_failure() override { close_when_sent(); }
  std::uint64_t unsent() const override { return stream_->unsent(); }
  // WebSocketOpening::Carrier
  void refuse(http::Request request, const http::ResponseHead& head, std::string_view body, bool keep_alive) override;
  std::unique_ptr<net::ByteStream> accept(const http::Request& request, const websocket::Agreement& agreement,
                                          const http::Headers& more, std::string& response) override;
  void turn_away(const http::Request& request, const websocket::Agreement& agreement, std::string_view frames) override;

  bool begins_http2(std::string_view bytes) const;
  void begin_request();
  bool read_body(std::string_view& bytes);
  void begin_handshake();

  // A whole response; the connection goes on after it if `keep_alive` and the client allow.
  void respond(const http::ResponseHead& head, std::string_view body, bool keep_alive = true);
  void respond_error(int status, bool keep_alive);
  void begin_response(bool keep_alive);
  // Forgets the transaction, which may be at work: it ends with the turn.
  void drop_transaction();
  void close_when_sent();
  void wait_for(Duration timeout);

  PortContext& port_;
  std::unique_ptr<net::Stream> stream_;
  backends::application::RequestOrigin origin_;
  const bool secure_;        // the connection itself
  const bool behind_proxy_;  // a trusted one: its X-Forwarded-* count
  State state_ = State::kHead;
  bool is_fresh_ = true;     // nothing has been read yet
  bool begun_ = false;       // bytes of the present request have come
  bool keep_alive_ = false;  // after the present response
  TimePoint deadline_;
  std::uint64_t unsent_ = 0;  // at the last look, to see whether the client takes anything

  http::RequestParser parser_;
  http::Request request_;
  http::BodyReader body_reader_;
  std::unique_ptr<RequestBody> body_;
  std::unique_ptr<Transaction> transaction_;  // of the present request, once it is whole or refused
  http::BodyFraming framing_ = http::BodyFraming::kNone;
  std::uint64_t body_left_ = 0;          // with BodyFraming::kLength
  WebSocketOpening* opening_ = nullptr;  // while a handshake is under way
};

}  // namespace laraman::server
