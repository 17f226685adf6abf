// Listener: accepts the connections of one listening socket in an event loop.
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/event_loop.h"

namespace laraman::net {

class Listener final : private IoHandler {
 public:
  // Gets each accepted socket, non-blocking, TCP_NODELAY set.
  using OnAccept = std::function<void(UniqueFd)>;

  // Takes the listening socket `fd`. When the process runs out of descriptors accepting pauses for a moment, and the
  // clients wait in the backlog.
  static Result<std::unique_ptr<Listener>> open(EventLoop& loop, UniqueFd fd, OnAccept on_accept);

  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  int fd() const { return fd_.get(); }

 private:
  Listener(EventLoop& loop, UniqueFd fd, OnAccept on_accept);
  void on_io(std::uint32_t events) override;
  void accept_connections(bool accept);

  EventLoop& loop_;
  UniqueFd fd_;
  OnAccept on_accept_;
  Timer resume_;
  bool exhaustion_logged_ = false;
};

}  // namespace laraman::net
