#include "php/pool_worker.h"

#include <sys/socket.h>

#include <csignal>

#include "php/time_limit.h"

namespace laraman::php {
namespace {

constexpr std::size_t kMaxReport = 16 * 1024;
// A worker whose time is up has so long to come to a place where PHP can be interrupted, then to say what it sees.
constexpr Duration kTimeToInterrupt = std::chrono::milliseconds(500);
constexpr Duration kTimeToLook = std::chrono::milliseconds(100);

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

void PoolWorker::watch_time(std::int64_t deadline_ns, TimePoint now) {
  if (deadline_ns == 0 || monotonic_ns() < deadline_ns) {
    overtime = Overtime::kNone;
    return;
  }
  if (overtime != Overtime::kNone && now < overtime_until) return;
  switch (overtime) {
    case Overtime::kNone:
      overtime = Overtime::kSignalled;
      overtime_until = now + kTimeToInterrupt;
      ::kill(pid, time_is_up_signal());
      break;
    case Overtime::kSignalled:
      overtime = Overtime::kAskedAgain;
      overtime_until = now + kTimeToLook;
      ::kill(pid, time_is_up_signal());
      break;
    case Overtime::kAskedAgain:
      overtime = Overtime::kKilled;
      ::kill(pid, SIGKILL);
      break;
    case Overtime::kKilled: break;
  }
}

TimePoint PoolWorker::next_look(std::int64_t deadline_ns) const {
  if (overtime == Overtime::kKilled) return TimePoint::max();
  if (overtime != Overtime::kNone) return overtime_until;
  return deadline_ns != 0 ? TimePoint(std::chrono::nanoseconds(deadline_ns)) : TimePoint::max();
}

}  // namespace laraman::php
