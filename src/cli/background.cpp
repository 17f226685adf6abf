#include "cli/background.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <limits>

#include "base/result.h"
#include "base/unique_fd.h"
#include "cli/exit_code.h"

namespace laraman::cli {
namespace {

// Leaves open only the standard streams and `kept`, whose new number is returned. What else was inherited (artisan has
// copies of its output) would keep pipes of the starter open as long as the server lives.
int close_inherited(int kept) {
  constexpr int kFirst = STDERR_FILENO + 1;
  if (kept != kFirst) ::dup2(kept, kFirst);
  ::close_range(kFirst + 1, std::numeric_limits<unsigned>::max(), 0);
  return kFirst;
}

[[noreturn]] void become_server(UniqueFd notice, const std::function<int()>& serve) {
  ::setenv("LARAMAN_NOTIFY_FD", std::to_string(close_inherited(notice.release())).c_str(), 1);
  ::setsid();
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ::dup2(nothing.get(), STDIN_FILENO);
  if (::chdir("/") != 0) ::_exit(kFailure);  // not to keep a file system busy
  ::_exit(serve());
}

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t size = ::read(fd, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(size));
  }
}

}  // namespace

BackgroundStart start_in_background(const std::function<int()>& serve) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {false, kFailure, system_error("pipe", "", errno).message()};
  const UniqueFd told(ends[0]);
  UniqueFd notice(ends[1]);
  const pid_t server = ::fork();
  if (server < 0) return {false, kFailure, system_error("fork", "", errno).message()};
  if (server == 0) become_server(std::move(notice), serve);
  notice.reset();

  std::string text = read_all(told.get());
  if (text == "ready\n") return {true, kOk, ""};
  int status = 0;
  while (::waitpid(server, &status, 0) < 0 && errno == EINTR) {
  }
  constexpr std::string_view kFailed = "failed ";
  if (text.starts_with(kFailed)) text.erase(0, kFailed.size());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return {false, WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : kFailure, text};
}

}  // namespace laraman::cli
