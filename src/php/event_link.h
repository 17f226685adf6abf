// A worker's link to the gateway: events in, commands and queries out. It keeps itself up: when the gateway goes away,
// it is looked for again while the worker waits for jobs. No PHP here; what fails says why in error(), so that callers
// need no object with a destructor (engine.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "laraman/business/main_socket.h"
#include "laraman/business/task_socket.h"

namespace laraman::php {

class EventLink {
 public:
  // Where the gateway is; nothing happens before open(). An empty address: there is no gateway.
  void configure(std::string address, business::Registration registration, business::MainSocket::Options options);

  // Connects and registers, if that has not been done: from now on there are jobs. False: it did not work.
  bool open();
  bool is_open() const { return socket_ != nullptr; }
  // A gateway is configured, so there is a link to be had.
  bool is_wanted() const { return !address_.empty(); }
  const std::string& error() const { return error_; }
  // The last failure was the caller's: what it gave or asked for is too long. The link is as good as before.
  bool refused() const { return refused_; }
  // Does the gateway take a command whose message is that long, on whichever of its links? While this link is down
  // nothing is known of its limit.
  bool check_size(std::size_t message_bytes);

  // To wait for POLLIN; -1 while there is no link.
  int fd() const { return is_open() ? socket_->fd() : -1; }
  // Milliseconds until tend() has something to do without input; -1: nothing.
  int timeout_ms() const;
  // Looks for the gateway later, after open() has failed.
  void retry_later();
  // Reads if `readable`, and looks for a lost gateway when it is time.
  void tend(bool readable);

  // Takes the next event, if there is one; it is under way until finish_event(). After a command that closes
  // connections the gateway is waited for, so that it has taken back their messages.
  bool take_event();
  const business::Event& event() const { return *event_; }
  void finish_event();

  // In a child of the worker: closes its copy of the link, and sends commands and queries over a connection of its own.
  void begin_sending();

  // Not sent before flush(), which comes with the end of a job at the latest.
  bool command(std::uint32_t id, std::string_view message);
  // The reply is in reply().
  bool query(std::uint32_t id, std::string_view message, double timeout_seconds);
  const std::string& reply() const { return reply_; }
  void flush();
  // As flush(), unless more events are here already and none has waited long: a batch costs one write.
  void flush_batch();

  // Wants no more events. has_left() says when none will come.
  void leave();
  void close() { socket_.reset(); }
  bool has_left() const { return !is_open() || socket_->unregistered(); }

 private:
  void settle_closes();
  void lose(const Error& error);
  bool fail(std::string_view why);

  std::string address_;
  business::Registration registration_;
  business::MainSocket::Options options_;
  std::unique_ptr<business::MainSocket> socket_;
  std::optional<business::Event> event_;
  std::uint64_t link_number_ = 0;  // how many links there have been
  std::uint64_t event_link_ = 0;   // the link that event_ came on
  std::string reply_;
  std::string error_;
  bool refused_ = false;
  bool closes_given_ = false;  // since settle_closes()
  bool unsent_ = false;
  TimePoint unsent_since_{};
  bool leaving_ = false;
  std::unique_ptr<business::TaskSocket> sender_;  // instead of `socket_`, in a child
  TimePoint lost_since_{};
  bool loss_logged_ = true;
  TimePoint retry_at_{};
  Duration retry_pause_{};
};

}  // namespace laraman::php
