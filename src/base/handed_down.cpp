#include "base/handed_down.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string>

namespace laraman {

std::vector<UniqueFd> take_handed_down(const char* name) {
  std::vector<UniqueFd> fds;
  const char* value = std::getenv(name);
  if (value == nullptr) return fds;
  std::string_view list = value;
  while (!list.empty()) {
    int fd = -1;
    const auto [end, failure] = std::from_chars(list.data(), list.data() + list.size(), fd);
    if (failure != std::errc() || ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) break;
    fds.emplace_back(fd);
    list.remove_prefix(static_cast<std::size_t>(end - list.data()));
    if (!list.starts_with(',')) break;
    list.remove_prefix(1);
  }
  ::unsetenv(name);
  return fds;
}

UniqueFd take_handed_down_one(const char* name) {
  std::vector<UniqueFd> fds = take_handed_down(name);
  return fds.empty() ? UniqueFd() : std::move(fds.front());
}

void StartNotice::ready() { send("ready\n"); }

void StartNotice::failed(std::string_view why) { send(std::string("failed ").append(why).append("\n")); }

void StartNotice::send(std::string_view text) {
  while (fd_ && !text.empty()) {
    const ssize_t written = ::write(fd_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;  // the starter of this role is gone
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  fd_.reset();
}

}  // namespace laraman
