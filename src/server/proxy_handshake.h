// ProxyHandshake: reads the PROXY header that a load balancer puts in front of a connection, and nothing behind it:
// what follows (TLS, HTTP) stays in the socket.
//
// For the loop's thread only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/event_loop.h"
#include "net/proxy_header.h"

namespace laraman::server {

class ProxyHandshake final : private net::IoHandler {
 public:
  // Called once: with the header, or with null if it was malformed or did not come. The handshake may be destroyed
  // later this turn, not within.
  using OnDone = std::function<void(UniqueFd socket, const net::ProxyHeader* header)>;

  static Result<std::unique_ptr<ProxyHandshake>> open(net::EventLoop& loop, UniqueFd socket);
  ~ProxyHandshake();

  void set_on_done(OnDone on_done) { on_done_ = std::move(on_done); }
  TimePoint begun_at() const { return begun_at_; }

 private:
  ProxyHandshake(net::EventLoop& loop, UniqueFd socket)
      : loop_(loop), socket_(std::move(socket)), begun_at_(loop.now()) {}
  void on_io(std::uint32_t events) override;
  void done(const net::ProxyHeader* header);

  net::EventLoop& loop_;
  UniqueFd socket_;
  OnDone on_done_;
  std::string received_;
  TimePoint begun_at_;
};

}  // namespace laraman::server
