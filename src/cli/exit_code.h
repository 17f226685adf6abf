// What `laraman` exits with.
#pragma once

namespace laraman::cli {

enum ExitCode : int {
  kOk = 0,
  kFailure = 1,         // it was tried and did not work; why is on standard error
  kUsage = 2,           // the command line, the environment or laraman.toml is wrong
  kNotRunning = 3,      // stop, reload, status: there is no server
  kAlreadyRunning = 4,  // start: there is one already
};

}  // namespace laraman::cli
