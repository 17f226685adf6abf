// The log file of a server in the background. The supervisor alone has it open: its own lines go there by its standard
// error, and what the roles write comes through a pipe. So reopen(), for log rotation, holds for all of them.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/event_loop.h"

namespace laraman::supervisor {

class LogFile final : private net::IoHandler {
 public:
  LogFile(net::EventLoop& loop, std::string path) : loop_(loop), path_(std::move(path)) {}
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile();

  // Makes the file (and its directory) or adds to it, turns this process's standard output and error to it, and opens
  // the pipe for the roles.
  Result<void> open();

  // Where a role is to write.
  int roles_end() const { return writing_.get(); }

  // Opens the file at the path again; the old one stays in use if that fails.
  Result<void> reopen() { return redirect_to(path_); }

  // Copies all that the roles have written so far.
  void drain();

 private:
  static Result<void> redirect_to(const std::string& path);
  void on_io(std::uint32_t) override { drain(); }

  net::EventLoop& loop_;
  std::string path_;
  UniqueFd reading_;
  UniqueFd writing_;
};

}  // namespace laraman::supervisor
