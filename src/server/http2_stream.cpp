#include "server/http2_stream.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"
#include "http/request_parser.h"
#include "http/syntax.h"
#include "server/forwarded.h"
#include "server/http2_connection.h"
#include "server/http2_tunnel.h"
#include "server/port_context.h"
#include "websocket/handshake.h"

namespace laraman::server {
namespace {

constexpr std::size_t kFieldOverhead = 32;  // RFC 9113 section 6.5.2

// nghttp2 copies both, and does not write to them.
nghttp2_nv make_field(std::string_view name, std::string_view value) {
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NONE};
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), http::to_lower);
  return result;
}

}  // namespace

Http2Stream::Http2Stream(Http2Connection& connection, std::int32_t id)
    : connection_(connection), id_(id), origin_(connection.origin()), output_(connection.port().loop()) {
  wait_for(connection_.port().options.head_timeout);
}

Http2Stream::~Http2Stream() {
  if (opening_ != nullptr) opening_->abandon();
}

void Http2Stream::wait_for(Duration timeout) { deadline_ = connection_.port().loop().now() + timeout; }

// ---- the request

void Http2Stream::add_field(std::string_view name, std::string_view value) {
  const std::size_t size = method_.size() + target_.size() + protocol_.size() + authority_.size() + lines_.size();
  too_large_ =
      too_large_ || size + name.size() + value.size() + kFieldOverhead > connection_.port().options.request_limits.head;
  if (too_large_) return;
  if (name == ":method") {
    method_ = value;
  } else if (name == ":path") {
    target_ = value;
  } else if (name == ":protocol") {
    protocol_ = value;
  } else if (name == ":authority") {
    authority_ = value;
  } else if (name == "host" && !authority_.empty() && http::equals_ignoring_case(value, authority_)) {
    return;  // RFC 9113 section 8.3.1: where they are not the same, the request has two hosts and is refused
  } else if (!name.starts_with(':')) {
    lines_.append(name).append(": ").append(value).append("\r\n");
  }
}

void Http2Stream::begin(bool body_follows) {
  PortContext& port = connection_.port();
  port.shard.slot().http_requests.add();
  request_ended_ = !body_follows;
  const bool asks_for_websocket = method_ == "CONNECT" && protocol_ == "websocket";
  if (asks_for_websocket) method_ = "GET";  // RFC 8441 section 5: it stands for that
  if (!read_head(body_follows && !asks_for_websocket)) return;
  if (connection_.behind_proxy()) origin_.secure = forwarded_secure(request_.headers()).value_or(origin_.secure);
  if (const int refusal = port.refusal_of(request_); refusal != 0) return respond(refusal);
  if (asks_for_websocket) return begin_handshake();
  if (!body_follows) return answer();
  body_ = std::make_unique<RequestBody>(port.options.spool.directory);
  wait_for(port.options.body_timeout);
  nghttp2_session_set_local_window_size(connection_.nghttp2(), NGHTTP2_FLAG_NONE, id_, Http2Connection::kBodyWindow);
  if (request_.expects_continue()) {
    const nghttp2_nv status = make_field(":status", "100");
    nghttp2_submit_headers(connection_.nghttp2(), NGHTTP2_FLAG_NONE, id_, nullptr, &status, 1, nullptr);
  }
}

// The head is checked as one of HTTP/1.1 is, by the same code: nghttp2 has made sure that no field holds a line break,
// nor is one about the connection. False: it is answered already.
bool Http2Stream::read_head(bool body_follows) {
  if (too_large_) {
    respond(431);
    return false;
  }
  if (target_.empty() || method_ == "CONNECT") {  // it would make a proxy of the server
    respond(501);
    return false;
  }
  std::string text = method_ + " " + target_ + " HTTP/1.1\r\n";
  if (!authority_.empty()) text.append("host: ").append(authority_).append("\r\n");
  text.append(lines_);
  const bool has_length = text.find("\r\ncontent-length:") != text.npos;
  if (body_follows && !has_length) text.append("transfer-encoding: chunked\r\n");
  text.append("\r\n");
  http::RequestParser parser(connection_.port().options.request_limits);
  std::string_view rest = text;
  if (parser.feed(rest) != http::RequestParser::State::kComplete || !rest.empty()) {
    log::debug("request refused client={} status={} problem=\"{}\"", origin_.remote_address, parser.status(),
               parser.problem());
    respond(parser.status() != 0 ? parser.status() : 400);
    return false;
  }
  request_ = parser.take();
  request_.set_version(http::Version::kHttp2);
  method_ = target_ = protocol_ = authority_ = lines_ = std::string();
  return true;
}

void Http2Stream::add_body(std::string_view bytes) {
  if (opening_ != nullptr) {
    early_.append(bytes);  // bounded by the stream's window, which stays shut until the answer
    return;
  }
  if (!body_) return;  // it is answered already: the rest of it is not asked for
  connection_.consume(id_, bytes.size());
  if (const int refusal = connection_.port().keep_body(*body_, bytes); refusal != 0) return respond(refusal);
  wait_for(connection_.port().options.body_timeout);
}

void Http2Stream::end_body() {
  request_ended_ = true;
  if (body_) answer();
}

void Http2Stream::answer() { open_transaction().begin(std::move(body_)); }

void Http2Stream::respond(int status) {
  body_.reset();
  open_transaction().respond_error(status);
}

Transaction& Http2Stream::open_transaction() {
  wait_for(connection_.port().options.send_timeout);
  transaction_ =
      std::make_unique<Transaction>(connection_.port(), static_cast<Transaction::Carrier&>(*this), request_, origin_);
  return *transaction_;
}

void Http2Stream::on_drained() {
  if (transaction_) transaction_->on_drained();
}

bool Http2Stream::check_deadline() {
  if (output_.size() != unsent_seen_) {
    unsent_seen_ = output_.size();
    wait_for(connection_.port().options.send_timeout);
  }
  if (connection_.port().loop().now() < deadline_ || opening_ != nullptr) return true;
  if (transaction_) return output_.size() == 0;  // the application's time is the supervisor's business
  if (!body_) return false;                      // its head is not complete: the connection cannot go on
  respond(408);
  return true;
}

// ---- handshakes

void Http2Stream::begin_handshake() {
  opening_ = &connection_.port().owner.make_opening(*this, std::move(request_), origin_);
  opening_->begin();
}

void Http2Stream::refuse(http::Request request, const http::ResponseHead& head, std::string_view body, bool) {
  opening_ = nullptr;
  request_ = std::move(request);
  open_transaction().respond_for_application(head, body);
}

std::unique_ptr<net::ByteStream> Http2Stream::accept(const http::Request&, const websocket::Agreement& agreement,
                                                     const http::Headers& more, std::string&) {
  opening_ = nullptr;
  auto tunnel = std::make_unique<Http2Tunnel>(connection_, id_, std::move(early_), request_ended_);
  submit_head(websocket::accepting_head(agreement, more), std::nullopt, true);
  connection_.become_tunnel(*this, *tunnel);
  return tunnel;
}

void Http2Stream::turn_away(const http::Request&, const websocket::Agreement& agreement, std::string_view frames) {
  opening_ = nullptr;
  wait_for(connection_.port().options.send_timeout);
  has_body_ = true;
  submit_head(websocket::accepting_head(agreement, {}), std::nullopt, true);
  send_body(frames);
  send_end();
}

// ---- the response

bool Http2Stream::send_head(const http::ResponseHead& head, std::optional<std::uint64_t> length) {
  const bool no_body = http::never_has_body(head.status);
  has_body_ = !no_body && request_.method() != "HEAD";
  if (!length) {
    if (const auto own = head.headers.get("content-length")) length = http::parse_decimal(*own);
  }
  if (has_body_) promised_ = length;
  if (length == std::uint64_t{0}) has_body_ = false;
  submit_head(head, no_body ? std::nullopt : length, has_body_);
  return has_body_;
}

void Http2Stream::submit_head(const http::ResponseHead& head, std::optional<std::uint64_t> length, bool has_body) {
  std::vector<std::string> names;
  names.reserve(head.headers.size());  // the fields point into it
  std::vector<nghttp2_nv> fields;
  fields.reserve(head.headers.size() + 3);
  const std::string status = std::to_string(head.status);
  const std::string length_text = std::to_string(length.value_or(0));
  fields.push_back(make_field(":status", status));
  bool has_date = false;
  for (const http::Headers::Field field : head.headers) {
    const std::string& name = names.emplace_back(lower(field.name));
    if (http::is_of_connection(name) || name == "upgrade") continue;
    has_date = has_date || name == "date";
    fields.push_back(make_field(name, field.value));
  }
  if (!has_date) fields.push_back(make_field("date", connection_.port().date.now()));
  if (length) fields.push_back(make_field("content-length", length_text));
  connection_.respond(id_, fields, has_body);
}

void Http2Stream::send_body(std::string_view bytes) {
  if (!has_body_) return;
  if (promised_) {
    bytes = bytes.substr(0, *promised_);
    *promised_ -= bytes.size();
  }
  if (bytes.empty()) return;
  output_.queue().append(bytes);
  go_on();
}

void Http2Stream::send_file(std::shared_ptr<const UniqueFd> file, std::uint64_t offset, std::uint64_t length) {
  promised_.reset();
  if (length == 0) return;
  output_.queue().append_file(std::move(file), offset, length);
  go_on();
}

void Http2Stream::send_end() {
  if (promised_.value_or(0) > 0) {
    log_short_response(connection_.port().loop().now(), request_.path(), *promised_);
    send_failure();
    return;
  }
  output_.end();
  if (has_body_) go_on();
}

void Http2Stream::send_failure() { connection_.reset(id_, NGHTTP2_INTERNAL_ERROR); }

void Http2Stream::go_on() { connection_.go_on(id_); }

}  // namespace laraman::server
