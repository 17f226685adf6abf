// What the supervisor hands down to a role: descriptors whose numbers stand in environment variables.
//   LARAMAN_LISTEN_FDS   "7,8": listening sockets for clients, one per event loop
//   LARAMAN_WORKER_FD, LARAMAN_TASK_FD   listening sockets for businesses
//   LARAMAN_SCOREBOARD_FD   the scoreboard
//   LARAMAN_PING_FDS   eventfds for pings from the supervisor: one per event loop, or one of the PHP pool; each ping
//                      is answered by a count in the scoreboard
//   LARAMAN_NOTIFY_FD   where the role says "ready" or "failed <why>"
// A role that finds a variable absent makes its own, so that every role also runs alone.
#pragma once

#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace laraman {

// The descriptors that the environment variable `name` lists, close-on-exec from now on; empty without it. The variable
// is removed, so that no child takes the numbers for its own. Call before the first thread.
std::vector<UniqueFd> take_handed_down(const char* name);

// The one descriptor of the variable `name`; none without it.
UniqueFd take_handed_down_one(const char* name);

// Reports to the starter of this role how its start went. Without LARAMAN_NOTIFY_FD it reports nothing.
class StartNotice {
 public:
  StartNotice() : fd_(take_handed_down_one("LARAMAN_NOTIFY_FD")) {}

  void ready();
  // `why` may have several lines.
  void failed(std::string_view why);
  // For a process that this role forks and that speaks in its stead: the descriptor, or -1.
  int fd() const { return fd_.get(); }

 private:
  void send(std::string_view text);
  UniqueFd fd_;
};

}  // namespace laraman
