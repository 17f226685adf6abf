// `laraman logs`: the end of the log file of a server in the background, and what is added to it.
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/exit_code.h"
#include "supervisor/control_client.h"

namespace laraman::cli {
namespace {

constexpr auto kFollowInterval = std::chrono::milliseconds(200);
constexpr off_t kBlock = 64 * 1024;

class LogReader {
 public:
  static Result<LogReader> open(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return system_error("open", path, errno);
    return LogReader(std::move(fd), path);
  }

  // Goes to where the last `lines` lines begin.
  void seek_last(std::uint64_t lines) {
    const off_t end = ::lseek(fd_.get(), 0, SEEK_END);
    std::uint64_t breaks = 0;
    for (off_t at = end; at > 0;) {
      const off_t begin = std::max<off_t>(at - kBlock, 0);
      const ssize_t size = ::pread(fd_.get(), buffer_.data(), static_cast<std::size_t>(at - begin), begin);
      for (ssize_t i = size - 1; i >= 0; --i) {
        // The break at the very end belongs to the last line.
        if (buffer_[static_cast<std::size_t>(i)] != '\n' || begin + i + 1 == end) continue;
        if (++breaks == lines) {
          ::lseek(fd_.get(), begin + i + 1, SEEK_SET);
          return;
        }
      }
      at = size > 0 ? begin : 0;
    }
    ::lseek(fd_.get(), lines == 0 ? end : 0, SEEK_SET);
  }

  // Prints what is there. False: the reader is gone.
  bool print() {
    for (;;) {
      const ssize_t size = ::read(fd_.get(), buffer_.data(), buffer_.size());
      if (size <= 0) return std::fflush(stdout) == 0;
      if (std::fwrite(buffer_.data(), 1, static_cast<std::size_t>(size), stdout) == 0) return false;
    }
  }

  // After a rotation the path is another file; a truncated file starts over.
  void follow_rotation() {
    struct stat own {};
    struct stat named {};
    ::fstat(fd_.get(), &own);
    if (own.st_size < ::lseek(fd_.get(), 0, SEEK_CUR)) ::lseek(fd_.get(), 0, SEEK_SET);
    if (::stat(path_.c_str(), &named) != 0 || (own.st_ino == named.st_ino && own.st_dev == named.st_dev)) return;
    if (UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)); fd) fd_ = std::move(fd);
  }

 private:
  LogReader(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)), buffer_(kBlock, '\0') {}

  UniqueFd fd_;
  std::string path_;
  std::string buffer_;
};

// The file that the running server writes, or the one that the last one has left. Empty: it was said why there is none,
// and `exit_code` set.
std::string find_log(const Settings& settings, int& exit_code) {
  auto client = supervisor::ControlClient::find(settings.server.runtime_dir);
  if (!client) {
    std::error_code ignored;
    if (client.error().code == ErrorCode::kUnavailable && std::filesystem::exists(settings.server.log_file, ignored)) {
      complain("not running; this is what the last server in the background has written");
      return settings.server.log_file;
    }
    exit_code = report_absence(settings, client.error());
    return "";
  }
  const std::optional<nlohmann::json> status = ask_status(*client, exit_code);
  if (!status) return "";
  std::string path = status->value("server", nlohmann::json::object()).value("log_file", "");
  if (path.empty()) {
    complain(
        "this server runs in the foreground: its log is its standard error, not a file (with systemd: journalctl -u "
        "laraman; in a container: its log)");
    exit_code = kFailure;
  }
  return path;
}

}  // namespace

int logs_command(const Settings& settings, const Switches& switches) {
  if (settings.server.runtime_dir.empty()) {
    complain(no_application().message());
    return kUsage;
  }
  int exit_code = kOk;
  const std::string path = find_log(settings, exit_code);
  if (path.empty()) return exit_code;
  Result<LogReader> log = LogReader::open(path);
  if (!log) {
    complain(log.error().message());
    return kFailure;
  }
  log->seek_last(switches.lines);
  while (log->print()) {
    if (!switches.follow) return kOk;
    std::this_thread::sleep_for(kFollowInterval);
    if (!log->print()) break;
    log->follow_rotation();
  }
  return kFailure;
}

}  // namespace laraman::cli
