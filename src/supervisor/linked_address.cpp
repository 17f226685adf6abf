#include "supervisor/linked_address.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace laraman::supervisor {
namespace {

namespace fs = std::filesystem;

constexpr int kBacklog = 16;

struct AbstractAddress {
  sockaddr_un address{};
  socklen_t size = 0;
};

// FNV-1a, for paths that have no room in an address.
std::string digest(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

AbstractAddress address_of(const std::string& directory) {
  AbstractAddress result;
  result.address.sun_family = AF_UNIX;
  std::string name = "laraman:" + directory;
  constexpr std::size_t kRoom = sizeof(sockaddr_un::sun_path) - 1;  // without the zero in front
  if (name.size() > kRoom) name = "laraman:" + digest(directory);
  std::copy(name.begin(), name.end(), result.address.sun_path + 1);
  result.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return result;
}

bool may_be_believed(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return ::geteuid() == 0 || peer.uid == 0 || peer.uid == ::geteuid();
}

}  // namespace

bool is_linked(const std::string& directory) {
  std::error_code failure;
  const fs::path path = fs::canonical(directory, failure);
  return !failure && path != fs::path(directory).lexically_normal();
}

Result<UniqueFd> listen_at_link(const std::string& directory) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return system_error("socket", directory, errno);
  const AbstractAddress name = address_of(directory);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name.address), name.size) != 0) {
    Error error = system_error("bind", directory, errno);
    if (errno == EADDRINUSE) error.code = ErrorCode::kExists;
    return error;
  }
  if (::listen(fd.get(), kBacklog) != 0) return system_error("listen", directory, errno);
  return fd;
}

Result<UniqueFd> connect_by_link(const std::string& directory) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return system_error("socket", directory, errno);
  const AbstractAddress name = address_of(directory);
  const bool connected = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&name.address), name.size) == 0;
  if (connected && may_be_believed(fd.get())) return fd;
  Error error = system_error("connect", directory, connected ? EACCES : errno);
  error.code = ErrorCode::kUnavailable;
  return error;
}

}  // namespace laraman::supervisor
