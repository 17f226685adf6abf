// Fleet: all connections of one load run. It opens them, turns their loop and remembers the first failure.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "load/connection.h"
#include "load/poller.h"

namespace laraman::bench {

// Told of every message that arrives, once all connections are open.
class MessageSink {
 public:
  virtual void on_message(Connection& connection, std::string_view payload) = 0;

 protected:
  ~MessageSink() = default;
};

class Fleet final : public ConnectionObserver {
 public:
  // `sink` outlives the fleet.
  Fleet(Target target, std::size_t size, MessageSink& sink);

  // Opens all connections, a bounded number of handshakes at a time. The error names the first failure.
  Result<void> open_all(Duration timeout);

  // Sends what was given to the connections, waits at most `longest`, and hands up what arrived.
  // An error as soon as any connection failed.
  Result<void> turn(Duration longest);

  std::size_t size() const { return connections_.size(); }
  Connection& operator[](std::size_t number) { return connections_[number]; }

 private:
  void on_open(Connection& connection) override;
  void on_message(Connection& connection, std::string_view payload) override;
  void on_failure(Connection& connection, const std::string& reason) override;

  Target target_;
  MessageSink& sink_;
  Poller poller_;
  std::deque<Connection> connections_;  // a deque: connections stay where they are
  std::size_t begun_ = 0;
  std::size_t opened_ = 0;
  std::size_t failed_ = 0;
  std::string first_failure_;
};

}  // namespace laraman::bench
