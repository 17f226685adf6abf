// A reload: the settings are read again, the application names its processes, a second PHP pool starts with the new
// code, and the reload has ended when no worker of the first pool takes a job any more. Where one of the steps fails,
// all stays as it was.
//
// For the supervisor's loop only; callbacks come from the loop, or from within begin().
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/scoreboard.h"
#include "net/event_loop.h"
#include "supervisor/application_processes.h"
#include "supervisor/artisan_call.h"
#include "supervisor/retiring_workers.h"
#include "supervisor/role.h"
#include "supervisor/supervisor.h"

namespace laraman::supervisor {

class Reload {
 public:
  // The names of the settings that have changed and need a restart; or why nothing has changed.
  using OnDone = std::function<void(const Result<std::vector<std::string>>&)>;

  // All of them outlive this. `on_replaced`: new workers serve, the application's own processes are still the old ones.
  Reload(net::EventLoop& loop, const SupervisorOptions& options, Role& php, ApplicationProcesses& application,
         const Scoreboard& scoreboard, std::function<void()> on_replaced);

  // kLimit, at once, while one is under way. One that only waits for long jobs of the old workers is ended for it.
  void begin(OnDone on_done);
  // The server stops.
  void cancel();
  // A child was reaped. False if it was not of a reload.
  bool reap(pid_t pid, int status);

 private:
  // Of the end: the new pool is ready and the old one is asked to leave.
  struct Handover {
    RetiringWorkers old;
    TimePoint limit;
    std::vector<std::string> needs_restart;
  };

  Result<void> ask_for_settings();
  void reconfigure(const nlohmann::json& application);
  void replace_workers(const Reconfiguration& settings, std::vector<ApplicationProcesses::Wanted> wanted);
  void finish();
  void fail(const Error& error);
  void end(const Result<std::vector<std::string>>& outcome);

  net::EventLoop& loop_;
  const SupervisorOptions& options_;
  Role& php_;
  ApplicationProcesses& application_;
  const Scoreboard& scoreboard_;
  const std::function<void()> on_replaced_;
  OnDone on_done_;  // of the one under way
  std::unique_ptr<ArtisanCall> settings_call_;
  std::optional<Handover> handover_;
  net::Timer handover_poll_;
};

}  // namespace laraman::supervisor
