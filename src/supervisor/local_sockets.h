// The local sockets by which the processes of one server find each other: control, worker and task socket, in the
// runtime directory unless the operator has named other addresses. A clean-up may delete them under a running server;
// then they are opened again.
//
// For the supervisor's loop only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/event_loop.h"
#include "supervisor/control_server.h"

namespace laraman::supervisor {

class LocalSockets {
 public:
  struct Options {
    std::string runtime_dir;    // made if it is not there
    std::string worker_socket;  // address; empty: <runtime_dir>/worker.sock
    std::string task_socket;    // empty: <runtime_dir>/task.sock
    ControlServer::Handler on_request;
  };
  struct Watch {
    std::function<void()> on_deleted;   // the control socket is there again; the gateway has to open its own
    std::function<void()> on_restored;  // all are there again; workers that were there before cannot be reached
  };

  LocalSockets(net::EventLoop& loop, Options options);
  LocalSockets(const LocalSockets&) = delete;
  LocalSockets& operator=(const LocalSockets&) = delete;
  // Removes the files.
  ~LocalSockets();

  // Makes the runtime directory and listens in it for control commands. kExists if another server does.
  Result<void> open_control();
  // Listens for the gateway, which is handed these two sockets down.
  Result<void> open_business();

  // From now on looks once a second whether the sockets are still there.
  void watch(Watch watch);
  // The server stops.
  void end_watch() { check_.stop(); }
  // For a gateway that is to be started: the sockets that the one before made in place of deleted ones ended with it.
  void renew_business();
  // After a deploy by a switched link: makes the runtime directory of the new release, if it has one of its own, a link
  // to this one, so that PHP outside the workers finds the task socket there.
  void follow_link();

  // Resolved: the same when a symbolic link on the way leads elsewhere later.
  const std::string& runtime_dir() const { return runtime_dir_; }
  const std::string& task_address() const { return task_address_; }
  int worker_fd() const { return worker_listening_.get(); }
  int task_fd() const { return task_listening_.get(); }

 private:
  Result<void> open_control_at_link();
  bool are_all_there() const;
  void check();
  void restore();

  net::EventLoop& loop_;
  const Options options_;
  std::string runtime_dir_;
  std::string worker_address_;
  std::string task_address_;
  UniqueFd worker_listening_;
  UniqueFd task_listening_;
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<ControlServer> control_at_link_;
  std::vector<std::string> links_;  // to the runtime directory, in releases that came later
  Watch watch_;
  net::Timer check_;
  bool deleted_ = false;         // and not all restored
  bool business_stale_ = false;  // the gateway listens on newer sockets than these
  std::string restore_error_;    // logged once
};

}  // namespace laraman::supervisor
