#include "supervisor/application_processes.h"

#include <fmt/core.h>

#include <utility>

#include "base/log.h"
#include "base/try.h"

namespace laraman::supervisor {
namespace {

constexpr unsigned kMaxOfAKind = 64;

Result<std::vector<ApplicationProcesses::Wanted>> parse(const nlohmann::json& list) {
  std::vector<ApplicationProcesses::Wanted> all;
  if (!list.is_array()) return Error{ErrorCode::kInvalid, "the answer is no list", "laraman:processes", ""};
  for (const nlohmann::json& item : list) {
    ApplicationProcesses::Wanted wanted;
    wanted.name = item.value("name", "");
    wanted.command = item.value("command", std::vector<std::string>());
    wanted.count = item.value("count", 0U);
    if (wanted.name.empty() || wanted.command.empty() || wanted.count == 0 || wanted.count > kMaxOfAKind) {
      return Error{ErrorCode::kInvalid, "a process needs a name, a command and a count from 1 to 64",
                   "laraman:processes", ""};
    }
    all.push_back(std::move(wanted));
  }
  return all;
}

}  // namespace

Result<void> ApplicationProcesses::list(bool server_starts, OnListed on_listed) {
  if (asked_) return Error{ErrorCode::kLimit, "the application is being asked already", "laraman:processes", ""};
  if (options_.app.empty()) {
    on_listed(std::vector<Wanted>());
    return {};
  }
  std::vector<std::string> command = {"laraman:processes"};
  if (server_starts) command.emplace_back("--starting");
  Result<std::unique_ptr<ArtisanCall>> asked = ArtisanCall::start(
      loop_, {options_.php, options_.app, std::move(command), "LARAMAN_PROCESSES_FD", options_.list_limit},
      [on_listed = std::move(on_listed)](const Result<nlohmann::json>& answer) {
        answer ? on_listed(parse(*answer)) : on_listed(answer.error());
      });
  if (!asked) return std::move(asked.error());
  asked_ = std::move(*asked);
  return {};
}

void ApplicationProcesses::run(std::vector<Wanted> wanted) {
  wanted_ = std::move(wanted);
  if (roles_.empty()) return start_wanted();
  running_ = roles_.size();
  for (const std::unique_ptr<Role>& role : roles_) {
    role->stop(options_.stop_limit, [this] {
      if (--running_ > 0 || stopping_) return check_stopped();
      start_wanted();
    });
  }
}

void ApplicationProcesses::start_wanted() {
  roles_.clear();
  outputs_.clear();
  for (const Wanted& wanted : std::exchange(wanted_, {})) {
    for (unsigned number = 1; number <= wanted.count; ++number) {
      if (Result<void> started = start_one(wanted, number); !started) {
        log::error("process of the application not started process={} error=\"{}\"", wanted.name,
                   started.error().message());
      }
    }
  }
}

Result<void> ApplicationProcesses::start_one(const Wanted& wanted, unsigned number) {
  const std::string name = wanted.count == 1 ? wanted.name : fmt::format("{} {}", wanted.name, number);
  ASSIGN_OR_RETURN(std::unique_ptr<ProcessOutput> output, ProcessOutput::open(loop_, name));
  Role::Options options;
  options.name = name;
  options.process = in_directory(options_.app, wanted.command);
  options.process.environment = options_.environment;
  options.process.output = output->process_end();
  options.process.says_ready = false;
  auto role = std::make_unique<Role>(loop_, std::move(options));
  RETURN_IF_ERROR(role->start([](const Result<void>&) {}));
  outputs_.push_back(std::move(output));
  roles_.push_back(std::move(role));
  return {};
}

void ApplicationProcesses::stop(std::optional<Duration> limit, std::function<void()> on_stopped) {
  stopping_ = true;
  on_stopped_ = std::move(on_stopped);
  if (asked_) asked_->kill();
  running_ = roles_.size();
  for (const std::unique_ptr<Role>& role : roles_) {
    role->stop(limit, [this] {
      --running_;
      check_stopped();
    });
  }
  check_stopped();
}

void ApplicationProcesses::check_stopped() {
  if (!stopping_ || running_ > 0 || asked_) return;
  if (const auto told = std::exchange(on_stopped_, nullptr)) told();
}

bool ApplicationProcesses::reap(pid_t pid, int status) {
  // It calls back, and then another question may be asked.
  if (std::unique_ptr<ArtisanCall> asked = std::move(asked_); asked) {
    if (asked->reap(pid, status)) {
      check_stopped();
      return true;
    }
    asked_ = std::move(asked);
  }
  for (const std::unique_ptr<Role>& role : roles_) {
    if (role->reap(pid, status)) return true;
  }
  return false;
}

}  // namespace laraman::supervisor
