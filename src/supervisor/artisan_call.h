// One call of an artisan command of the package that answers the server: `php artisan COMMAND`, in the application's
// directory, in this process's environment. The command writes its answer, one JSON value, to a descriptor that it is
// handed down: its standard output may have notices and what the application echoes.
//
// For one loop only; callbacks come from reap().
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "net/event_loop.h"
#include "supervisor/process.h"

namespace laraman::supervisor {

// Runs `command` in `directory`; a symbolic link in that is followed when the process starts.
ProcessSpec in_directory(const std::string& directory, const std::vector<std::string>& command);

// The line of `output` that says what is wrong: of an exception that artisan shows its class and message in one line,
// else the first line that is not blank. Empty if there is none.
std::string first_useful_line(std::string_view output);

class ArtisanCall final : private net::IoHandler {
 public:
  struct Options {
    std::string php;                   // the program, looked up in PATH
    std::string app;                   // directory with the file artisan
    std::vector<std::string> command;  // "laraman:settings" and its arguments
    std::string answer_variable;       // environment variable that names the descriptor
    Duration limit = std::chrono::seconds(60);
    std::optional<Account> account = {};  // of the call, if not this process's user
  };
  // The error's subject is the command, its `what` the first useful line of the output.
  using OnAnswer = std::function<void(Result<nlohmann::json>)>;

  // Fails if the process cannot be started; else `on_answer` comes once.
  static Result<std::unique_ptr<ArtisanCall>> start(net::EventLoop& loop, Options options, OnAnswer on_answer);
  // The same until the answer is there, for a process that has nothing else to do.
  static Result<nlohmann::json> wait_for(Options options);
  ArtisanCall(const ArtisanCall&) = delete;
  ArtisanCall& operator=(const ArtisanCall&) = delete;
  ~ArtisanCall();

  void kill() { process_->kill(); }
  // A child was reaped. False if it was not this one; else `on_answer` was called, and the object is of no more use.
  bool reap(pid_t pid, int status);

 private:
  ArtisanCall(net::EventLoop& loop, Options options, OnAnswer on_answer)
      : loop_(loop), options_(std::move(options)), on_answer_(std::move(on_answer)) {}
  Result<void> open();
  void on_io(std::uint32_t) override { drain(); }
  void drain();
  Result<nlohmann::json> answer(const std::string& how) const;

  net::EventLoop& loop_;
  const Options options_;
  OnAnswer on_answer_;
  UniqueFd output_;  // what the command prints
  UniqueFd answer_;
  std::string printed_;  // the first of it
  std::unique_ptr<Process> process_;
};

// The question for the application's settings.
ArtisanCall::Options settings_question(const std::string& php, const std::string& app, Duration limit);

}  // namespace laraman::supervisor
