// A supervisor in a process of its own, with stand-ins for its roles.
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "supervisor/supervisor.h"
#include "temporary_directory.h"

namespace laraman::supervisor::test {

class SupervisedServer {
 public:
  SupervisedServer();
  ~SupervisedServer();

  // What a role's stand-in is to do from its next start on (stand_in.h); "ready" at first.
  void set(const std::string& role, const std::string& does);

  // Starts the supervisor. It is told apart from another one in the same directory by its own SupervisedServer.
  void start();
  // What it said about its start: "ready\n", "failed …\n".
  std::string notice();
  // start(), and waits until all is ready. Aborts if it is not.
  void start_and_wait();

  void signal(int number) const;
  // Waits for the end: the exit code, -1 if it was killed or does not end within 20 seconds.
  int wait();

  // One request over the control socket.
  Result<nlohmann::json> ask(const nlohmann::json& request) const;
  // What status says of the first process of that role; an empty object if there is none.
  nlohmann::json process(const std::string& role) const;

  // What the stand-ins of a role have seen, a line each, without "start" lines' numbers.
  std::vector<std::string> seen(const std::string& role) const;
  std::size_t starts(const std::string& role) const;
  std::string log() const { return read_file(directory / "log"); }
  pid_t pid() const { return pid_; }

  TemporaryDirectory directory;
  SupervisorOptions options;

 private:
  pid_t pid_ = 0;
  UniqueFd notice_;
};

bool is_alive(pid_t pid);

}  // namespace laraman::supervisor::test
