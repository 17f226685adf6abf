// The processes that the application has beside the server: what the listeners of its event LaramanStarting ask for.
// They are kept running, end with the server and are restarted with new code. Which they are is asked of the
// application itself, by `php artisan laraman:processes`, at the start and at each reload.
//
// For the supervisor's loop only; callbacks come from the loop.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/artisan_call.h"
#include "supervisor/process_output.h"
#include "supervisor/role.h"

namespace laraman::supervisor {

class ApplicationProcesses {
 public:
  struct Options {
    std::string php = "php";  // the program, looked up in PATH
    std::string app;          // directory with the file artisan; empty: there are no such processes
    Duration list_limit = std::chrono::seconds(60);
    Duration stop_limit = std::chrono::seconds(10);                     // for those that a reload replaces
    std::vector<std::pair<std::string, std::string>> environment = {};  // of the processes, as of ProcessSpec
  };
  // One kind of process, as the application names it.
  struct Wanted {
    std::string name;
    std::vector<std::string> command;
    unsigned count = 1;
  };
  using OnListed = std::function<void(Result<std::vector<Wanted>>)>;

  ApplicationProcesses(net::EventLoop& loop, Options options) : loop_(loop), options_(std::move(options)) {}

  // Asks the application. `on_listed` comes once, and not from within this call if that succeeds. One at a time.
  Result<void> list(bool server_starts, OnListed on_listed);
  // From now on these run. Those that run already are ended first.
  void run(std::vector<Wanted> wanted);
  // As Role::stop().
  void stop(std::optional<Duration> limit, std::function<void()> on_stopped);

  bool reap(pid_t pid, int status);
  const std::vector<std::unique_ptr<Role>>& roles() const { return roles_; }

 private:
  void start_wanted();
  Result<void> start_one(const Wanted& wanted, unsigned number);
  void check_stopped();

  net::EventLoop& loop_;
  const Options options_;
  std::unique_ptr<ArtisanCall> asked_;
  std::vector<Wanted> wanted_;
  std::vector<std::unique_ptr<ProcessOutput>> outputs_;  // of roles_
  std::vector<std::unique_ptr<Role>> roles_;
  std::size_t running_ = 0;  // of roles_, not stopped yet
  bool stopping_ = false;
  std::function<void()> on_stopped_;
};

}  // namespace laraman::supervisor
