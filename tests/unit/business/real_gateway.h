// A gateway with its business port that runs, each loop on a thread of its own, and WebSocket clients of it.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "business_server/business_server.h"
#include "gateway/connection.h"
#include "gateway/gateway.h"
#include "net/mailbox.h"
#include "net/socket.h"

namespace laraman::business {

// A client connection. It reads whole server frames; every wait ends after 5 seconds.
class RealClient {
 public:
  struct Frame {
    std::uint8_t opcode = 0;  // 1 text, 2 binary, 8 close; 0: nothing came
    std::string payload{};
    bool operator==(const Frame&) const = default;
  };

  RealClient(UniqueFd fd, std::string id) : fd_(std::move(fd)), id_(std::move(id)) {}

  const std::string& id() const { return id_; }

  void send(std::string_view payload, std::uint8_t opcode = 1) {
    std::string frame;
    frame.push_back(static_cast<char>(0x80 | opcode));
    frame.push_back(static_cast<char>(0x80 | payload.size()));  // below 126
    frame.append(4, '\0').append(payload);
    ASSERT_EQ(::send(fd_.get(), frame.data(), frame.size(), MSG_NOSIGNAL), static_cast<ssize_t>(frame.size()));
  }
  // The next frame. Nothing after `longest`.
  Frame next(std::chrono::milliseconds longest = std::chrono::seconds(5)) {
    const auto deadline = std::chrono::steady_clock::now() + longest;
    for (;;) {
      if (std::optional<Frame> frame = take()) return *frame;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      pollfd entry{fd_.get(), POLLIN, 0};
      if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) == 0) return {};
      if (!read()) return {};
    }
  }
  // The payloads of what has come so far.
  std::vector<std::string> payloads() {
    read();
    std::vector<std::string> all;
    while (std::optional<Frame> frame = take()) all.push_back(frame->payload);
    return all;
  }
  void end() { fd_.reset(); }

 private:
  bool read() {
    char buffer[65536];
    const ssize_t count = ::recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (count > 0) bytes_.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }
  std::optional<Frame> take() {
    if (bytes_.size() < 2) return std::nullopt;
    std::size_t size = static_cast<unsigned char>(bytes_[1]);
    std::size_t header = 2;
    if (size == 126) {
      if (bytes_.size() < 4) return std::nullopt;
      size = static_cast<unsigned char>(bytes_[2]) * 256U + static_cast<unsigned char>(bytes_[3]);
      header = 4;
    }
    if (bytes_.size() < header + size) return std::nullopt;
    Frame frame{static_cast<std::uint8_t>(bytes_[0] & 15), bytes_.substr(header, size)};
    bytes_.erase(0, header + size);
    return frame;
  }

  UniqueFd fd_;
  std::string id_;
  std::string bytes_;
};

class RealGateway {
 public:
  // `number` tells gateways of one test apart: it is in their ids and their sockets' names.
  explicit RealGateway(int loops = 1, std::uint8_t number = 1, business_server::BusinessServerOptions options = {}) {
    std::vector<net::EventLoop*> raw;
    for (int i = 0; i < loops; ++i) {
      loops_.push_back(std::move(*net::EventLoop::create()));
      raw.push_back(loops_.back().get());
    }
    gateway::Gateway::Options gateway_options;
    gateway_options.address = {127, 0, 0, 1, 0, number};
    gateway_ = std::move(*gateway::Gateway::create(gateway_options, raw, nullptr));
    server_ = std::make_unique<business_server::BusinessServer>(*gateway_, nullptr, std::move(options));
    id_ = std::string("7f0000010") + "00" + static_cast<char>('0' + number);
    path_ = testing::TempDir() + "laraman_real_" + std::to_string(::getpid()) + "_" + std::to_string(number);
    EXPECT_TRUE(server_->listen(std::move(*net::listen_on(*net::SocketAddress::of_path(path_)))).ok());
    mailbox_ = std::move(*net::Mailbox<std::function<void()>>::open(*loops_.front(), 64,
                                                                    [](const std::function<void()>& task) { task(); }));
    for (const auto& loop : loops_) threads_.emplace_back([raw_loop = loop.get()] { raw_loop->run(); });
  }
  ~RealGateway() {
    on_first_loop(
        [this] { gateway_->on_every_shard(gateway_->shard(0), [](gateway::Shard& shard) { shard.loop().stop(); }); });
    for (std::thread& thread : threads_) thread.join();
    server_.reset();
    mailbox_.reset();
    gateway_.reset();
    ::unlink(path_.c_str());
  }

  const std::string& path() const { return path_; }
  const std::string& id() const { return id_; }

  // A client on the shard `on`, or on the shards in turn.
  RealClient connect(gateway::ConnectionInfo info = {}, int on = -1) {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0) std::abort();
    const auto index = static_cast<std::uint8_t>(on >= 0 ? on : turn_++ % static_cast<int>(loops_.size()));
    std::promise<std::string> id;
    on_first_loop([&, this] {
      gateway_->shard(0).post(index, [fd = fds[0], &info, &id](gateway::Shard& shard) {
        gateway::Opening opening;
        opening.id = shard.next_id();
        opening.info = std::move(info);
        const std::string hex = opening.id.hex();
        shard.open(std::move(*net::Stream::open(shard.loop(), UniqueFd(fd), nobody())), std::move(opening));
        id.set_value(hex);
      });
    });
    return {UniqueFd(fds[1]), id.get_future().get()};
  }
  gateway::Dispatcher::Counters counters() {
    gateway::Dispatcher::Counters counters;
    on_first_loop([&] { counters = gateway_->dispatcher().counters(); });
    return counters;
  }
  std::size_t business_connections() {
    std::size_t count = 0;
    on_first_loop([&] { count = server_->connections(); });
    return count;
  }
  // Runs `task` on loop 0 and waits for it.
  void on_first_loop(std::function<void()> task) {
    std::promise<void> done;
    std::function<void()> message = [&] {
      task();
      done.set_value();
    };
    while (!mailbox_->try_send(message)) std::this_thread::yield();
    done.get_future().wait();
  }

 private:
  static net::Stream::Handler& nobody() {
    static struct Nobody final : net::Stream::Handler {
      std::size_t on_data(std::span<char> bytes) override { return bytes.size(); }
      void on_peer_end() override {}
      void on_closed(const Error*) override {}
    } handler;
    return handler;
  }

  std::vector<std::unique_ptr<net::EventLoop>> loops_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<business_server::BusinessServer> server_;
  std::unique_ptr<net::Mailbox<std::function<void()>>> mailbox_;
  std::vector<std::thread> threads_;
  std::string path_;
  std::string id_;
  int turn_ = 0;
};

inline gateway::ConnectionInfo member(std::vector<std::string> channels, std::string user = "",
                                      std::string session = "") {
  gateway::ConnectionInfo info;
  info.channels = std::move(channels);
  info.user = std::move(user);
  info.session = std::move(session);
  return info;
}

}  // namespace laraman::business
