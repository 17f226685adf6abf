// Connection: one client of the server under load, over WebSocket or plain TCP. It connects, shakes hands, sends whole
// messages and hands up whole messages. Its WebSocket codec is its own, written from RFC 6455 alone, so that it checks
// the server's and does not repeat its mistakes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "load/poller.h"

namespace laraman::bench {

class Connection;

// Told what happens to connections; outlives them.
class ConnectionObserver {
 public:
  virtual void on_open(Connection& connection) = 0;
  // `payload` is valid during the call.
  virtual void on_message(Connection& connection, std::string_view payload) = 0;
  // The connection is of no use any more. `reason` is for people.
  virtual void on_failure(Connection& connection, const std::string& reason) = 0;

 protected:
  ~ConnectionObserver() = default;
};

struct Target {
  std::string host = "127.0.0.1";  // an IPv4 address
  std::uint16_t port = 0;
  std::string path = "/";
  std::vector<std::string> headers;  // "Name: value", sent with the handshake
  bool tcp = false;                  // no WebSocket: messages of exactly `message_size` bytes
  bool binary = false;               // binary frames instead of text
  std::size_t message_size = 0;
};

class Connection final : public Pollable {
 public:
  Connection(Poller& poller, const Target& target, ConnectionObserver& observer, std::size_t number);

  // Begins to connect; on_open() or on_failure() follows.
  void open();

  // Sends one message with the next flush. Only between on_open() and on_failure().
  void send(std::string_view payload);

  // This connection's place among all, from 0.
  std::size_t number() const { return number_; }

  void on_io(std::uint32_t events) override;
  void flush() override;

 private:
  enum class State { kConnecting, kHandshake, kOpen, kFailed };

  void connected();
  void read_handshake();
  void read_messages();
  // Takes one frame from the front of `bytes`; returns its size, or 0 if it is not whole yet or the connection failed.
  std::size_t read_frame(std::string_view bytes);
  void frame_received(int opcode, bool final, std::string_view payload);
  void append_frame(int opcode, std::string_view payload);
  void want_flush();
  void fail(const std::string& reason);

  Poller& poller_;
  const Target& target_;
  ConnectionObserver& observer_;
  std::size_t number_;
  UniqueFd fd_;
  State state_ = State::kConnecting;
  bool flush_wanted_ = false;
  bool waiting_to_write_ = false;
  std::uint32_t mask_state_;
  std::string input_;      // received and not yet understood
  std::string fragments_;  // of a message whose last fragment has not come
  bool in_message_ = false;
  std::string output_;
};

}  // namespace laraman::bench
