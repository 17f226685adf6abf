// A server in the background (`--daemon`).
#pragma once

#include <functional>
#include <string>

namespace laraman::cli {

// How the start went, as far as the starter learns it.
struct BackgroundStart {
  bool ready = false;
  int exit_code = 0;    // if not ready
  std::string failure;  // why, in the server's words; may be empty
};

// Runs `serve` in a new process in a session of its own, and waits until it says on LARAMAN_NOTIFY_FD
// (base/handed_down.h) that it is ready, or ends. Where the output of the process goes, `serve` decides. Call before
// the first thread.
BackgroundStart start_in_background(const std::function<int()>& serve);

}  // namespace laraman::cli
