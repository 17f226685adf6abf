// The gateways that the application lists for itself, beside the worker's own (event_link.h): a main socket to each,
// from which events come, and a task socket, opened on first use, for commands. No PHP here; what fails says why in
// error(), so that callers need no object with a destructor (engine.h).
#pragma once

#include <poll.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "laraman/business/task_socket.h"
#include "php/event_link.h"

namespace laraman::php {

struct GatewayPlace {
  std::string worker;       // address of its worker port; empty: no events
  std::string task;         // of its task port
  std::uint8_t events = 7;  // mask of business::Event::Kind
  Duration timeout = std::chrono::seconds(5);
  Duration connect_timeout = std::chrono::seconds(5);
  Duration heartbeat = std::chrono::seconds(25);
  std::string heartbeat_text;
  Duration idle_limit = std::chrono::seconds(117);  // a task socket unused for longer is reopened
  std::string secret;

  bool operator==(const GatewayPlace&) const = default;
};

class Gateways {
 public:
  // The script starts or restarts: it adds its gateways again, and those that are as before stay connected.
  void begin() { added_ = 0; }
  // Its number, from 1.
  std::size_t add(GatewayPlace place);
  // Connects and registers, now or as soon as each is there.
  void open();
  std::size_t size() const { return added_; }

  // As with EventLink.
  void add_to(std::vector<pollfd>& fds) const;
  int timeout_ms() const;
  void tend(std::span<const pollfd> fds);
  bool take_event();
  const business::Event& event() const { return gateways_[current_]->link.event(); }
  std::size_t event_gateway() const { return current_ + 1; }
  void finish_event();
  void flush();
  void leave();
  bool has_left() const;
  // Closes the main sockets.
  void close();
  // In a child of the worker: its commands go over task sockets of its own.
  void begin_sending();

  // Over the task socket of gateway `number`. The reply is in reply().
  bool command(std::size_t number, std::uint32_t id, std::string_view message);
  bool query(std::size_t number, std::uint32_t id, std::string_view message);
  const std::string& reply() const { return reply_; }
  const std::string& error() const { return error_; }

 private:
  struct Gateway {
    GatewayPlace place;
    EventLink link;
    std::optional<business::TaskSocket> task;
    TimePoint used{};
  };

  business::TaskSocket* task_of(std::size_t number);

  std::vector<std::unique_ptr<Gateway>> gateways_;
  std::size_t added_ = 0;
  std::size_t current_ = 0;  // whose event is under way; where the search for the next begins
  std::string reply_;
  std::string error_;
};

}  // namespace laraman::php
