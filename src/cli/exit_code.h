// What `laraman` exits with.
#pragma once

namespace laraman::cli {

enum ExitCode : int {
  kOk = 0,
  kFailure = 1,         // it was tried and did not work; why is on standard error
  kUsage = 2,           // the command line, the environment or laraman.toml is wrong
  kNotRunning = 3,      // stop, reload, status and the like: there is no server
  kAlreadyRunning = 4,  // start: there is one already
  kNotPermitted = 5,    // the server is another user's
};

}  // namespace laraman::cli
