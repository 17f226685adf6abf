#include "server/http_connection.h"

#include <algorithm>

#include "base/log.h"
#include "base/try.h"
#include "server/forwarded.h"
#include "server/http2_connection.h"
#include "server/port_context.h"
#include "websocket/handshake.h"

namespace laraman::server {
namespace {

constexpr std::uint64_t kMaxUnsent = 256 * 1024;       // of responses; above it the next request waits for the client
constexpr Duration kLinger = std::chrono::seconds(5);  // after the last byte of a connection, for the client to read it

}  // namespace

Result<std::unique_ptr<HttpConnection>> HttpConnection::open(PortContext& port, UniqueFd socket,
                                                             backends::application::RequestOrigin origin) {
  std::unique_ptr<HttpConnection> connection(new HttpConnection(port, std::move(origin)));
  ASSIGN_OR_RETURN(connection->stream_, net::Stream::open(port.loop(), std::move(socket), *connection, port.tls));
  connection->wait_for(port.options.head_timeout);
  return connection;
}

HttpConnection::HttpConnection(PortContext& port, backends::application::RequestOrigin origin)
    : port_(port),
      origin_(std::move(origin)),
      secure_(origin_.secure),
      behind_proxy_(port.options.trusted_proxies.contain(origin_.remote_address)),
      parser_(port.options.request_limits) {}

void HttpConnection::wait_for(Duration timeout) { deadline_ = port_.loop().now() + timeout; }

void HttpConnection::stop() {
  keep_alive_ = false;
  if (state_ != State::kHead || begun_) return;
  if (stream_->unsent() > 0) {
    close_when_sent();
  } else {
    stream_->close();
  }
}

void HttpConnection::check_deadline() {
  // A response under way has no deadline as long as the client takes some of it.
  if (const std::uint64_t unsent = stream_->unsent(); unsent != unsent_) {
    unsent_ = unsent;
    wait_for(unsent == 0 && state_ == State::kClosing ? kLinger : port_.options.send_timeout);
  }
  if (port_.loop().now() < deadline_) return;
  switch (state_) {
    case State::kHead:
      if (begun_) {
        request_ = http::Request();
        respond_error(408, false);
      } else {
        stream_->close();
      }
      break;
    case State::kBody: respond_error(408, false); break;
    case State::kResponse:
      if (unsent_ == 0) break;  // the application's time is the supervisor's business
      [[fallthrough]];
    case State::kClosing: stream_->close(); break;
    case State::kHandshake: break;
  }
}

// ---- reading

std::size_t HttpConnection::on_data(std::span<char> bytes) {
  std::string_view rest(bytes.data(), bytes.size());
  while (stream_ && !stream_->closed() && !stream_->reading_paused()) {
    if (state_ == State::kHead) {
      if (rest.empty()) break;
      if (is_fresh_ && begins_http2(rest)) {
        if (rest.size() < Http2Connection::kPreface.size() && stream_->protocol() != "h2") break;  // to be seen
        port_.owner.begin_http2(std::move(stream_), origin_);
        port_.owner.forget(*this);
        return 0;  // the bytes come to the new handler
      }
      is_fresh_ = false;
      if (!begun_) wait_for(port_.options.head_timeout);
      const http::RequestParser::State parsed = parser_.feed(rest);
      begun_ = parser_.begun() || parsed == http::RequestParser::State::kComplete;
      if (parsed == http::RequestParser::State::kIncomplete) break;
      if (parsed == http::RequestParser::State::kRefused) {
        log::debug("request refused client={} status={} problem=\"{}\"", origin_.remote_address, parser_.status(),
                   parser_.problem());
        request_ = http::Request();
        respond_error(parser_.status(), false);
        break;
      }
      request_ = parser_.take();
      begin_request();
    } else if (state_ == State::kBody) {
      if (!read_body(rest)) break;
    } else {
      break;  // closing
    }
  }
  return bytes.size() - rest.size();
}

// Of a new connection: TLS has agreed on HTTP/2, or the client knows that it is spoken here.
bool HttpConnection::begins_http2(std::string_view bytes) const {
  if (stream_->protocol() == "h2") return true;
  const std::size_t size = std::min(bytes.size(), Http2Connection::kPreface.size());
  return Http2Connection::kPreface.substr(0, size) == bytes.substr(0, size);
}

void HttpConnection::begin_request() {
  port_.shard.slot().http_requests.add();
  keep_alive_ = request_.keep_alive() && !port_.stopping;
  if (behind_proxy_) origin_.secure = forwarded_secure(request_.headers()).value_or(secure_);
  if (const int refusal = port_.refusal_of(request_); refusal != 0) {
    respond_error(refusal, false);
    return;
  }
  if (websocket::asks_for_websocket(request_)) {
    begin_handshake();
    return;
  }
  body_reader_ = http::BodyReader(request_);
  state_ = State::kBody;
  if (request_.has_body()) {
    body_ = std::make_unique<RequestBody>(port_.options.spool.directory);
    if (request_.expects_continue()) stream_->write(http::kContinue);
    wait_for(port_.options.body_timeout);
  }
}

// True if the body is complete and the request on its way.
bool HttpConnection::read_body(std::string_view& bytes) {
  for (std::string_view piece = body_reader_.take(bytes); !piece.empty(); piece = body_reader_.take(bytes)) {
    if (const int refusal = port_.keep_body(*body_, piece); refusal != 0) {
      respond_error(refusal, false);
      return false;
    }
    wait_for(port_.options.body_timeout);
  }
  if (body_reader_.failed()) {
    respond_error(400, false);
    return false;
  }
  if (!body_reader_.done()) return false;
  begin_response(true);
  transaction_->begin(std::move(body_));
  if (state_ == State::kResponse) stream_->pause_reading();  // until its end
  return true;
}

void HttpConnection::on_peer_end() {
  switch (state_) {
    case State::kHead:
      if (begun_) {
        request_ = http::Request();
        respond_error(400, false);
      } else if (stream_->unsent() > 0) {
        close_when_sent();
      } else {
        stream_->close();
      }
      break;
    case State::kBody: respond_error(400, false); break;
    case State::kHandshake:
    case State::kResponse:
    case State::kClosing: stream_->close(); break;  // the client is gone; the worker gets an abort
  }
}

void HttpConnection::on_closed(const Error* error) {
  if (error != nullptr) log::debug("client lost client={} error=\"{}\"", origin_.remote_address, error->message());
  if (opening_ != nullptr) opening_->abandon();
  transaction_.reset();
  port_.owner.forget(*this);
}

void HttpConnection::on_drained() {
  unsent_ = 0;
  if (state_ == State::kHead) {
    if (!begun_) wait_for(port_.options.idle_timeout);
    stream_->resume_reading();
  } else if (transaction_) {
    transaction_->on_drained();
  }
}

// ---- handshakes

void HttpConnection::begin_handshake() {
  state_ = State::kHandshake;
  stream_->pause_reading();  // what the client sends meanwhile waits for the answer in the socket
  opening_ = &port_.owner.make_opening(*this, std::move(request_), origin_);
  opening_->begin();
}

void HttpConnection::refuse(http::Request request, const http::ResponseHead& head, std::string_view body,
                            bool keep_alive) {
  opening_ = nullptr;
  request_ = std::move(request);
  begin_response(keep_alive);
  transaction_->respond_for_application(head, body);
}

std::unique_ptr<net::ByteStream> HttpConnection::accept(const http::Request& request,
                                                        const websocket::Agreement& agreement,
                                                        const http::Headers& more, std::string& response) {
  opening_ = nullptr;
  response = websocket::switching_protocols(request, agreement, more);
  port_.owner.forget(*this);
  return std::move(stream_);
}

void HttpConnection::turn_away(const http::Request& request, const websocket::Agreement& agreement,
                               std::string_view frames) {
  opening_ = nullptr;
  stream_->write(websocket::switching_protocols(request, agreement, {}));
  stream_->write(frames);
  close_when_sent();
}

// ---- responses

void HttpConnection::respond(const http::ResponseHead& head, std::string_view body, bool keep_alive) {
  begin_response(keep_alive);
  transaction_->respond(head, body);
}

void HttpConnection::respond_error(int status, bool keep_alive) {
  const http::ErrorPage page = http::error_page(status);
  respond(page.head, page.body, keep_alive);
}

bool HttpConnection::send_head(const http::ResponseHead& head, std::optional<std::uint64_t> length) {
  http::ResponseOptions options;
  options.version = request_.version();
  options.head_request = request_.method() == "HEAD";
  options.keep_alive = keep_alive_;
  options.content_length = length;
  options.date = port_.date.now();
  std::string out;
  const http::WrittenHead written = http::append_response_head(out, head, options);
  keep_alive_ = written.keep_alive;
  framing_ = written.framing;
  body_left_ = written.content_length;
  stream_->write(out);
  return framing_ != http::BodyFraming::kNone;
}

void HttpConnection::send_body(std::string_view bytes) {
  switch (framing_) {
    case http::BodyFraming::kNone: break;
    case http::BodyFraming::kLength:
      bytes = bytes.substr(0, body_left_);
      body_left_ -= bytes.size();
      stream_->write(bytes);
      break;
    case http::BodyFraming::kChunked: {
      std::string size_line;
      http::append_chunk_header(size_line, bytes.size());
      stream_->write(size_line);
      stream_->write(bytes);
      stream_->write(http::kChunkEnd);
      break;
    }
    case http::BodyFraming::kClose: stream_->write(bytes); break;
  }
}

void HttpConnection::send_file(std::shared_ptr<const UniqueFd> file, std::uint64_t offset, std::uint64_t length) {
  body_left_ = 0;
  stream_->write_file(std::move(file), offset, length);
}

void HttpConnection::send_end() {
  drop_transaction();
  if (framing_ == http::BodyFraming::kChunked) stream_->write(http::kLastChunk);
  if (framing_ == http::BodyFraming::kLength && body_left_ > 0) {
    log_short_response(port_.loop().now(), request_.path(), body_left_);
    keep_alive_ = false;
  }
  body_.reset();
  begun_ = false;
  if (!keep_alive_ || port_.stopping) {
    close_when_sent();
    return;
  }
  state_ = State::kHead;
  wait_for(port_.options.idle_timeout);
  if (stream_->unsent() > kMaxUnsent) {
    stream_->pause_reading();  // until on_drained()
  } else {
    stream_->resume_reading();
  }
}

// `keep_alive`: the connection may go on after it.
void HttpConnection::begin_response(bool keep_alive) {
  state_ = State::kResponse;
  wait_for(port_.options.send_timeout);
  keep_alive_ = keep_alive_ && keep_alive;
  transaction_ = std::make_unique<Transaction>(port_, static_cast<Transaction::Carrier&>(*this), request_, origin_);
}

void HttpConnection::drop_transaction() {
  port_.loop().destroy_later(std::shared_ptr<Transaction>(std::move(transaction_)));
}

void HttpConnection::close_when_sent() {
  state_ = State::kClosing;
  unsent_ = stream_->unsent();
  wait_for(port_.options.send_timeout);
  stream_->close_when_sent();
}

}  // namespace laraman::server
