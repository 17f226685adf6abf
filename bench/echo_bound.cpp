// echo_bound: the least that an echo over TCP can cost on epoll. It sends back what it reads, with one read and one
// write a turn, and knows no frames. With --to-all it sends what it reads to every client: the least for a fan-out.
// Bench tables put it beside the gateway, as the bound that no WebSocket server can pass.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_map>

#include "base/unique_fd.h"

namespace {

using laraman::UniqueFd;

[[noreturn]] void fail(const char* call) {
  std::fprintf(stderr, "echo_bound: %s: %s\n", call, std::strerror(errno));
  std::exit(1);
}

UniqueFd listen_on_loopback(std::uint16_t port) {
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener) fail("socket");
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if (::listen(listener.get(), 4096) != 0) fail("listen");
  return listener;
}

class EchoServer {
 public:
  EchoServer(std::uint16_t port, bool to_all)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)), listener_(listen_on_loopback(port)), to_all_(to_all) {
    if (!epoll_) fail("epoll_create1");
    watch(EPOLL_CTL_ADD, listener_.get(), EPOLLIN);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 512> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
      if (count < 0 && errno != EINTR) fail("epoll_wait");
      for (int i = 0; i < count; ++i) {
        const int fd = events[i].data.fd;
        if (fd == listener_.get()) {
          accept_all();
        } else {
          serve(fd);
        }
      }
    }
  }

 private:
  struct Client {
    UniqueFd fd;
    std::string unsent;  // what the socket did not take; nothing is read while it holds something
  };

  void watch(int operation, int fd, std::uint32_t events) {
    epoll_event event{.events = events, .data = {.fd = fd}};
    if (::epoll_ctl(epoll_.get(), operation, fd, &event) != 0) fail("epoll_ctl");
  }

  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      clients_[fd].fd.reset(fd);
      watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
  }

  void serve(int fd) {
    Client& client = clients_.find(fd)->second;
    if (!client.unsent.empty()) {
      const std::string pending = std::move(client.unsent);
      client.unsent.clear();
      if (!send(client, pending) || !client.unsent.empty()) return;
      watch(EPOLL_CTL_MOD, fd, EPOLLIN);
      return;
    }
    const ssize_t size = ::read(fd, buffer_.data(), buffer_.size());
    if (size > 0 && to_all_) {
      for (auto& [other, receiver] : clients_) send_or_keep(receiver, {buffer_.data(), static_cast<std::size_t>(size)});
    } else if (size > 0) {
      if (send(client, {buffer_.data(), static_cast<std::size_t>(size)}) && !client.unsent.empty()) {
        watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
      }
    } else if (size == 0 || errno != EAGAIN) {
      clients_.erase(fd);
    }
  }

  // For a client that may have something unsent. One that broke is found when it is read.
  void send_or_keep(Client& client, std::string_view bytes) {
    if (!client.unsent.empty()) {
      client.unsent.append(bytes);
      return;
    }
    const ssize_t sent = ::send(client.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(bytes.size())) return;
    client.unsent.assign(bytes.substr(sent < 0 ? 0 : static_cast<std::size_t>(sent)));
    watch(EPOLL_CTL_MOD, client.fd.get(), EPOLLOUT);
  }

  // False if the connection broke; the client is gone then.
  bool send(Client& client, std::string_view bytes) {
    const ssize_t sent = ::send(client.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
      clients_.erase(client.fd.get());
      return false;
    }
    client.unsent.assign(bytes.substr(sent < 0 ? 0 : static_cast<std::size_t>(sent)));
    return true;
  }

  UniqueFd epoll_;
  UniqueFd listener_;
  const bool to_all_;
  std::unordered_map<int, Client> clients_;
  std::array<char, 64 * 1024> buffer_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Bare TCP echo over epoll, on the loopback address");
  std::uint16_t port = 0;
  app.add_option("--port", port, "Port to listen on")->required();
  bool to_all = false;
  app.add_flag("--to-all", to_all, "Send what one client sends to all of them");
  CLI11_PARSE(app, argc, argv);
  EchoServer(port, to_all).run();
}
