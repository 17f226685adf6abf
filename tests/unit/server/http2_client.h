// A client that speaks HTTP/2 to a port that is turned by hand, over nghttp2's client side.
#pragma once

#include <nghttp2/nghttp2.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "port_fixture.h"

namespace laraman::server {

class Http2Client {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  // What has come of one stream.
  struct Answer {
    int status = 0;
    int informational = 0;  // 1xx before it
    Fields fields;
    std::string body;
    bool ended = false;                   // by the server
    std::optional<std::uint32_t> closed;  // both ways; with the error of a reset

    std::string field(std::string_view name) const {
      for (const auto& [own, value] : fields) {
        if (own == name) return value;
      }
      return "<none>";
    }
  };

  // With a window of `window` bytes for each stream.
  explicit Http2Client(Client socket, std::uint32_t window = 65'535) : socket_(std::move(socket)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &Http2Client::on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Http2Client::on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Http2Client::on_body);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Http2Client::on_close);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_session_client_new2(&session_, callbacks, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &entry, 1);
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, 1 << 30);
  }
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;
  ~Http2Client() { nghttp2_session_del(session_); }

  // Begins a request; with `open`, its end comes with finish().
  std::int32_t ask(const std::string& method, const std::string& path, Fields fields = {}, bool open = false) {
    Fields all = {{":method", method}, {":scheme", "http"}, {":authority", "example.com"}, {":path", path}};
    all.insert(all.end(), fields.begin(), fields.end());
    return submit(all, open);
  }
  // RFC 8441.
  std::int32_t ask_websocket(const std::string& path, Fields fields = {}) {
    Fields all = {{":method", "CONNECT"}, {":protocol", "websocket"},    {":scheme", "http"},
                  {":path", path},        {":authority", "example.com"}, {"sec-websocket-version", "13"}};
    all.insert(all.end(), fields.begin(), fields.end());
    return submit(all, true);
  }
  std::int32_t submit(const Fields& fields, bool open) {
    std::vector<nghttp2_nv> list;
    for (const auto& [name, value] : fields) {
      list.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    nghttp2_data_provider body{};
    body.read_callback = &Http2Client::on_read;
    return nghttp2_submit_request(session_, nullptr, list.data(), list.size(), open ? &body : nullptr, nullptr);
  }
  void send(std::int32_t id, std::string_view text) {
    unsent_[id].text.append(text);
    nghttp2_session_resume_data(session_, id);
  }
  void finish(std::int32_t id) {
    unsent_[id].ended = true;
    nghttp2_session_resume_data(session_, id);
  }
  void reset(std::int32_t id) { nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL); }
  // Opens the window of a stream for as many bytes as have come.
  void open_window(std::int32_t id) {
    nghttp2_session_consume_stream(session_, id, unconsumed_[id]);
    unconsumed_[id] = 0;
  }

  // Sends what is to be sent and takes what has come.
  void exchange() {
    send_all();
    std::string got = socket_.read();
    ended_ = ended_ || got.ends_with("<end>");
    nghttp2_session_mem_recv(session_, bytes(got), got.size());
  }
  void send_all() {
    const std::uint8_t* data = nullptr;
    for (ssize_t size = nghttp2_session_mem_send(session_, &data); size > 0;
         size = nghttp2_session_mem_send(session_, &data)) {
      socket_.send({reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)});
    }
  }

  Answer& answer(std::int32_t id) { return answers_[id]; }
  // The server has closed the connection.
  bool ended() const { return ended_; }
  std::optional<std::uint32_t> goaway() const { return goaway_; }
  std::uint32_t setting(nghttp2_settings_id id) const { return nghttp2_session_get_remote_settings(session_, id); }
  Client& socket() { return socket_; }

 private:
  struct Body {
    std::string text;
    bool ended = false;
  };

  static std::uint8_t* bytes(const std::string& text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  }
  static Http2Client& of(void* self) { return *static_cast<Http2Client*>(self); }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) {
    Answer& answer = of(self).answers_[frame->hd.stream_id];
    const std::string text(reinterpret_cast<const char*>(name), name_size);
    const std::string content(reinterpret_cast<const char*>(value), value_size);
    if (text != ":status") {
      answer.fields.emplace_back(text, content);
    } else if (content.starts_with("1")) {
      answer.informational = std::stoi(content);
    } else {
      answer.status = std::stoi(content);
    }
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if (frame->hd.type == NGHTTP2_GOAWAY) of(self).goaway_ = frame->goaway.error_code;
    if (frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS) return 0;
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) of(self).answers_[frame->hd.stream_id].ended = true;
    return 0;
  }
  static int on_body(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                     std::size_t size, void* self) {
    of(self).answers_[id].body.append(reinterpret_cast<const char*>(data), size);
    of(self).unconsumed_[id] += size;
    nghttp2_session_consume_connection(session, size);
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* self) {
    of(self).answers_[id].closed = error;
    return 0;
  }
  static ssize_t on_read(nghttp2_session*, std::int32_t id, std::uint8_t* buffer, std::size_t size,
                         std::uint32_t* flags, nghttp2_data_source*, void* self) {
    Body& body = of(self).unsent_[id];
    const std::size_t count = body.text.copy(reinterpret_cast<char*>(buffer), size);
    body.text.erase(0, count);
    if (body.text.empty() && body.ended) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (count == 0 && !body.ended) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(count);
  }

  Client socket_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Answer> answers_;
  std::map<std::int32_t, Body> unsent_;
  std::map<std::int32_t, std::size_t> unconsumed_;
  bool ended_ = false;
  std::optional<std::uint32_t> goaway_;
};

class Http2Fixture : public PortFixture {
 protected:
  std::unique_ptr<Http2Client> connect_http2(std::uint32_t window = 65'535) {
    auto client = std::make_unique<Http2Client>(connect(), window);
    exchange(*client);
    return client;
  }
  void exchange(Http2Client& client, int times = 3) {
    for (int i = 0; i < times; ++i) {
      client.exchange();
      turn();
    }
    client.exchange();
  }
};

}  // namespace laraman::server
