// One process that the supervisor has started: a role, until it ends.
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
#include "base/unique_fd.h"
#include "net/event_loop.h"
#include "supervisor/privileges.h"

namespace laraman::supervisor {

// What to start, and what it inherits.
struct ProcessSpec {
  std::string program;                 // path as it was given: resolve_program() is asked at each start
  std::vector<std::string> arguments;  // behind the program's name
  // Not empty: `program` is `laraman`, and what starts is its program for this PHP (supervisor/php_program.h).
  std::string php_version = {};
  // Beside the environment of this process, and in place of its variables of the same name.
  std::vector<std::pair<std::string, std::string>> environment = {};
  // Environment variable -> descriptors that stay open in the new process and whose numbers it lists ("7,8").
  std::vector<std::pair<std::string, std::vector<int>>> handed_down;
  bool says_ready = true;               // false: it is ready once it runs, and knows nothing of the supervisor
  int output = -1;                      // becomes standard output and error; -1: those of this process
  std::optional<Account> account = {};  // of the process, if not this process's user
  // Not null: the program itself, whatever its path leads to by now.
  std::shared_ptr<const UniqueFd> same_program = nullptr;
};

// The process starts in a process group of its own, with nothing to read on standard input, with default signal
// handling, and dies when the supervisor does. It says "ready" or why it failed on the pipe LARAMAN_NOTIFY_FD
// (base/handed_down.h). The code that reaps children calls ended().
class Process final : private net::IoHandler {
 public:
  enum class State { kStarting, kReady, kStopping };

  // Fails if the program cannot be executed. `on_ready` comes at most once, from the loop, and must not destroy the
  // process. One that is not ready after `start_limit` is killed.
  static Result<std::unique_ptr<Process>> start(net::EventLoop& loop, const ProcessSpec& spec, Duration start_limit,
                                                std::function<void()> on_ready);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  pid_t pid() const { return pid_; }
  State state() const { return state_; }
  TimePoint state_since() const { return state_since_; }
  // When it said that it was ready; nothing if it never did.
  std::optional<TimePoint> ready_since() const { return ready_since_; }
  // The program that it runs, for ProcessSpec::same_program.
  const std::shared_ptr<const UniqueFd>& program() const { return program_; }

  // Asks it to end: SIGTERM when it has done what it has, SIGINT at once.
  void ask_to_end(int signal);
  // SIGKILL to it and to the processes that it has forked.
  void kill();

  // It was reaped with the wait status `status`. Returns why or how it ended: what it said itself if it failed to start
  // ("port 8000 is in use"), else such as "ended by signal 9 (Killed)".
  std::string ended(int status);

 private:
  Process(net::EventLoop& loop, pid_t pid, std::shared_ptr<const UniqueFd> program, UniqueFd notice, bool says_ready,
          Duration start_limit, std::function<void()> on_ready);
  void become_ready();
  void on_io(std::uint32_t) override { read_notice(); }
  void read_notice();
  void close_notice();
  void start_overdue(Duration start_limit);
  void enter(State state);

  net::EventLoop& loop_;
  pid_t pid_;
  std::shared_ptr<const UniqueFd> program_;
  UniqueFd notice_;   // reading end; closed once the process has said all that it will
  std::string said_;  // on the notice pipe
  std::function<void()> on_ready_;
  State state_ = State::kStarting;
  TimePoint state_since_;
  std::optional<TimePoint> ready_since_;
  net::Timer start_limit_;
};

}  // namespace laraman::supervisor
