// Roles: the processes of a server: the gateway, the PHP pool, and those that the application has beside them.
//
// For the supervisor's loop only; callbacks come from the loop.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "supervisor/application_processes.h"
#include "supervisor/foundation.h"
#include "supervisor/role.h"
#include "supervisor/role_watch.h"
#include "supervisor/supervisor.h"

namespace laraman::supervisor {

class Roles {
 public:
  // Of start(): all are ready, or why they are not.
  using OnStarted = std::function<void(Result<void>)>;

  // `options` and `foundation`, which is laid, outlive this.
  static Result<std::unique_ptr<Roles>> create(const SupervisorOptions& options, Foundation& foundation);

  // Starts gateway and PHP pool, and asks the application for its own processes. An error: one of that could not even
  // begin. Else `on_started` comes once.
  Result<void> start(OnStarted on_started);
  // All are ready: the application's processes run from now on, and roles that do not answer are killed.
  void serve();
  // As Role::stop(). The PHP pool goes last: until the gateway is gone, its workers may have events to finish.
  // `on_stopped` comes when nothing is left. Called again: a new limit.
  void stop(std::optional<Duration> limit, std::function<void()> on_stopped);
  // A child was reaped. False if it was none of these.
  bool reap(pid_t pid, int status);

  Role& gateway() { return *gateway_; }
  const Role& gateway() const { return *gateway_; }
  Role& php() { return *php_; }
  const Role& php() const { return *php_; }
  ApplicationProcesses& application() { return *application_; }
  const ApplicationProcesses& application() const { return *application_; }

 private:
  enum Group : unsigned { kGateway = 1, kPhp = 2, kApplication = 4, kAllGroups = 7 };

  Roles(const SupervisorOptions& options, Foundation& foundation);
  std::unique_ptr<Role> make_role(std::string name, const RoleCommand& command);
  std::pair<std::string, std::string> gateway_socket() const;
  Result<void> start_role(Role& role);
  void finish_start_if_ready();
  void fail_start(const Error& error);
  void stop_php();
  void gone(Group group);

  const SupervisorOptions& options_;
  Foundation& foundation_;
  RoleWatch watch_;
  std::unique_ptr<Role> gateway_;
  std::unique_ptr<Role> php_;
  std::unique_ptr<ApplicationProcesses> application_;
  std::optional<std::vector<ApplicationProcesses::Wanted>> wanted_;  // by the application, until they run
  OnStarted on_started_;
  std::function<void()> on_stopped_;
  int ready_ = 0;
  unsigned gone_ = 0;  // set of Group: those of which nothing is left
  bool end_at_once_ = false;
  std::optional<TimePoint> stop_deadline_;
};

}  // namespace laraman::supervisor
