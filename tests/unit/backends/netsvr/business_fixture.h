// A gateway with its business ports, turned by hand on one thread; clients that speak raw WebSocket frames, and
// businesses that speak raw netsvr frames.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../../gateway/gateway_fixture.h"
#include "backends/netsvr/business_server.h"
#include "base/scoreboard.h"
#include "gateway/gateway.h"
#include "net/socket.h"
#include "netsvr.pb.h"
#include "wire/netsvr_frame.h"

namespace laraman::backends::netsvr {

namespace netsvr = wire::netsvr;
using gateway::Client;
using gateway::close_frame;
using gateway::ConnectionId;
using gateway::ConnectionInfo;
using gateway::HandshakeRequest;
using gateway::text_frame;
using netsvr::Command;

inline std::string binary_frame(std::string_view payload) {
  return std::string("\x82") + static_cast<char>(payload.size()) + std::string(payload);
}

// A connection of a business.
class Business {
 public:
  struct Heard {
    std::uint32_t id = 0;
    std::string message;
  };

  explicit Business(const std::string& path) : Business(*net::SocketAddress::of_path(path)) {}
  explicit Business(const net::SocketAddress& address) {
    auto socket = net::connect_to(address);
    EXPECT_TRUE(socket.ok());
    fd_ = std::move(*socket);
  }

  void send_bytes(std::string_view bytes) {
    ASSERT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  void send(std::uint32_t id, std::string_view message) {
    std::string bytes;
    netsvr::append_frame(bytes, id, message);
    send_bytes(bytes);
  }
  void send(Command command, const google::protobuf::MessageLite& message) {
    send(to_id(command), message.SerializeAsString());
  }
  void send(Command command) { send(to_id(command), ""); }
  void acknowledge(std::uint64_t sequence) {
    netsvr::Acknowledge message;
    message.set_sequence(sequence);
    send(Command::kAcknowledge, message);
  }

  // Reads what has come; closed() tells whether the gateway has ended.
  void read() {
    char bytes[64 * 1024];
    for (;;) {
      const ssize_t count = ::recv(fd_.get(), bytes, sizeof bytes, 0);
      if (count == 0 || (count < 0 && errno != EAGAIN)) closed_ = true;
      if (count <= 0) return;
      reader_.feed({bytes, static_cast<std::size_t>(count)});
      for (auto frame = reader_.next(); frame.ok() && frame->has_value(); frame = reader_.next()) {
        heard_.push_back({(*frame)->command, std::string((*frame)->message)});
      }
    }
  }
  bool closed() {
    read();
    return closed_;
  }
  // The next frame; id 0 if none has come.
  Heard hear() {
    read();
    if (heard_.empty()) return {};
    Heard first = std::move(heard_.front());
    heard_.pop_front();
    return first;
  }
  bool silent() {
    read();
    return heard_.empty();
  }
  template <typename Message>
  Message hear(Command command) {
    const Heard heard = hear();
    EXPECT_EQ(netsvr::find_command(heard.id), command) << heard.id;
    Message message;
    EXPECT_TRUE(message.ParseFromString(heard.message));
    return message;
  }
  // The data of all messages that have come.
  std::vector<std::string> messages() {
    std::vector<std::string> all;
    while (!silent()) all.push_back(hear<netsvr::Transfer>(Command::kTransfer).data());
    return all;
  }

  void end_sending() { ::shutdown(fd_.get(), SHUT_WR); }
  void end() { fd_.reset(); }

 private:
  UniqueFd fd_;
  netsvr::FrameReader reader_{64 << 20};
  std::deque<Heard> heard_;
  bool closed_ = false;
};

// The parameter is the number of loops.
class BusinessFixture : public testing::TestWithParam<int> {
 protected:
  static constexpr std::int32_t kOpen = 1, kClose = 2, kMessage = 4, kJoin = 8, kLeave = 16;

  void SetUp() override {
    board = std::move(*Scoreboard::create(4, 1));
    make({});
  }
  void TearDown() override {
    server.reset();
    ::unlink(path.c_str());
  }

  void make(BusinessServerOptions options, const gateway::LimitOptions& limits = {}) {
    server.reset();
    dispatch.reset();
    gateway.reset();
    loops.clear();
    raw_clients = std::make_unique<clients::RawClients>(GetParam());
    std::vector<net::EventLoop*> raw;
    for (int i = 0; i < GetParam(); ++i) {
      loops.push_back(std::move(*net::EventLoop::create([] { return gateway::fixture_now; })));
      raw.push_back(loops.back().get());
    }
    gateway::Gateway::Options gateway_options;
    gateway_options.limits = limits;
    gateway = std::move(*gateway::Gateway::create(std::move(gateway_options), raw, nullptr));
    dispatch = std::make_unique<dispatch::Dispatch>(*gateway, dispatch::Limits{});
    gateway->set_event_sink(*dispatch);
    server = std::make_unique<BusinessServer>(*gateway, *dispatch, &board, std::move(options));
    path = testing::TempDir() + "laraman_business_" + std::to_string(::getpid());
    ASSERT_TRUE(server->listen(std::move(*net::listen_on(*net::SocketAddress::of_path(path)))).ok());
  }

  void turn(int times = 6) {
    for (int i = 0; i < times; ++i) {
      for (const auto& loop : loops) loop->run_once(Duration::zero());
    }
  }
  void pass(Duration time) {
    gateway::fixture_now += time;
    turn();
  }

  Business connect_business() {
    Business business(path);
    turn();
    return business;
  }
  // The same over TCP, on a port of its own.
  Business connect_business_over_tcp() {
    auto port = net::listen_on(*net::SocketAddress::parse("127.0.0.1:0"));
    const net::SocketAddress address = net::SocketAddress::of_local(port->get());
    EXPECT_TRUE(server->listen(std::move(*port)).ok());
    Business business(address);
    turn();
    return business;
  }
  static netsvr::RegisterReq registration(std::int32_t events, std::uint32_t window) {
    netsvr::RegisterReq request;
    request.set_events(events);
    request.set_library("test/1");
    request.set_acknowledge_window(window);
    return request;
  }
  // A business that has registered; its link id is in `link`.
  Business register_business(const netsvr::RegisterReq& request, std::string* link = nullptr) {
    Business business = connect_business();
    business.send(Command::kRegister, request);
    turn();
    const auto response = business.hear<netsvr::RegisterResp>(Command::kRegister);
    EXPECT_EQ(response.code(), netsvr::RegisterResp::SUCCESS);
    if (link != nullptr) *link = response.conn_id();
    return business;
  }

  // A client connected to shard `on`, or to the last one.
  std::string offered_protocols;  // by those who connect
  Client connect(gateway::Beginning info = {}, std::string* id = nullptr, int on = -1) {
    gateway::Shard& shard = gateway->shard(static_cast<std::size_t>(on < 0 ? GetParam() - 1 : on));
    gateway::Opening opening;
    EXPECT_FALSE(shard.enter());
    opening.id = shard.next_id();
    opening.channels = std::move(info.channels);
    opening.info = std::move(info);
    opening.offered_protocols = offered_protocols;
    if (id != nullptr) *id = opening.id.hex();
    Client client(raw_clients->open(shard, std::move(opening), "101."));
    turn();
    EXPECT_EQ(client.read(), "101.");
    return client;
  }
  static gateway::Beginning member(std::vector<std::string> channels, std::string user = "", std::string session = "") {
    gateway::Beginning info;
    info.channels = std::move(channels);
    info.user = std::move(user);
    info.session = std::move(session);
    return info;
  }

  Scoreboard board;
  std::vector<std::unique_ptr<net::EventLoop>> loops;
  std::unique_ptr<clients::RawClients> raw_clients;
  std::unique_ptr<gateway::Gateway> gateway;
  std::unique_ptr<dispatch::Dispatch> dispatch;
  std::unique_ptr<BusinessServer> server;
  std::string path;
};

}  // namespace laraman::backends::netsvr
