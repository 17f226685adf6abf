// TaskSocket: commands and queries to one gateway for programs that get no events: a script, a tool, a server that is a
// business only now and then. Blocking, each call with its time-out. Belongs to one thread.
//
// It connects on first use, and again after a failure or when the gateway has gone meanwhile. A reply that did not come
// in time is never mistaken for a later one: the connection is given up.
//
// A gateway closes connections that are silent for long, perhaps at the very moment of use. So a kept connection that
// turns out to be closed is replaced, once: for a command if the kernel had taken nothing of it (what it has taken may
// have been carried out), for a query always, since to ask twice changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "laraman/base/clock.h"
#include "laraman/base/result.h"

namespace laraman::business {

class FrameSocket;

class TaskSocket {
 public:
  struct Options {
    Duration connect_timeout = std::chrono::seconds(5);
    Duration timeout = std::chrono::seconds(5);  // of sending, and of waiting for a reply
    std::size_t max_frame_bytes = 256 << 20;     // of a reply
    std::string secret{};                        // the gateway's, if it wants one
  };

  // A gateway's task port: "unix:/path", "/path" or "host:port".
  TaskSocket(std::string address, const Options& options);
  TaskSocket(const TaskSocket&) = delete;
  TaskSocket& operator=(const TaskSocket&) = delete;
  ~TaskSocket();

  // Hands a command (wire/netsvr_command.h) with its encoded protobuf message to the kernel. Commands take effect in
  // their order; that they did can only be known from the reply to a later query.
  Result<void> command(std::uint32_t id, std::string_view message);
  // Returns the reply: the encoded protobuf message.
  Result<std::string> query(std::uint32_t id, std::string_view message);

  // Connects, and authenticates where there is a secret, unless it is connected. command() and query() do so
  // themselves. Waits at most `timeout` for the connection.
  Result<void> connect(Duration timeout);
  void close();
  bool connected() const { return socket_ != nullptr; }

 private:
  Result<void> connect() { return connect(options_.connect_timeout); }
  Result<void> authenticate();
  Result<void> send(std::uint32_t id, std::string_view message);
  Result<void> write(std::uint32_t id, std::string_view message);
  Result<std::string> read_reply(std::uint32_t id);

  const std::string address_;
  const Options options_;
  std::unique_ptr<FrameSocket> socket_;  // null: not connected
};

}  // namespace laraman::business
