// The gateway's end of a worker's link, for tests: it registers workers, and sends and reads what a test tells it to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "netsvr.pb.h"
#include "wire/netsvr_frame.h"

namespace laraman::php::test {

class FakeGateway {
 public:
  // Listens on a Unix socket's path, or on "127.0.0.1:0": a free port.
  explicit FakeGateway(const std::string& address);
  const std::string& address() const { return address_; }
  // What a worker must say first; none if empty.
  void demand(std::string secret) { secret_ = std::move(secret); }

  // Waits for a worker and registers it: what it said of itself.
  wire::netsvr::RegisterReq accept_worker();
  // Closes the worker's link.
  void drop_worker() { worker_.reset(); }

  void send(wire::netsvr::Command command, const google::protobuf::MessageLite& message);
  // An event of the connection "0001", numbered from 1 on.
  void send_message(const std::string& data);
  // Queues messages, which then leave in one write.
  void queue_message(const std::string& data);
  void send_queued();

  struct Received {
    wire::netsvr::Command command{};
    std::string message;
  };
  // The next frame, of command 0 if it is a heartbeat; empty at the end of file, or after ten seconds without one.
  std::optional<Received> receive();
  // The next frame must be a SingleCast: its data. Else a description of what came.
  std::string receive_cast();
  // The next frame must be an Acknowledge: its number; 0 if it is none.
  std::uint64_t receive_acknowledge();
  // Whether a frame arrives within a tenth of a second.
  bool is_quiet();

 private:
  std::string message_bytes(const std::string& data);

  UniqueFd listener_;
  std::string address_;
  std::string secret_;
  UniqueFd worker_;
  wire::netsvr::FrameReader reader_;
  std::string queued_;
  std::uint64_t sequence_ = 0;
  char buffer_[64 * 1024];
};

}  // namespace laraman::php::test
