// Foundation: what a server makes before its roles and keeps longer than any of them: the listening sockets, the pid
// file, the log file, the control socket and the scoreboard. Whatever of it cannot be had ends the start.
//
// For the supervisor's thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/scoreboard.h"
#include "base/unique_fd.h"
#include "net/event_loop.h"
#include "supervisor/control_server.h"
#include "supervisor/local_sockets.h"
#include "supervisor/log_file.h"
#include "supervisor/pid_file.h"
#include "supervisor/supervisor.h"

namespace laraman::supervisor {

class Foundation {
 public:
  // `options` outlives this.
  explicit Foundation(const SupervisorOptions& options) : options_(options) {}
  Foundation(const Foundation&) = delete;
  Foundation& operator=(const Foundation&) = delete;
  // Removes the files that it has made; the pid file last.
  ~Foundation();

  // Makes all of it, in this order, and becomes the user of the server in between. Once.
  Result<void> lay(ControlServer::Handler on_request);
  // lay() failed since another server holds the pid file or the control socket.
  bool another_runs() const { return another_runs_; }

  // After lay():
  net::EventLoop& loop() { return *loop_; }
  LocalSockets& local_sockets() { return *local_sockets_; }
  const LocalSockets& local_sockets() const { return *local_sockets_; }
  Scoreboard& scoreboard() { return scoreboard_; }
  const Scoreboard& scoreboard() const { return scoreboard_; }
  // "http://127.0.0.1:8000"
  const std::string& url() const { return url_; }
  // For the gateway.
  std::vector<int> listening() const;
  // Once the gateway closes its own, clients are refused and do not wait in the backlog.
  void stop_listening() { listening_.clear(); }
  // What the roles write to; nullptr: to standard output and error.
  LogFile* log_file() { return log_file_.get(); }

 private:
  Result<void> listen();
  Result<void> give_up_root() const;
  Result<void> open_log();
  Result<void> take_pid_file();
  Result<void> open_control(ControlServer::Handler on_request);
  Result<void> make_scoreboard();

  const SupervisorOptions& options_;
  std::string client_socket_;  // file of the public port, where that is a Unix socket of its own
  std::string url_;
  bool another_runs_ = false;

  // Torn down from the last to the first: the pid file goes when nothing else of the server is left.
  PidFile pid_file_;
  std::unique_ptr<net::EventLoop> loop_;
  std::unique_ptr<LogFile> log_file_;
  Scoreboard scoreboard_;
  std::vector<UniqueFd> listening_;
  std::unique_ptr<LocalSockets> local_sockets_;
};

}  // namespace laraman::supervisor
