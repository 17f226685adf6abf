#include "supervisor/application_processes.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/log.h"

namespace laraman::supervisor {
namespace {

constexpr unsigned kMostOfAKind = 64;

// Runs `command` in the application's directory.
ProcessSpec in_directory(const std::string& directory, const std::vector<std::string>& command) {
  ProcessSpec spec;
  spec.program = "/bin/sh";
  spec.arguments = {"-c", R"(cd "$0" && exec "$@")", directory};
  spec.arguments.insert(spec.arguments.end(), command.begin(), command.end());
  return spec;
}

// What is in the pipe: the application writes less than it holds, and has ended.
std::string read_all(int fd) {
  std::string text;
  std::array<char, 64 * 1024> bytes;
  for (ssize_t size; (size = ::read(fd, bytes.data(), bytes.size())) > 0;) {
    text.append(bytes.data(), static_cast<std::size_t>(size));
  }
  return text;
}

Result<std::vector<ApplicationProcesses::Wanted>> parse(const std::string& text) {
  std::vector<ApplicationProcesses::Wanted> all;
  const nlohmann::json list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) return Error{ErrorCode::kInvalid, "the answer is no list", "laraman:processes", ""};
  for (const nlohmann::json& item : list) {
    ApplicationProcesses::Wanted wanted;
    wanted.name = item.value("name", "");
    wanted.command = item.value("command", std::vector<std::string>());
    wanted.count = item.value("count", 0U);
    if (wanted.name.empty() || wanted.command.empty() || wanted.count == 0 || wanted.count > kMostOfAKind) {
      return Error{ErrorCode::kInvalid, "a process needs a name, a command and a count from 1 to 64",
                   "laraman:processes", ""};
    }
    all.push_back(std::move(wanted));
  }
  return all;
}

std::string without_blank_ends(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \n");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \n") - begin + 1);
}

}  // namespace

Result<void> ApplicationProcesses::list(bool server_starts, OnListed on_listed) {
  if (asked_) return Error{ErrorCode::kLimit, "the application is being asked already", "laraman:processes", ""};
  if (options_.app.empty()) {
    on_listed(std::vector<Wanted>());
    return {};
  }
  Result<std::unique_ptr<ProcessOutput>> output = ProcessOutput::open(loop_, "laraman:processes");
  if (!output) return std::move(output.error());
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return system_error("pipe", "laraman:processes", errno);
  answer_.reset(ends[0]);
  const UniqueFd question(ends[1]);
  std::vector<std::string> command = {options_.php, "artisan", "--no-ansi", "laraman:processes"};
  if (server_starts) command.emplace_back("--starting");
  ProcessSpec spec = in_directory(options_.app, command);
  spec.output = (*output)->process_end();
  spec.handed_down.push_back({"LARAMAN_PROCESSES_FD", {question.get()}});
  Result<std::unique_ptr<Process>> process = Process::start(loop_, spec, options_.list_limit, [] {});
  if (!process) return std::move(process.error());
  asked_ = std::move(*process);
  asked_output_ = std::move(*output);
  on_listed_ = std::move(on_listed);
  return {};
}

// The process that was asked has ended.
void ApplicationProcesses::listed(const std::string& how) {
  asked_output_->drain();
  const std::string said = without_blank_ends(asked_output_->last_words());
  asked_output_.reset();
  const std::string answer = read_all(answer_.get());
  answer_.reset();
  const OnListed told = std::exchange(on_listed_, nullptr);
  if (answer.empty()) {
    told(Error{ErrorCode::kUnavailable, said.empty() ? how : said, "php artisan laraman:processes", ""});
  } else {
    told(parse(answer));
  }
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
  Result<std::unique_ptr<ProcessOutput>> output = ProcessOutput::open(loop_, name);
  if (!output) return std::move(output.error());
  Role::Options options;
  options.name = name;
  options.process = in_directory(options_.app, wanted.command);
  options.process.output = (*output)->process_end();
  options.process.says_ready = false;
  auto role = std::make_unique<Role>(loop_, std::move(options));
  if (Result<void> started = role->start([](const Result<void>&) {}); !started) return started;
  outputs_.push_back(std::move(*output));
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
  if (asked_ && asked_->pid() == pid) {
    const std::unique_ptr<Process> ended = std::move(asked_);
    listed(ended->ended(status));
    check_stopped();
    return true;
  }
  for (const std::unique_ptr<Role>& role : roles_) {
    if (role->reap(pid, status)) return true;
  }
  return false;
}

}  // namespace laraman::supervisor
