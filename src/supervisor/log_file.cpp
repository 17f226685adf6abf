#include "supervisor/log_file.h"
#include "base/try.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace laraman::supervisor {

Result<void> LogFile::redirect_to(const std::string& path) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  if (!file) {
    Error error = system_error("open", path, errno);
    error.hint = "the user of the server must be able to write there; choose another --log-file";
    return error;
  }
  if (::dup2(file.get(), STDOUT_FILENO) < 0 || ::dup2(file.get(), STDERR_FILENO) < 0) {
    return system_error("dup2", path, errno);
  }
  return {};
}

LogFile::~LogFile() {
  if (!reading_) return;
  drain();
  loop_.remove(reading_.get(), *this);
}

Result<void> LogFile::open() {
  RETURN_IF_ERROR(redirect_to(path_));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe", path_, errno);
  reading_.reset(ends[0]);
  writing_.reset(ends[1]);
  ::fcntl(reading_.get(), F_SETFL, O_NONBLOCK);  // of this end: a role's writes wait for room, as those to a file do
  return loop_.add(reading_.get(), EPOLLIN, *this);
}

void LogFile::drain() {
  char buffer[16 * 1024];
  while (true) {
    const ssize_t size = ::read(reading_.get(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    // A full disk loses lines; it is not to stop the server.
    if (::write(STDERR_FILENO, buffer, static_cast<std::size_t>(size)) < size) continue;
  }
}

}  // namespace laraman::supervisor
