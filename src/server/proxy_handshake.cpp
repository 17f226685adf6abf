#include "server/proxy_handshake.h"
#include "base/try.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace laraman::server {

Result<std::unique_ptr<ProxyHandshake>> ProxyHandshake::open(net::EventLoop& loop, UniqueFd socket) {
  std::unique_ptr<ProxyHandshake> handshake(new ProxyHandshake(loop, std::move(socket)));
  RETURN_IF_ERROR(loop.add(handshake->socket_.get(), EPOLLIN | EPOLLRDHUP, *handshake));
  return handshake;
}

ProxyHandshake::~ProxyHandshake() {
  if (socket_) loop_.remove(socket_.get(), *this);
}

// Looks at what is there first, and takes only what belongs to the header.
void ProxyHandshake::on_io(std::uint32_t) {
  std::array<char, net::kMaxProxyHeader> buffer;
  const ssize_t there = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_PEEK);
  if (there < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (there <= 0) {
    done(nullptr);
    return;
  }
  const std::size_t before = received_.size();
  received_.append(buffer.data(), static_cast<std::size_t>(there));
  net::ProxyHeader header;
  const net::ProxyHeaderState state = net::parse_proxy_header(received_, header);
  const std::size_t take =
      state == net::ProxyHeaderState::kComplete ? header.size - before : static_cast<std::size_t>(there);
  const bool taken = ::recv(socket_.get(), buffer.data(), take, 0) == static_cast<ssize_t>(take);
  if (!taken || state == net::ProxyHeaderState::kMalformed) {
    done(nullptr);
  } else if (state == net::ProxyHeaderState::kComplete) {
    done(&header);
  }
}

void ProxyHandshake::done(const net::ProxyHeader* header) {
  loop_.remove(socket_.get(), *this);
  on_done_(std::move(socket_), header);
}

}  // namespace laraman::server
