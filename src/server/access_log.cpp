#include "server/access_log.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/log.h"
#include "base/log_limiter.h"
#include "base/try.h"

namespace laraman::server {
namespace {

constexpr int kClientGone = 499;  // as nginx has it

// So that no client can write a line of its own, or control a terminal.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f || c == '"' || c == '\\') {
      out += fmt::format("\\x{:02X}", byte);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

std::string format_access(AccessLog::Format format, const AccessLog::Entry& entry, std::int64_t now) {
  const http::Request& request = *entry.request;
  const int status = entry.status != 0 ? entry.status : kClientGone;
  std::tm when{};
  const std::time_t seconds = now / 1000;
  if (format == AccessLog::Format::kCommon) {
    ::localtime_r(&seconds, &when);
    const std::string line = request.method().empty()
                                 ? "-"
                                 : fmt::format("{} {} {}", escaped(request.method()), escaped(request.target()),
                                               http::name_of(request.version()));
    return fmt::format("{} - - [{:%d/%b/%Y:%H:%M:%S %z}] \"{}\" {} {}\n", entry.remote_address, when, line, status,
                       entry.body_bytes > 0 ? std::to_string(entry.body_bytes) : "-");
  }
  ::gmtime_r(&seconds, &when);
  nlohmann::ordered_json json;
  json["time"] = fmt::format("{:%FT%T}.{:03d}Z", when, now % 1000);
  json["client"] = entry.remote_address;
  json["method"] = request.method();
  json["target"] = request.target();
  json["protocol"] = http::name_of(request.version());
  json["host"] = request.header("host").value_or("");
  json["status"] = status;
  json["bytes"] = entry.body_bytes;
  if (entry.is_broken) json["broken"] = true;
  json["seconds"] =
      static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(entry.duration).count()) / 1e6;
  json["referer"] = request.header("referer").value_or("");
  json["user_agent"] = request.header("user-agent").value_or("");
  // Only ASCII: neither C1 controls nor line separators, whatever reads it.
  return json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Result<UniqueFd> AccessLog::open_file(const std::string& file) {
  UniqueFd fd(file.empty() || file == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
                                          : ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
  if (!fd) return system_error("open", file, errno);
  return fd;
}

Result<std::unique_ptr<AccessLog>> AccessLog::open(const Options& options) {
  if (options.format == Format::kOff) return std::unique_ptr<AccessLog>();
  ASSIGN_OR_RETURN(UniqueFd fd, open_file(options.file));
  std::unique_ptr<AccessLog> log(new AccessLog(options.format, options.file));
  log->fd_ = std::move(fd);
  log->thread_ = std::thread([raw = log.get()] { raw->run(); });
  return log;
}

AccessLog::~AccessLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void AccessLog::add(const Entry& entry) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::string line =
      format_access(format_, entry, std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + line.size() > kMaxWaiting) {
      ++dropped_;
      return;
    }
    was_empty = waiting_.empty();
    waiting_ += line;
  }
  if (was_empty) wake_.notify_one();
}

void AccessLog::reopen() {
  {
    const std::lock_guard lock(mutex_);
    reopen_ = true;
  }
  wake_.notify_one();
}

void AccessLog::run() {
  std::string lines;
  LogLimiter slow;
  LogLimiter broken;
  for (bool running = true; running;) {
    bool reopen = false;
    std::uint64_t dropped = 0;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !waiting_.empty() || reopen_ || stopping_; });
      std::swap(lines, waiting_);
      reopen = std::exchange(reopen_, false);
      dropped = std::exchange(dropped_, 0);
      running = !stopping_;
    }
    if (const std::uint64_t lines_dropped = slow.admit(monotonic_now(), dropped)) {
      log::warning("access log is too slow lines_dropped={}", lines_dropped);
    }
    for (std::string_view rest = lines; !rest.empty();) {
      const ssize_t written = ::write(fd_.get(), rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        const int failure = errno;
        if (const std::uint64_t lost = broken.admit(monotonic_now(), rest.size())) {
          log::error("access log cannot be written error={} bytes_lost={}",
                     quote(system_error("write", file_, failure).message()), lost);
        }
        break;
      }
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    lines.clear();
    if (!reopen) continue;
    if (Result<UniqueFd> fd = open_file(file_); fd) {
      fd_ = std::move(*fd);
    } else {
      log::error("access log stays in its old file error=\"{}\"", fd.error().message());
    }
  }
}

}  // namespace laraman::server
