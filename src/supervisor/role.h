// One role of the server (the gateway, the PHP pool) and the processes that fill it: normally one; during a reload the
// new one too, and old ones that finish what they have. A role whose process dies is filled again, with growing pauses,
// and by the same program, also if another version of it has been installed: only a reload looks for the program. A
// program that cannot be started again is looked for at the next attempt.
//
// For the supervisor's loop only. No callback comes from within a call of the same object, but from the loop.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/event_loop.h"
#include "supervisor/process.h"

namespace laraman::supervisor {

class Role {
 public:
  struct Options {
    std::string name = {};  // "gateway", "php"
    ProcessSpec process = {};
    Duration start_limit = std::chrono::seconds(60);           // for a process to say that it is ready
    Duration first_back_off = std::chrono::milliseconds(100);  // doubled with each death that follows soon
    Duration longest_back_off = std::chrono::seconds(10);
    Duration steady_after = std::chrono::seconds(10);  // a process that was ready for this time is restarted at once
    Duration kill_after = std::chrono::seconds(1);     // from SIGINT to SIGKILL
  };
  using OnOutcome = std::function<void(Result<void>)>;

  // What `status` tells of one process.
  struct Snapshot {
    pid_t pid = 0;
    std::string state;  // starting, ready, leaving
    TimePoint since;
  };

  Role(net::EventLoop& loop, Options options);

  // Starts the first process; fails if it cannot be executed. Else `on_started` comes once: it is ready, or why not;
  // after a failure the role stays empty.
  Result<void> start(OnOutcome on_started);

  // Starts a second process with these arguments. Once that is ready the first is asked to leave, processes of later
  // starts have the new arguments too, and `on_replaced` hears of success; if it fails all stays as it was, and
  // `on_replaced` hears why. One replacement at a time: kLimit otherwise. The process before the first, if it still has
  // not left, is ended.
  Result<void> replace(std::vector<std::string> arguments, OnOutcome on_replaced);

  // Asks all processes to finish what they have and end. Those that have not after `limit` (none: as long as they need)
  // are told to end at once, and soon after are killed. `on_stopped` comes when none is left. Called again: a new
  // limit.
  void stop(std::optional<Duration> limit, std::function<void()> on_stopped);

  // Sends a signal to the process that serves, if there is one.
  void tell(int signal) const;

  // Kills the process that serves, which does not answer; another one is started. What it has forked is woken, in case
  // it was stopped too, and finds its parent gone.
  void kill_serving();

  // A child was reaped. False if it was not one of this role's.
  bool reap(pid_t pid, int status);

  const std::string& name() const { return options_.name; }
  std::uint64_t restarts() const { return restarts_; }
  bool replacing() const { return next_ != nullptr; }
  bool serving() const { return current_ != nullptr && current_->state() == Process::State::kReady; }
  pid_t serving_pid() const { return current_->pid(); }  // only while serving()
  std::vector<Snapshot> snapshots() const;

 private:
  Result<void> fill(std::unique_ptr<Process>& place, const ProcessSpec& spec, void (Role::*on_ready)());
  void current_ready();
  void next_ready();
  void current_ended(const Process& process, const std::string& how);
  void next_ended(const std::string& how);
  void refill_later(Duration delay);
  void refill();
  void report_failure(const std::string& how);
  void end_at_once();
  void check_stopped();
  std::vector<Process*> processes() const;

  net::EventLoop& loop_;
  Options options_;
  std::unique_ptr<Process> current_;
  std::unique_ptr<Process> next_;                  // of replace(), until it is ready
  std::vector<std::string> next_arguments_;        // of next_
  std::shared_ptr<const UniqueFd> program_;        // of the last that was ready
  std::vector<std::unique_ptr<Process>> leaving_;  // oldest first
  OnOutcome on_started_;
  OnOutcome on_replaced_;
  std::function<void()> on_stopped_;

  net::Timer refill_;
  net::Timer stop_limit_;
  net::Timer kill_;
  net::Timer stopped_;
  Duration back_off_{};
  std::uint64_t restarts_ = 0;
  std::string failure_;         // the last one, to log a repeated one once
  std::uint64_t failures_ = 0;  // in a row
  bool stopping_ = false;
};

}  // namespace laraman::supervisor
