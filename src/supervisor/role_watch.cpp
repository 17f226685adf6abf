#include "supervisor/role_watch.h"

#include <fmt/core.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "base/log.h"
#include "base/try.h"

namespace laraman::supervisor {

RoleWatch::RoleWatch(net::EventLoop& loop, const Scoreboard& scoreboard, Duration limit)
    : scoreboard_(scoreboard), loop_(loop), interval_(limit / kMaxMissed), timer_(loop, [this] { ping(); }) {}

Result<void> RoleWatch::open() {
  if (interval_ <= Duration::zero()) return {};
  for (std::uint32_t i = 0; i < scoreboard_.loop_slots(); ++i) {
    RETURN_IF_ERROR(add(loops_, scoreboard_.loop(i).pings));
  }
  return add(pool_, scoreboard_.pool_pings());
}

Result<void> RoleWatch::add(std::vector<Pinged>& group, const Counter& answers) {
  UniqueFd wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake) return system_error("eventfd", "pings", errno);
  group.push_back({std::move(wake), &answers});
  return {};
}

std::vector<int> RoleWatch::ends_of(const std::vector<Pinged>& group) {
  std::vector<int> ends;
  ends.reserve(group.size());
  for (const Pinged& one : group) ends.push_back(one.wake.get());
  return ends;
}

void RoleWatch::start(Role& gateway, Role& pool) {
  if (pool_.empty()) return;
  gateway_role_ = &gateway;
  pool_role_ = &pool;
  last_ping_ = loop_.now();
  timer_.start(interval_);
}

void RoleWatch::ping() {
  // Time in which this process did not run itself says nothing about the others.
  const bool counts = loop_.now() - last_ping_ < 2 * interval_;
  last_ping_ = loop_.now();
  ping(*gateway_role_, loops_, gateway_process_, counts);
  ping(*pool_role_, pool_, pool_process_, counts);
  timer_.start(interval_);
}

void RoleWatch::ping(Role& role, std::vector<Pinged>& group, pid_t& process, bool counts) {
  const bool is_same = role.serving() && role.serving_pid() == process;
  process = role.serving() ? role.serving_pid() : 0;
  if (process == 0) return;
  for (Pinged& one : group) {
    const std::uint64_t answers = one.answers->load();
    if (answers != one.seen || !is_same) {
      one.missed = 0;
    } else if (counts) {
      ++one.missed;
    }
    one.seen = answers;
    const std::uint64_t again = 1;
    if (::write(one.wake.get(), &again, sizeof again) < 0 && errno != EAGAIN) {
      log::error("ping not sent role={} errno={}", role.name(), errno);
    }
  }
  if (std::none_of(group.begin(), group.end(), [](const Pinged& one) { return one.missed >= kMaxMissed; })) return;
  log::error("role does not answer and is killed role={} child={} {}", role.name(), process, describe(group));
  role.kill_serving();
  process = 0;
}

// "loops=\"0: answers, 3 connections; 1: silent for 30 s, 5 connections\"".
std::string RoleWatch::describe(const std::vector<Pinged>& group) const {
  const auto silent = [this](const Pinged& one) {
    return fmt::format("silent for {} s", std::chrono::duration<double>(one.missed * interval_).count());
  };
  if (&group == &pool_) return fmt::format("state=\"{}\"", silent(group.front()));
  std::string text;
  for (std::size_t i = 0; i < group.size(); ++i) {
    const LoopSlot& slot = scoreboard_.loop(static_cast<std::uint32_t>(i));
    fmt::format_to(std::back_inserter(text), "{}{}: {}, {} connections, {} messages received, {} requests",
                   text.empty() ? "" : "; ", i, group[i].missed > 0 ? silent(group[i]) : "answers",
                   slot.connections.load(), slot.messages_received.load(), slot.http_requests.load());
  }
  return fmt::format("loops=\"{}\"", text);
}

}  // namespace laraman::supervisor
