// A gateway of a given number of shards, turned by hand on one thread, and clients that speak raw WebSocket frames.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../clients/raw_clients.h"
#include "gateway/connection.h"
#include "gateway/gateway.h"
#include "net/stream.h"

namespace laraman::gateway {

// Writes down the events of all shards.
struct RecordingSink final : EventSink {
  void on_event(Shard&, Event&& event) override { events.push_back(std::move(event)); }
  std::vector<std::string> messages() const {
    std::vector<std::string> all;
    for (const Event& event : events) {
      if (event.kind == Event::Kind::kMessage) all.emplace_back(event.text());
    }
    return all;
  }
  std::vector<Event> events;
};

inline TimePoint fixture_now{std::chrono::seconds(1000)};

// A masked frame, RFC 6455 section 5.2, with at most 65,535 bytes of payload.
inline std::string client_frame(std::uint8_t first_byte, std::string_view payload) {
  std::string frame(1, static_cast<char>(first_byte));
  if (payload.size() < 126) {
    frame.push_back(static_cast<char>(0x80 | payload.size()));
  } else {
    frame.append({static_cast<char>(0xfe), static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size())});
  }
  const char mask[4] = {1, 2, 3, 4};
  frame.append(mask, 4);
  for (std::size_t i = 0; i < payload.size(); ++i) frame.push_back(static_cast<char>(payload[i] ^ mask[i & 3]));
  return frame;
}

class Client {
 public:
  explicit Client(UniqueFd fd) : fd_(std::move(fd)) {}

  void send(std::uint8_t first_byte, std::string_view payload) { send_raw(client_frame(first_byte, payload)); }
  void text(std::string_view payload) { send(0x81, payload); }
  void send_raw(std::string_view bytes) {
    ASSERT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  // All that has come; "<end>" behind it if the server has ended.
  std::string read() {
    std::string all;
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (got == 0) return all + "<end>";
      if (got < 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  // The same into `buffer`: how many bytes, 0 or less if none have come.
  ssize_t read_into(std::span<char> buffer) { return ::recv(fd_.get(), buffer.data(), buffer.size(), 0); }
  void end() { fd_.reset(); }

 private:
  UniqueFd fd_;
};

inline std::string text_frame(std::string_view payload) {
  return std::string("\x81") + static_cast<char>(payload.size()) + std::string(payload);
}
inline std::string close_frame(std::uint16_t code, std::string_view reason) {
  std::string frame = "\x88";
  frame.push_back(static_cast<char>(2 + reason.size()));
  frame.push_back(static_cast<char>(code >> 8));
  frame.push_back(static_cast<char>(code));
  return frame.append(reason);
}

// What a connection of a test begins with.
struct Beginning : ConnectionInfo {
  Beginning() = default;
  Beginning(ConnectionInfo info) : ConnectionInfo(std::move(info)) {}

  std::vector<std::string> channels;
};

// The parameter is the number of loops.
class GatewayFixture : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { make(ShardOptions()); }

  void make(ShardOptions shard_options, const LimitOptions& limits = {},
            const clients::WebSocketOptions& websocket_options = {}, const std::string& heartbeat = "") {
    Gateway::Options options;
    options.shard = std::move(shard_options);
    options.limits = limits;
    make(std::move(options), websocket_options, heartbeat);
  }
  void make(Gateway::Options options, const clients::WebSocketOptions& websocket_options = {},
            const std::string& heartbeat = "") {
    gateway.reset();
    loops.clear();
    raw_clients = std::make_unique<clients::RawClients>(GetParam(), websocket_options, heartbeat);
    std::vector<net::EventLoop*> raw;
    for (int i = 0; i < GetParam(); ++i) {
      loops.push_back(std::move(*net::EventLoop::create([] { return fixture_now; })));
      raw.push_back(loops.back().get());
    }
    gateway = std::move(*Gateway::create(std::move(options), raw, nullptr));
    gateway->set_event_sink(sink);
  }

  void turn(int times = 4) {
    for (int i = 0; i < times; ++i) {
      for (const auto& loop : loops) loop->run_once(Duration::zero());
    }
  }

  // A handshake on the last shard, or on shard `on`; finish_handshake() is its end.
  ConnectionId begin_handshake(int on = -1) {
    Shard& shard = gateway->shard(static_cast<std::size_t>(on < 0 ? GetParam() - 1 : on));
    EXPECT_FALSE(shard.enter());
    return shard.next_id();
  }
  Client finish_handshake(const ConnectionId& id, Beginning info = {}, std::vector<Message> messages = {},
                          const websocket::DeflateAgreement& deflate = {}) {
    Shard& shard = gateway->shard(id.loop());
    Opening opening;
    opening.id = id;
    opening.channels = std::move(info.channels);
    opening.info = std::move(info);
    opening.messages = std::move(messages);
    return Client(raw_clients->open(shard, std::move(opening), "101.", deflate));
  }

  // A client connected to the last shard, or to shard `on`.
  Client connect(Beginning info = {}, ConnectionId* id = nullptr, int on = -1,
                 const websocket::DeflateAgreement& deflate = {}) {
    const ConnectionId own = begin_handshake(on);
    if (id != nullptr) *id = own;
    Client client = finish_handshake(own, std::move(info), {}, deflate);
    turn();
    EXPECT_EQ(client.read(), "101.");
    return client;
  }

  static Message text(std::string_view payload) { return Message(MessageType::kText, payload); }
  Shard& first() { return gateway->shard(0); }

  RecordingSink sink;
  std::vector<std::unique_ptr<net::EventLoop>> loops;
  std::unique_ptr<clients::RawClients> raw_clients;
  std::unique_ptr<Gateway> gateway;
};

}  // namespace laraman::gateway
