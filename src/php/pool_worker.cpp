#include "php/pool_worker.h"

#include <sys/socket.h>

#include <algorithm>
#include <csignal>

#include "php/time_limit.h"

namespace laraman::php {
namespace {

constexpr std::size_t kMaxReport = 16 * 1024;
// A worker whose time is up has so long to run its signal handler, then to come to a place where PHP can be
// interrupted, then to say what it sees.
constexpr Duration kTimeToReact = std::chrono::milliseconds(100);
constexpr Duration kTimeToInterrupt = std::chrono::milliseconds(400);
constexpr Duration kTimeToLook = std::chrono::milliseconds(100);
// A boot may last as long as a job, but at least so long: it compiles the application.
constexpr Duration kLongestBoot = std::chrono::seconds(60);

}  // namespace

bool PoolWorker::read_report() {
  char buffer[4096];
  const ssize_t count = ::recv(link.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (count <= 0) {
    if (count == 0) link.reset();  // it is about to end; Pool::reap() sees that
    return false;
  }
  if (report.size() < kMaxReport) report.append(buffer, static_cast<std::size_t>(count));
  const bool was_ready = ready;
  if (!ready && !report.starts_with("ready\n")) return false;
  for (std::size_t end = 0; (end = report.find('\n')) != std::string::npos;) {
    const std::string line = report.substr(0, end);
    report.erase(0, end + 1);
    take_line(line);
  }
  return ready && !was_ready;
}

void PoolWorker::take_line(const std::string& line) {
  if (line == "ready") {
    ready = true;
    ready_since = monotonic_now();
  } else if (line == "recycle") {
    worn_out = true;
  } else if (line.starts_with("late ")) {
    late_job = line.substr(5);
  } else if (line.starts_with("stack ")) {
    stack = line.substr(6);
  }
}

void PoolWorker::leave() {
  leaving = true;
  told_since = monotonic_now();
  link.reset();
}

// When what the worker does, or should begin, has lasted too long. Nothing but the slot and the pool's own clock count
// here: a worker that is stopped or blocked tells nothing.
TimePoint PoolWorker::time_is_up(const WorkerSlot& of, Duration max_time) const {
  const auto at = [](std::int64_t ns) { return TimePoint(std::chrono::nanoseconds(ns)); };
  if (!ready) return told_since + std::max(max_time, kLongestBoot);
  if (const std::int64_t deadline = of.deadline_ns.load(); deadline != 0) return at(deadline);
  const TimePoint progress = at(of.state_since_ns.load());
  if (const std::int64_t handed = of.handed_ns.load(); handed != 0) return std::max(at(handed), progress) + max_time;
  return leaving ? std::max(told_since, progress) + max_time : TimePoint::max();
}

void PoolWorker::watch_time(WorkerSlot& of, Duration max_time, TimePoint now) {
  if (overtime == Overtime::kKilled) return;
  if (now < time_is_up(of, max_time)) {
    if (overtime != Overtime::kNone) of.overdue.store(0);
    overtime = Overtime::kNone;
    late_job.clear();
    return;
  }
  if (overtime != Overtime::kNone && now < overtime_until) return;
  switch (overtime) {
    case Overtime::kNone:
      of.overdue.store(of.generation.load());  // the gateway answers 504 where the worker does not
      if (!ready || of.deadline_ns.load() == 0) return kill(of);
      overtime = Overtime::kSignalled;
      overtime_until = now + kTimeToReact;
      ::kill(pid, time_is_up_signal());
      break;
    case Overtime::kSignalled:
      if (late_job.empty()) return kill(of);  // it does not even run its signal handler
      overtime = Overtime::kInterrupting;
      overtime_until = now + kTimeToInterrupt;
      break;
    case Overtime::kInterrupting:
      overtime = Overtime::kAskedAgain;
      overtime_until = now + kTimeToLook;
      ::kill(pid, time_is_up_signal());
      break;
    case Overtime::kAskedAgain: return kill(of);
    case Overtime::kKilled: break;
  }
}

void PoolWorker::kill(const WorkerSlot& of) {
  if (late_job.empty()) {
    const WorkerState state = of.state.load();
    const bool has_job = state == WorkerState::kRequest || state == WorkerState::kEvent;
    late_job = has_job ? of.job.get() : std::string(to_string(state));
    stack = "none: the process does not react";
  }
  overtime = Overtime::kKilled;
  ::kill(pid, SIGKILL);
}

TimePoint PoolWorker::next_look(const WorkerSlot& of, Duration max_time) const {
  if (overtime == Overtime::kKilled) return TimePoint::max();
  return overtime != Overtime::kNone ? overtime_until : time_is_up(of, max_time);
}

}  // namespace laraman::php
