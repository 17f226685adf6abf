#include "supervisor/systemd.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/clock.h"
#include "base/log.h"

namespace laraman::supervisor {
namespace {

constexpr int kFirstSocket = 3;  // SD_LISTEN_FDS_START

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value != nullptr ? value : "";
  ::unsetenv(name);
  return text;
}

bool is_listening(int fd) {
  int listening = 0;
  socklen_t size = sizeof listening;
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

}  // namespace

ServiceNotice::ServiceNotice() : socket_(take_variable("NOTIFY_SOCKET")) {}

void ServiceNotice::reloading() {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(monotonic_now().time_since_epoch());
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.count()));
}

void ServiceNotice::send(std::string_view state) const {
  if (socket_.empty()) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path) {
    log::warning("the service manager cannot be told error=\"its socket's path is too long\"");
    return;
  }
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address), size) < 0) {
    log::warning("the service manager cannot be told error=\"{}\"", system_error("sendto", socket_, errno).message());
  }
}

Result<std::vector<UniqueFd>> take_activated_sockets() {
  const std::string pid = take_variable("LISTEN_PID");
  const std::string given = take_variable("LISTEN_FDS");
  take_variable("LISTEN_FDNAMES");
  std::vector<UniqueFd> sockets;
  if (pid != std::to_string(::getpid())) return sockets;
  const int count = std::atoi(given.c_str());
  for (int fd = kFirstSocket; fd < kFirstSocket + std::clamp(count, 0, 255); ++fd) {
    if (!is_listening(fd)) {
      return Error{ErrorCode::kInvalid, "what was handed down is no listening stream socket",
                   fmt::format("file {}", fd), "the socket unit needs ListenStream="};
    }
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    sockets.emplace_back(fd);
  }
  return sockets;
}

}  // namespace laraman::supervisor
