#include "net/listener.h"

#include <sys/socket.h>

#include <cerrno>

#include "base/log.h"
#include "base/try.h"
#include "net/socket.h"

namespace laraman::net {
namespace {

constexpr int kMaxAccepts = 64;  // a turn, so that a crowd at the door does not hold up those inside
constexpr Duration kPause = std::chrono::milliseconds(100);

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(EventLoop& loop, UniqueFd fd, OnAccept on_accept) {
  std::unique_ptr<Listener> listener(new Listener(loop, std::move(fd), std::move(on_accept)));
  RETURN_IF_ERROR(loop.add(listener->fd_.get(), EPOLLIN, *listener));
  return listener;
}

Listener::Listener(EventLoop& loop, UniqueFd fd, OnAccept on_accept)
    : loop_(loop),
      fd_(std::move(fd)),
      on_accept_(std::move(on_accept)),
      resume_(loop, [this] { accept_connections(true); }) {}

Listener::~Listener() { loop_.remove(fd_.get(), *this); }

void Listener::accept_connections(bool accept) {
  const Result<void> modified = loop_.modify(fd_.get(), accept ? std::uint32_t{EPOLLIN} : 0U, *this);
  if (!modified) log::error("listener cannot be changed error=\"{}\"", modified.error().message());
}

void Listener::on_io(std::uint32_t) {
  for (int i = 0; i < kMaxAccepts; ++i) {
    UniqueFd connection(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection) {
      set_no_delay(connection.get());
      on_accept_(std::move(connection));
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      if (!exhaustion_logged_) {
        log::error("cannot accept for now error=\"{}\"", system_error("accept", "", errno).what);
        exhaustion_logged_ = true;
      }
      accept_connections(false);
      resume_.start(kPause);
      return;
    }
    // ECONNABORTED and the like concern the one client that is gone already.
  }
}

}  // namespace laraman::net
