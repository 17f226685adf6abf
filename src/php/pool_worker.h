// One worker as its pool sees it: what it says on its line, and what is done when its job lasts too long.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/scoreboard.h"
#include "base/unique_fd.h"

namespace laraman::php {

// A job's time is up: what has been done about it.
enum class Overtime { kNone, kSignalled, kInterrupting, kAskedAgain, kKilled };

struct PoolWorker {
  pid_t pid = 0;
  std::uint32_t slot = 0;  // index in the scoreboard
  std::string socket_path;
  WorkerDuty duty = WorkerDuty::kAll;
  UniqueFd link;           // to the worker; closed to tell it to leave
  bool leaving = false;    // has been told to
  TimePoint told_since{};  // when it was started, or told to leave
  bool worn_out = false;   // wants a successor
  bool ready = false;
  TimePoint ready_since{};
  std::string report;  // what it has said and was not dealt with: the rest of a line, or why it failed

  Overtime overtime = Overtime::kNone;
  TimePoint overtime_until{};  // then more is done
  std::string late_job;
  std::string stack;

  // Takes in what it has said, without waiting. True: it became ready by that.
  bool read_report();
  // Tells it to leave once it has done what it has.
  void leave();
  // Ends what has lasted longer than `max_time`: a job, the wait of a job for a worker that begins none, a boot, a
  // leave. A job is interrupted first; a worker that does not react to that, or has no job, is killed.
  void watch_time(WorkerSlot& of, Duration max_time, TimePoint now);
  // When watch_time() has something to do, as things are; TimePoint::max(): never.
  TimePoint next_look(const WorkerSlot& of, Duration max_time) const;

 private:
  void take_line(const std::string& line);
  TimePoint time_is_up(const WorkerSlot& of, Duration max_time) const;
  void kill(const WorkerSlot& of);
};

}  // namespace laraman::php
