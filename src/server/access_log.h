// AccessLog: a line for each request that was answered. Lines are gathered in memory and written by a thread of their
// own, so that a slow disk delays no client; what does not fit the bound is dropped, and counted in the log.
//
// Any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "http/request.h"

namespace laraman::server {

class AccessLog {
 public:
  enum class Format : std::uint8_t {
    kOff,
    kCommon,  // the Common Log Format of old: host - user [time] "request" status bytes
    kJson,    // an object a line
  };

  struct Options {
    Format format = Format::kOff;
    std::string file;  // appended to, made if there is none; "-" or empty: standard output
  };

  struct Entry {
    std::string_view remote_address;
    const http::Request* request = nullptr;
    int status = 0;  // 0: the client went away before there was one; written as 499
    std::uint64_t body_bytes = 0;
    Duration duration{};
    bool is_broken =
        false;  // the response ended before it was complete: in JSON, for which the other format has no room
  };

  static constexpr std::size_t kMaxWaiting = 4 * 1024 * 1024;  // bytes of lines that wait to be written

  // kOff is none: nullptr.
  static Result<std::unique_ptr<AccessLog>> open(const Options& options);
  ~AccessLog();  // what waits is written first

  void add(const Entry& entry);
  // Goes on in a new file of that name: what log rotation asks for.
  void reopen();

 private:
  AccessLog(Format format, std::string file) : format_(format), file_(std::move(file)) {}
  void run();
  static Result<UniqueFd> open_file(const std::string& file);

  const Format format_;
  const std::string file_;
  UniqueFd fd_;  // the thread's
  std::mutex mutex_;
  std::condition_variable wake_;
  std::string waiting_;
  std::uint64_t dropped_ = 0;
  bool reopen_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

// A line of the log, with its end. `now`: unix time in milliseconds.
std::string format_access(AccessLog::Format format, const AccessLog::Entry& entry, std::int64_t now);

}  // namespace laraman::server
