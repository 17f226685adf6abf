// A gateway for tests: listens on a Unix socket, and says and hears frames. What it says before it is asked waits in
// the socket, so tests need no second thread.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <string>
#include <string_view>

#include "net/socket.h"
#include "netsvr.pb.h"
#include "wire/netsvr_frame.h"

namespace laraman::business {

class FakeGateway {
 public:
  struct Heard {
    std::uint32_t id = 0;
    std::string message;
    bool operator==(const Heard&) const = default;
  };

  FakeGateway() {
    static int number = 0;
    path_ = testing::TempDir() + "laraman_fake_" + std::to_string(::getpid()) + "_" + std::to_string(++number);
    auto socket = net::listen_on(*net::SocketAddress::of_path(path_));
    EXPECT_TRUE(socket.ok());
    listener_ = std::move(*socket);
  }
  ~FakeGateway() { ::unlink(path_.c_str()); }

  const std::string& path() const { return path_; }

  // Takes the connection that waits, or comes within 5 seconds; blocking from now on.
  void accept() {
    pollfd entry{listener_.get(), POLLIN, 0};
    ::poll(&entry, 1, 5000);
    link_.reset(::accept(listener_.get(), nullptr, nullptr));
    ASSERT_TRUE(link_);
    timeval longest{5, 0};
    ::setsockopt(link_.get(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
  }
  void close() { link_.reset(); }
  void stop_listening() { listener_.reset(); }

  void say_bytes(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(link_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ASSERT_GT(count, 0);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void say(std::uint32_t id, std::string_view message) {
    std::string bytes;
    wire::netsvr::append_frame(bytes, id, message);
    say_bytes(bytes);
  }
  void say(wire::netsvr::Command command, const google::protobuf::MessageLite& message) {
    say(to_id(command), message.SerializeAsString());
  }
  void say_message(std::uint64_t sequence, std::string_view data) {
    wire::netsvr::Transfer transfer;
    transfer.set_uniq_id("7f00000142a66b04cfb73fd61e0b");
    transfer.set_sequence(sequence);
    transfer.set_data(std::string(data));
    say(wire::netsvr::Command::kTransfer, transfer);
  }

  // The next frame from the business; id 0 when it has gone or says nothing for 5 seconds.
  Heard hear() {
    while (heard_.empty()) {
      char bytes[64 * 1024];
      const ssize_t count = ::recv(link_.get(), bytes, sizeof bytes, 0);
      if (count <= 0) return {};
      ++reads_;
      reader_.feed({bytes, static_cast<std::size_t>(count)});
      for (auto frame = reader_.next(); frame.ok() && frame->has_value(); frame = reader_.next()) {
        heard_.push_back({(*frame)->command, std::string((*frame)->message)});
      }
    }
    Heard first = std::move(heard_.front());
    heard_.pop_front();
    return first;
  }
  template <typename Message>
  Message hear(wire::netsvr::Command command) {
    const Heard heard = hear();
    EXPECT_EQ(heard.id, to_id(command));
    Message message;
    EXPECT_TRUE(message.ParseFromString(heard.message));
    return message;
  }
  // How many times something arrived.
  int reads() const { return reads_; }

 private:
  std::string path_;
  UniqueFd listener_;
  UniqueFd link_;
  wire::netsvr::FrameReader reader_{64 << 20};
  std::deque<Heard> heard_;
  int reads_ = 0;
};

}  // namespace laraman::business
