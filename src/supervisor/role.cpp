#include "supervisor/role.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/log.h"

namespace laraman::supervisor {
namespace {

const char* name_of(Process::State state) {
  switch (state) {
    case Process::State::kStarting: return "starting";
    case Process::State::kReady: return "ready";
    case Process::State::kStopping: return "leaving";
  }
  return "unknown";
}

}  // namespace

Role::Role(net::EventLoop& loop, Options options)
    : loop_(loop),
      options_(std::move(options)),
      refill_(loop, [this] { refill(); }),
      stop_limit_(loop, [this] { end_at_once(); }),
      kill_(loop,
            [this] {
              for (Process* process : processes()) process->kill();
            }),
      stopped_(loop, [this] {
        if (auto told = std::exchange(on_stopped_, nullptr)) told();
      }) {}

Result<void> Role::fill(std::unique_ptr<Process>& place, const ProcessSpec& spec, void (Role::*on_ready)()) {
  Result<std::unique_ptr<Process>> process =
      Process::start(loop_, spec, options_.start_limit, [this, on_ready] { (this->*on_ready)(); });
  if (!process) return std::move(process.error());
  place = std::move(*process);
  log::debug("role starts role={} child={}", name(), place->pid());
  return {};
}

Result<void> Role::start(OnOutcome on_started) {
  Result<void> filled = fill(current_, options_.process, &Role::current_ready);
  if (filled) on_started_ = std::move(on_started);
  return filled;
}

void Role::current_ready() {
  log::info("role ready role={} child={}", name(), current_->pid());
  failures_ = 0;
  failure_.clear();
  if (options_.process.says_ready) program_ = current_->program();
  if (auto told = std::exchange(on_started_, nullptr)) told({});
}

Result<void> Role::replace(std::vector<std::string> arguments, OnOutcome on_replaced) {
  if (next_) return Error{ErrorCode::kLimit, "a reload is under way", "", "wait for its end"};
  for (const auto& process : leaving_) process->ask_to_end(SIGINT);
  refill_.stop();
  ProcessSpec spec = options_.process;
  spec.arguments = std::move(arguments);
  Result<void> filled = fill(next_, spec, &Role::next_ready);
  if (filled) {
    on_replaced_ = std::move(on_replaced);
    next_arguments_ = std::move(spec.arguments);
  }
  if (!filled && !current_) refill_later(back_off_);
  return filled;
}

void Role::next_ready() {
  if (current_) {
    current_->ask_to_end(SIGTERM);
    leaving_.push_back(std::move(current_));
  }
  current_ = std::move(next_);
  options_.process.arguments = std::move(next_arguments_);
  back_off_ = {};
  current_ready();
  if (auto told = std::exchange(on_replaced_, nullptr)) told({});
}

void Role::tell(int signal) const {
  if (serving()) ::kill(current_->pid(), signal);
}

void Role::kill_serving() {
  if (!serving()) return;
  ::kill(current_->pid(), SIGKILL);
  ::kill(-current_->pid(), SIGCONT);
}

bool Role::reap(pid_t pid, int status) {
  const auto is_it = [pid](const std::unique_ptr<Process>& process) { return process && process->pid() == pid; };
  if (is_it(current_)) {
    const std::unique_ptr<Process> process = std::move(current_);
    current_ended(*process, process->ended(status));
  } else if (is_it(next_)) {
    const std::unique_ptr<Process> process = std::move(next_);
    next_ended(process->ended(status));
  } else if (const auto left = std::find_if(leaving_.begin(), leaving_.end(), is_it); left != leaving_.end()) {
    log::info("replaced process has left role={} child={}", name(), pid);
    leaving_.erase(left);
  } else {
    return false;
  }
  check_stopped();
  return true;
}

void Role::current_ended(const Process& process, const std::string& how) {
  if (stopping_) {
    on_started_ = nullptr;
    return;
  }
  if (auto told = std::exchange(on_started_, nullptr)) {
    told(Error{ErrorCode::kUnavailable, how, "", ""});
    return;
  }
  const std::optional<TimePoint> ready = process.ready_since();
  const bool was_steady = ready && loop_.now() - *ready >= options_.steady_after;
  back_off_ = was_steady ? Duration{} : std::clamp(2 * back_off_, options_.first_back_off, options_.longest_back_off);
  report_failure(how);
  if (!next_) refill_later(back_off_);  // else the replacement fills the place, or next_ended() does
}

void Role::next_ended(const std::string& how) {
  const std::string why = stopping_ ? "the server stops" : how;
  if (auto told = std::exchange(on_replaced_, nullptr)) told(Error{ErrorCode::kUnavailable, why, "", ""});
  if (!current_ && !stopping_) refill_later(back_off_);
}

void Role::report_failure(const std::string& how) {
  ++failures_;
  if (how == failure_) {
    log::debug("role ended again role={} failures={}", name(), failures_);
    return;
  }
  failure_ = how;
  log::error("role ended role={} how=\"{}\" restart_in_ms={}", name(), how,
             std::chrono::duration_cast<std::chrono::milliseconds>(back_off_).count());
}

void Role::refill_later(Duration delay) { refill_.start(delay); }

void Role::refill() {
  ++restarts_;
  ProcessSpec spec = options_.process;
  spec.same_program = std::exchange(program_, nullptr);
  if (Result<void> filled = fill(current_, spec, &Role::current_ready); !filled) {
    back_off_ = std::clamp(2 * back_off_, options_.first_back_off, options_.longest_back_off);
    report_failure(filled.error().message());
    refill_later(back_off_);
  }
}

void Role::stop(std::optional<Duration> limit, std::function<void()> on_stopped) {
  stopping_ = true;
  on_stopped_ = std::move(on_stopped);
  refill_.stop();
  stop_limit_.stop();
  if (limit && *limit <= Duration{}) {
    end_at_once();
  } else {
    for (Process* process : processes()) {
      if (process->state() != Process::State::kStopping) process->ask_to_end(SIGTERM);
    }
    if (limit) stop_limit_.start(*limit);
  }
  check_stopped();
}

void Role::end_at_once() {
  if (processes().empty()) return;
  for (Process* process : processes()) process->ask_to_end(SIGINT);
  kill_.start(options_.kill_after);
}

void Role::check_stopped() {
  if (!stopping_ || !processes().empty()) return;
  stop_limit_.stop();
  kill_.stop();
  stopped_.start({});
}

std::vector<Process*> Role::processes() const {
  std::vector<Process*> all;
  for (const auto& process : leaving_) all.push_back(process.get());
  if (current_) all.push_back(current_.get());
  if (next_) all.push_back(next_.get());
  return all;
}

std::vector<Role::Snapshot> Role::snapshots() const {
  std::vector<Snapshot> all;
  for (const Process* process : processes()) {
    all.push_back({process->pid(), name_of(process->state()), process->state_since()});
  }
  return all;
}

}  // namespace laraman::supervisor
