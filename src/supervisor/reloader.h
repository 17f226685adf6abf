// Reloader: when a running server reloads: for a command or signal, for files that have changed, and for workers whose
// sockets were deleted. One reload at a time; what it does is Reload's matter.
//
// For the supervisor's loop only.
#pragma once

#include <memory>

#include "supervisor/file_watcher.h"
#include "supervisor/foundation.h"
#include "supervisor/reload.h"
#include "supervisor/roles.h"
#include "supervisor/systemd.h"

namespace laraman::supervisor {

class Reloader {
 public:
  // All outlive this.
  Reloader(const SupervisorOptions& options, Foundation& foundation, Roles& roles, ServiceNotice& service);

  // The server serves: from now on files and sockets are watched, and reload() may be called.
  void begin();
  // The server stops: no reload any more, and the one under way is given up.
  void stop();

  // As Reload::begin(). Reopens the log files and makes the gateway read its certificates, too.
  void reload(const Reload::OnDone& on_done);
  void reopen_logs();
  // A child was reaped. False if it was not of a reload.
  bool reap(pid_t pid, int status) { return reload_.reap(pid, status); }

 private:
  void replace_workers();
  void reload_for_change();

  const SupervisorOptions& options_;
  Foundation& foundation_;
  Roles& roles_;
  ServiceNotice& service_;
  Reload reload_;
  std::unique_ptr<FileWatcher> watcher_;
  bool for_change_ = false;      // the reload under way
  bool changed_again_ = false;   // another one follows it
  bool replaces_again_ = false;  // the same, for workers that cannot be reached
};

}  // namespace laraman::supervisor
