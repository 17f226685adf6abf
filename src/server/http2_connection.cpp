#include "server/http2_connection.h"

#include <array>
#include <utility>

#include "base/log.h"
#include "server/http2_stream.h"
#include "server/http2_tunnel.h"
#include "server/port_context.h"

namespace laraman::server {
namespace {

constexpr std::uint64_t kMaxUnsent = 256 * 1024;  // in the socket's queue; the rest waits in the streams
// Control frames and heads of responses that wait behind a full socket; nghttp2 allows as many acknowledgements.
constexpr std::size_t kMaxQueuedFrames = 1000;
constexpr std::int32_t kConnectionWindow = 8 << 20;
constexpr Duration kLinger = std::chrono::seconds(5);

Http2Connection& connection_of(void* self) { return *static_cast<Http2Connection*>(self); }

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

bool begins_request(const nghttp2_frame& frame) {
  return frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST;
}

bool ends_stream(const nghttp2_frame& frame) {
  return (frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS) &&
         (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

// Of a reset by the server. The others are for a response that breaks off, and after one that is complete before its
// request is.
bool is_clients_fault(std::uint32_t error) { return error != NGHTTP2_INTERNAL_ERROR && error != NGHTTP2_NO_ERROR; }

}  // namespace

std::unique_ptr<Http2Connection> Http2Connection::open(PortContext& port, std::unique_ptr<net::Stream> stream,
                                                       backends::application::RequestOrigin origin) {
  std::unique_ptr<Http2Connection> connection(new Http2Connection(port, std::move(stream), std::move(origin)));
  connection->stream_->set_handler(*connection);
  connection->want_to_send();
  return connection;
}

Http2Connection::Http2Connection(PortContext& port, std::unique_ptr<net::Stream> stream,
                                 backends::application::RequestOrigin origin)
    : port_(port),
      stream_(std::move(stream)),
      origin_(std::move(origin)),
      behind_proxy_(port.options.trusted_proxies.contain(origin_.remote_address)),
      resets_(kMaxResets),
      deadline_(port.loop().now() + port.options.head_timeout),
      send_deadline_(port.loop().now() + port.options.send_timeout) {
  make_session();
}

void Http2Connection::make_session() {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &Http2Connection::on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &Http2Connection::on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Http2Connection::on_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, &Http2Connection::on_frame_sent);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Http2Connection::on_body);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Http2Connection::on_stream_close);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_session* session = nullptr;
  nghttp2_session_server_new2(&session, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  session_.reset(session);
  const std::array<nghttp2_settings_entry, 4> settings = {
      {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMaxStreams},
       {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(port_.options.request_limits.head)},
       {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1}}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

Http2Connection::~Http2Connection() {
  if (turn_end_wanted_) port_.loop().cancel_turn_end(*this);
  port_.loop().change_waiting_bytes(-static_cast<std::int64_t>(waiting_));
  drop_streams(nullptr);
}

Http2Stream* Http2Connection::find_stream(std::int32_t id) {
  const auto it = streams_.find(id);
  return it == streams_.end() ? nullptr : it->second.get();
}

Http2Tunnel* Http2Connection::find_tunnel(std::int32_t id) {
  const auto it = tunnels_.find(id);
  return it == tunnels_.end() ? nullptr : it->second;
}

Http2Output* Http2Connection::output_of(std::int32_t id) {
  if (Http2Stream* stream = find_stream(id)) return &stream->output();
  if (Http2Tunnel* tunnel = find_tunnel(id)) return &tunnel->output();
  return nullptr;
}

// ---- the connection

std::size_t Http2Connection::on_data(std::span<char> bytes) {
  if (closing_) return bytes.size();
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const ssize_t read = nghttp2_session_mem_recv(session_.get(), data, bytes.size());
  if (read < 0) {
    fail(nghttp2_strerror(static_cast<int>(read)));
  } else {
    if (over_limit_) drop_streams(nullptr);
    send();
    if (!closing_ && nghttp2_session_get_outbound_queue_size(session_.get()) > kMaxQueuedFrames) {
      fail("the client does not read what it causes");
    }
  }
  return bytes.size();
}

void Http2Connection::on_peer_end() { stream_->close(); }

void Http2Connection::on_drained() {
  if (full_) want_to_send();
}

void Http2Connection::on_closed(const Error* error) {
  if (error != nullptr) log::debug("client lost client={} error=\"{}\"", origin_.remote_address, error->message());
  drop_streams(error);
  port_.owner.forget(*this);
}

void Http2Connection::drop_streams(const Error* error) {
  streams_.clear();
  for (const auto& [id, tunnel] : std::exchange(tunnels_, {})) tunnel->on_stream_closed(error);
}

void Http2Connection::on_turn_end() {
  turn_end_wanted_ = false;
  port_.loop().change_waiting_bytes(-static_cast<std::int64_t>(std::exchange(waiting_, 0)));
  send();
  stream_->flush();
}

// With WebSockets among its streams, a connection takes turns with all others that have some.
void Http2Connection::want_to_send() {
  if (turn_end_wanted_ || closing_) return;
  turn_end_wanted_ = true;
  if (tunnels_.empty()) {
    port_.loop().at_turn_end(*this);
  } else {
    port_.loop().in_turn(*this);
  }
}

void Http2Connection::count_waiting(std::size_t bytes) {
  if (!turn_end_wanted_) return;  // it waits for the client, not for its turn
  waiting_ += bytes;
  port_.loop().change_waiting_bytes(static_cast<std::int64_t>(bytes));
}

void Http2Connection::send() {
  if (closing_ || stream_->closed()) return;
  for (;;) {
    full_ = stream_->unsent() >= kMaxUnsent;
    while (!full_) {
      const std::uint8_t* data = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
      if (size < 0) {
        fail(nghttp2_strerror(static_cast<int>(size)));
        return;
      }
      if (size == 0) break;
      stream_->write(view(data, static_cast<std::size_t>(size)));
      full_ = stream_->unsent() >= kMaxUnsent;
    }
    if (over_limit_) drop_streams(nullptr);
    if (drained_.empty()) break;
    for (const std::int32_t id : std::exchange(drained_, {})) {
      if (Http2Stream* stream = find_stream(id)) stream->on_drained();
      if (Http2Tunnel* tunnel = find_tunnel(id)) tunnel->on_drained();
    }
  }
  close_if_done();
}

void Http2Connection::fail(std::string_view why) {
  log::debug("http2 connection closed client={} reason=\"{}\"", origin_.remote_address, why);
  closing_ = true;
  stream_->close();
}

void Http2Connection::close_if_done() {
  if (nghttp2_session_want_write(session_.get()) != 0) return;
  const bool idle = streams_.empty() && tunnels_.empty();
  if (nghttp2_session_want_read(session_.get()) != 0 && !(stopping_ && idle)) return;
  closing_ = true;
  drop_streams(nullptr);
  unsent_ = stream_->unsent();
  deadline_ = port_.loop().now() + kLinger;
  stream_->close_when_sent();
}

void Http2Connection::stop() {
  if (std::exchange(stopping_, true)) return;
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_.get()),
                        NGHTTP2_NO_ERROR, nullptr, 0);
  want_to_send();
}

void Http2Connection::check_deadline() {
  if (stream_->closed()) return;
  const TimePoint now = port_.loop().now();
  const std::uint64_t unsent = stream_->unsent();
  const bool takes_some = unsent != std::exchange(unsent_, unsent);
  if (closing_) {
    if (takes_some) deadline_ = now + kLinger;
    if (now >= deadline_) stream_->close();
    return;
  }
  // Who takes nothing of what stands in the socket's queue would not even hear that its streams are given up.
  if (takes_some || unsent == 0) send_deadline_ = now + port_.options.send_timeout;
  if (now >= send_deadline_) return stream_->close();
  for (const auto& [id, stream] : streams_) {
    if (!stream->check_deadline()) reset(id, NGHTTP2_CANCEL);
  }
  if (!streams_.empty() || !tunnels_.empty()) {
    deadline_ = now + port_.options.idle_timeout;
  } else if (now >= deadline_ && std::exchange(terminated_, true)) {
    stream_->close();  // it does not even take its farewell
  } else if (now >= deadline_) {
    deadline_ = now + kLinger;
    nghttp2_session_terminate_session(session_.get(), NGHTTP2_NO_ERROR);
    want_to_send();
  }
}

// ---- for streams and tunnels

void Http2Connection::respond(std::int32_t id, std::span<const nghttp2_nv> fields, bool has_body) {
  nghttp2_data_provider body{};
  body.read_callback = &Http2Connection::on_read;
  nghttp2_submit_response(session_.get(), id, fields.data(), fields.size(), has_body ? &body : nullptr);
  want_to_send();
}

void Http2Connection::go_on(std::int32_t id) {
  nghttp2_session_resume_data(session_.get(), id);  // an error: it has not begun
  want_to_send();
}

void Http2Connection::reset(std::int32_t id, std::uint32_t error) {
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, error);
  want_to_send();
}

void Http2Connection::consume(std::int32_t id, std::size_t bytes) {
  nghttp2_session_consume_stream(session_.get(), id, bytes);
  want_to_send();
}

void Http2Connection::become_tunnel(Http2Stream& stream, Http2Tunnel& tunnel) {
  auto node = streams_.extract(stream.id());
  tunnels_.emplace(stream.id(), &tunnel);
  port_.loop().destroy_later(std::shared_ptr<Http2Stream>(std::move(node.mapped())));
}

void Http2Connection::forget(Http2Tunnel& tunnel) { tunnels_.erase(tunnel.id()); }

// RFC 9113 section 10.5: a stream that is reset costs work that the client does not wait for. Above the limit nobody
// works for the connection any more, whether the client takes the farewell or not.
void Http2Connection::count_reset() {
  if (over_limit_ || resets_.take(port_.loop().now())) return;
  log::debug("http2 connection ended client={} reason=\"too many resets\"", origin_.remote_address);
  over_limit_ = true;
  nghttp2_session_terminate_session(session_.get(), NGHTTP2_ENHANCE_YOUR_CALM);
}

// ---- nghttp2's callbacks

int Http2Connection::on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* self) {
  if (!begins_request(*frame)) return 0;
  Http2Connection& connection = connection_of(self);
  if (connection.over_limit_) return 0;
  connection.streams_.emplace(frame->hd.stream_id, std::make_unique<Http2Stream>(connection, frame->hd.stream_id));
  return 0;
}

int Http2Connection::on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                               std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                               void* self) {
  if (!begins_request(*frame)) return 0;  // trailers
  if (Http2Stream* stream = connection_of(self).find_stream(frame->hd.stream_id)) {
    stream->add_field(view(name, name_size), view(value, value_size));
  }
  return 0;
}

int Http2Connection::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
  Http2Connection& connection = connection_of(self);
  if (frame->hd.type == NGHTTP2_RST_STREAM) connection.count_reset();
  if (connection.over_limit_) return 0;
  const std::int32_t id = frame->hd.stream_id;
  const bool ends = ends_stream(*frame);
  if (Http2Stream* stream = connection.find_stream(id)) {
    if (begins_request(*frame)) {
      stream->begin(!ends);
    } else if (ends) {
      stream->end_body();
    }
  } else if (Http2Tunnel* tunnel = connection.find_tunnel(id); tunnel != nullptr && ends) {
    tunnel->on_peer_end();
  }
  return 0;
}

int Http2Connection::on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* self) {
  Http2Connection& connection = connection_of(self);
  if (frame->hd.type == NGHTTP2_RST_STREAM && is_clients_fault(frame->rst_stream.error_code)) connection.count_reset();
  if (!ends_stream(*frame)) return 0;
  // RFC 9113 section 8.1: a response may be complete before its request is; then the rest of that is of no use.
  const Http2Stream* stream = connection.find_stream(frame->hd.stream_id);
  if (stream != nullptr && !stream->request_ended()) connection.reset(stream->id(), NGHTTP2_NO_ERROR);
  return 0;
}

int Http2Connection::on_body(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                             std::size_t size, void* self) {
  nghttp2_session_consume_connection(session, size);
  if (Http2Stream* stream = connection_of(self).find_stream(id)) {
    stream->add_body(view(data, size));
  } else if (Http2Tunnel* tunnel = connection_of(self).find_tunnel(id)) {
    // nghttp2 hands on the bytes where on_data() got them, and does not look at them again.
    tunnel->on_data({reinterpret_cast<char*>(const_cast<std::uint8_t*>(data)), size});
  }
  return 0;
}

int Http2Connection::on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* self) {
  Http2Connection& connection = connection_of(self);
  connection.deadline_ = connection.port_.loop().now() + connection.port_.options.idle_timeout;
  if (connection.streams_.erase(id) > 0) return 0;
  if (auto tunnel = connection.tunnels_.extract(id)) {
    const Error reset{ErrorCode::kUnavailable, "stream reset", nghttp2_http2_strerror(error), ""};
    tunnel.mapped()->on_stream_closed(error == NGHTTP2_NO_ERROR ? nullptr : &reset);
  }
  return 0;
}

ssize_t Http2Connection::on_read(nghttp2_session*, std::int32_t id, std::uint8_t* buffer, std::size_t size,
                                 std::uint32_t* flags, nghttp2_data_source*, void* self) {
  Http2Connection& connection = connection_of(self);
  Http2Output* output = connection.output_of(id);
  if (output == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // it is about to be reset
  const ssize_t read = output->read({buffer, size}, *flags);
  if (!output->ready()) connection.drained_.push_back(id);
  return read;
}

}  // namespace laraman::server
