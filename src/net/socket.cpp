#include "net/socket.h"
#include "base/try.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <thread>

namespace laraman::net {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr int kBacklog = 4096;  // the kernel lowers it to net.core.somaxconn

}  // namespace

Result<SocketAddress> SocketAddress::parse(std::string_view text) {
  if (text.starts_with(kUnixPrefix)) return of_path(text.substr(kUnixPrefix.size()));
  if (text.starts_with('/')) return of_path(text);
  const Error malformed{ErrorCode::kInvalid, "not an address", std::string(text),
                        "write host:port, [ipv6]:port or unix:/path"};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return malformed;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure != std::errc() || end != digits.data() + digits.size()) return malformed;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return of_host(host, port);
}

Result<SocketAddress> SocketAddress::of_host(std::string_view host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string name(host);
  const int failure = ::getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failure != 0) {
    return Error{ErrorCode::kNotFound, std::string("cannot resolve host: ") + ::gai_strerror(failure), name, ""};
  }
  SocketAddress address;
  std::memcpy(&address.storage_, found->ai_addr, found->ai_addrlen);
  address.size_ = found->ai_addrlen;
  ::freeaddrinfo(found);
  return address;
}

Result<SocketAddress> SocketAddress::of_path(std::string_view path) {
  SocketAddress address;
  auto* un = reinterpret_cast<sockaddr_un*>(&address.storage_);
  if (path.empty() || path.size() >= sizeof un->sun_path) {
    return Error{ErrorCode::kInvalid, "the path of a Unix socket has 1 to 107 bytes", std::string(path),
                 "choose a shorter directory"};
  }
  un->sun_family = AF_UNIX;
  std::memcpy(un->sun_path, path.data(), path.size());
  address.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

SocketAddress SocketAddress::of_peer(int fd) {
  SocketAddress address;
  address.size_ = sizeof address.storage_;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address.storage_), &address.size_) != 0) address.size_ = 0;
  return address;
}

SocketAddress SocketAddress::of_local(int fd) {
  SocketAddress address;
  address.size_ = sizeof address.storage_;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage_), &address.size_) != 0) address.size_ = 0;
  return address;
}

std::string SocketAddress::host() const {
  char text[INET6_ADDRSTRLEN] = "";
  switch (family()) {
    case AF_INET:
      ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr, text, sizeof text);
      return text;
    case AF_INET6:
      ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr, text, sizeof text);
      return text;
    case AF_UNIX:
      if (size_ > offsetof(sockaddr_un, sun_path)) return reinterpret_cast<const sockaddr_un*>(&storage_)->sun_path;
      return "";
    default: return "";
  }
}

std::uint16_t SocketAddress::port() const {
  if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
  if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port);
  return 0;
}

std::string SocketAddress::to_string() const {
  if (is_unix()) return "unix:" + host();
  const std::string name = family() == AF_INET6 ? "[" + host() + "]" : host();
  return name + ":" + std::to_string(port());
}

Result<UniqueFd> listen_on(const SocketAddress& address, bool share_port) {
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return system_error("socket", address.to_string(), errno);
  const int on = 1;
  if (!address.is_unix()) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (share_port && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
      return system_error("setsockopt(SO_REUSEPORT)", address.to_string(), errno);
    }
  }
  if (::bind(fd.get(), address.data(), address.size()) != 0) {
    if (errno != EADDRINUSE) return system_error("bind", address.to_string(), errno);
    bool stale = false;
    if (address.is_unix()) {
      UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      stale = ::connect(probe.get(), address.data(), address.size()) != 0 && errno == ECONNREFUSED;
    }
    if (!stale || ::unlink(address.host().c_str()) != 0 || ::bind(fd.get(), address.data(), address.size()) != 0) {
      return Error{ErrorCode::kExists, "the address is in use", address.to_string(),
                   "stop the other server or choose another one"};
    }
  }
  if (::listen(fd.get(), kBacklog) != 0) return system_error("listen", address.to_string(), errno);
  return fd;
}

unsigned loops_of(const ListenOptions& options) {
  constexpr unsigned kMost = 255;
  return std::min(options.loops > 0 ? options.loops : std::max(1U, std::thread::hardware_concurrency()), kMost);
}

Result<std::vector<UniqueFd>> listen_for_loops(const ListenOptions& options) {
  const unsigned count = loops_of(options);
  std::vector<UniqueFd> sockets;
  if (options.host.starts_with(kUnixPrefix)) {
    ASSIGN_OR_RETURN(UniqueFd socket, listen_with_mode(options.host, options.socket_mode));
    sockets.push_back(std::move(socket));
    while (sockets.size() < count) {
      UniqueFd again(::fcntl(sockets.front().get(), F_DUPFD_CLOEXEC, 0));
      if (!again) return system_error("fcntl", options.host, errno);
      sockets.push_back(std::move(again));
    }
    return sockets;
  }
  Result<SocketAddress> address = SocketAddress::of_host(options.host, options.port);
  if (!address) return std::move(address.error());
  // Alone first: with SO_REUSEPORT a second server of the same user would share the port of the first.
  if (options.port != 0) {
    ASSIGN_OR_RETURN(UniqueFd alone, listen_on(*address));
  }
  while (sockets.size() < count) {
    ASSIGN_OR_RETURN(UniqueFd socket, listen_on(*address, true));
    address = SocketAddress::of_local(socket.get());  // port 0: the others share that of the first
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

Result<UniqueFd> listen_with_mode(std::string_view address, unsigned mode) {
  ASSIGN_OR_RETURN(SocketAddress parsed, SocketAddress::parse(address));
  const mode_t before = ::umask(static_cast<mode_t>(~mode & 0777U));
  Result<UniqueFd> socket = listen_on(parsed);
  ::umask(before);
  return socket;
}

Result<UniqueFd> connect_to(const SocketAddress& address) {
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return system_error("socket", address.to_string(), errno);
  if (::connect(fd.get(), address.data(), address.size()) != 0 && errno != EINPROGRESS) {
    const int failure = errno;
    Error error = system_error("connect", address.to_string(), failure);
    if (failure == ECONNREFUSED) error.code = ErrorCode::kUnavailable;
    if (failure == ENOENT || failure == ENOTDIR) error.code = ErrorCode::kNotFound;
    return error;
  }
  return fd;
}

int connect_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error;
}

void set_no_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace laraman::net
