#include "supervisor/pid_file.h"
#include "base/try.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>

namespace laraman::supervisor {
namespace {

// An exclusive lock on the whole file, of the open file and so of every process that inherits it.
struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::optional<pid_t> read_pid(int fd) {
  char text[32];
  const ssize_t size = ::pread(fd, text, sizeof text, 0);
  pid_t pid = 0;
  if (size <= 0 || std::from_chars(text, text + size, pid).ec != std::errc() || pid <= 0) return std::nullopt;
  return pid;
}

// False if the file was removed or replaced since `fd` was opened.
bool is_file_at(int fd, const std::string& path) {
  struct stat opened {};
  struct stat present {};
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &present) == 0 && opened.st_ino == present.st_ino &&
         opened.st_dev == present.st_dev;
}

// One write in place, so that a reader finds the old number or the new one, never half of it.
Result<void> write_pid(int fd, const std::string& path) {
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::pwrite(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      ::ftruncate(fd, static_cast<off_t>(text.size())) != 0) {
    return system_error("write", path, errno);
  }
  return {};
}

std::optional<uid_t> owner_of(pid_t pid) {
  struct stat info {};
  if (::stat(("/proc/" + std::to_string(pid)).c_str(), &info) != 0) return std::nullopt;
  return info.st_uid;
}

Error already_running(const std::string& path, std::optional<pid_t> pid) {
  std::string what = "Laraman is already running";
  if (pid) what += ", pid " + std::to_string(*pid);
  if (pid && !is_own_process(*pid)) what += " of user " + user_of(*pid);
  return Error{ErrorCode::kExists, what, path, "`laraman status` shows it, `laraman restart` replaces it"};
}

}  // namespace

std::string user_of(pid_t pid) {
  const std::optional<uid_t> owner = owner_of(pid);
  if (!owner) return "";
  const passwd* entry = ::getpwuid(*owner);
  return entry != nullptr ? entry->pw_name : std::to_string(*owner);
}

bool is_own_process(pid_t pid) { return owner_of(pid) == ::geteuid(); }

PidFile& PidFile::operator=(PidFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  path_.swap(other.path_);
  return *this;
}

PidFile::~PidFile() {
  if (fd_) ::unlink(path_.c_str());  // while it is locked: a successor cannot have it yet
}

Result<PidFile> PidFile::take(const std::string& path) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  while (true) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0644));
    if (!fd) {
      Error error = system_error("open", path, errno);
      error.hint = "the user of the server must be able to write there; choose another --pid-file";
      return error;
    }
    struct flock lock = whole_file();
    if (::fcntl(fd.get(), F_OFD_SETLK, &lock) != 0) {
      if (errno != EAGAIN && errno != EACCES) return system_error("lock", path, errno);
      return already_running(path, read_pid(fd.get()));
    }
    if (!is_file_at(fd.get(), path)) continue;  // its owner was just removing it
    RETURN_IF_ERROR(write_pid(fd.get(), path));
    return PidFile(std::move(fd), path);
  }
}

Result<void> PidFile::expect_free(const std::string& path) {
  if (const std::optional<pid_t> pid = holder(path)) return already_running(path, pid);
  return {};
}

std::optional<pid_t> PidFile::holder(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct flock lock = whole_file();
  if (!fd || ::fcntl(fd.get(), F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return std::nullopt;
  return read_pid(fd.get());
}

Result<UniqueFd> PidFile::open_holder(const std::string& path) {
  const std::optional<pid_t> pid = holder(path);
  struct stat file {};
  if (!pid || ::stat(path.c_str(), &file) != 0) return UniqueFd();
  UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));
  if (!process) return errno == ESRCH ? Result<UniqueFd>(UniqueFd()) : system_error("pidfd_open", path, errno);
  // Looked at after it was opened, so that the process cannot have become another one between.
  if (owner_of(*pid) != file.st_uid) {
    return Error{ErrorCode::kInvalid,
                 "process " + std::to_string(*pid) + " does not belong to the owner of the pid file", path,
                 "stop the server by hand"};
  }
  return process;
}

std::optional<pid_t> PidFile::written(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  return fd ? read_pid(fd.get()) : std::nullopt;
}

}  // namespace laraman::supervisor
