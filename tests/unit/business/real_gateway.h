// A gateway with its business port that runs, each loop on a thread of its own.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../clients/raw_clients.h"
#include "backends/netsvr/business_server.h"
#include "gateway/connection.h"
#include "gateway/gateway.h"
#include "net/mailbox.h"
#include "net/socket.h"
#include "real_client.h"

namespace laraman::business {

// What a connection of a test begins with.
struct Beginning : gateway::ConnectionInfo {
  Beginning() = default;
  Beginning(gateway::ConnectionInfo info) : gateway::ConnectionInfo(std::move(info)) {}

  std::vector<std::string> channels;
};

class RealGateway {
 public:
  // `number` tells gateways of one test apart: it is in their ids and their sockets' names.
  explicit RealGateway(int loops = 1, std::uint8_t number = 1, backends::netsvr::BusinessServerOptions options = {})
      : clients_(static_cast<std::size_t>(loops)) {
    std::vector<net::EventLoop*> raw;
    for (int i = 0; i < loops; ++i) {
      loops_.push_back(std::move(*net::EventLoop::create()));
      raw.push_back(loops_.back().get());
    }
    gateway::Gateway::Options gateway_options;
    gateway_options.address = {127, 0, 0, 1, 0, number};
    gateway_ = std::move(*gateway::Gateway::create(std::move(gateway_options), raw, nullptr));
    dispatch_ = std::make_unique<dispatch::Dispatch>(*gateway_, dispatch::Limits{});
    gateway_->set_event_sink(*dispatch_);
    server_ = std::make_unique<backends::netsvr::BusinessServer>(*gateway_, *dispatch_, nullptr, std::move(options));
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
    dispatch_.reset();
    gateway_.reset();
    ::unlink(path_.c_str());
  }

  const std::string& path() const { return path_; }
  const std::string& id() const { return id_; }

  // A client on the shard `on`, or on the shards in turn.
  RealClient connect(Beginning info = {}, int on = -1) {
    const auto index = static_cast<std::uint8_t>(on >= 0 ? on : turn_++ % static_cast<int>(loops_.size()));
    std::promise<std::pair<UniqueFd, std::string>> opened;
    on_first_loop([&, this] {
      gateway_->shard(0).post(index, [this, &info, &opened](gateway::Shard& shard) {
        gateway::Opening opening;
        EXPECT_FALSE(shard.enter());
        opening.id = shard.next_id();
        opening.channels = std::move(info.channels);
        opening.info = std::move(info);
        const std::string hex = opening.id.hex();
        opened.set_value({clients_.open(shard, std::move(opening)), hex});
      });
    });
    auto [fd, id] = opened.get_future().get();
    return {std::move(fd), std::move(id)};
  }
  dispatch::Dispatcher::Counters counters() {
    dispatch::Dispatcher::Counters counters;
    on_first_loop([&] { counters = dispatch_->dispatcher().counters(); });
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
  std::vector<std::unique_ptr<net::EventLoop>> loops_;
  clients::RawClients clients_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<dispatch::Dispatch> dispatch_;
  std::unique_ptr<backends::netsvr::BusinessServer> server_;
  std::unique_ptr<net::Mailbox<std::function<void()>>> mailbox_;
  std::vector<std::thread> threads_;
  std::string path_;
  std::string id_;
  int turn_ = 0;
};

inline Beginning member(std::vector<std::string> channels, std::string user = "", std::string session = "") {
  Beginning info;
  info.channels = std::move(channels);
  info.user = std::move(user);
  info.session = std::move(session);
  return info;
}

}  // namespace laraman::business
