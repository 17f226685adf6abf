#include "supervisor/process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/try.h"
#include "supervisor/executable.h"
#include "supervisor/php_program.h"

namespace laraman::supervisor {
namespace {

constexpr std::size_t kMaxSaid = 64 * 1024;  // of a failure's text; what is more is thrown away

struct Pipe {
  UniqueFd reading;
  UniqueFd writing;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe", "", errno);
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::string list_of(const std::vector<int>& fds) {
  std::string list;
  for (const int fd : fds) list.append(list.empty() ? "" : ",").append(std::to_string(fd));
  return list;
}

// All that exec needs, made before the fork.
struct Image {
  std::string path;
  std::shared_ptr<const UniqueFd> program;
  std::string executed;            // `path`, or the file of `program`
  std::vector<std::string> texts;  // arguments, then environment
  std::vector<char*> arguments;
  std::vector<char*> environment;
  std::vector<int> inherited;
};

Image make_image(const ProcessSpec& spec, int notice) {
  Image image;
  image.path = resolve_program(spec.program);
  if (!spec.php_version.empty()) image.path = php_program_of(image.path, spec.php_version);
  if (spec.same_program) {
    image.program = spec.same_program;
    image.executed = fmt::format("/proc/self/fd/{}", image.program->get());
  } else {
    image.program = std::make_shared<const UniqueFd>(::open(image.path.c_str(), O_PATH | O_CLOEXEC));
    image.executed = image.path;
  }
  image.texts.push_back(image.path);
  image.texts.insert(image.texts.end(), spec.arguments.begin(), spec.arguments.end());
  const std::size_t arguments = image.texts.size();
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const bool is_given = std::any_of(spec.environment.begin(), spec.environment.end(), [&text](const auto& given) {
      return text.substr(0, text.find('=')) == given.first;
    });
    if (!is_given) image.texts.emplace_back(text);
  }
  for (const auto& [name, value] : spec.environment) image.texts.push_back(fmt::format("{}={}", name, value));
  for (const auto& [name, fds] : spec.handed_down) {
    image.texts.push_back(name + "=" + list_of(fds));
    image.inherited.insert(image.inherited.end(), fds.begin(), fds.end());
  }
  if (spec.says_ready) {
    image.texts.push_back("LARAMAN_NOTIFY_FD=" + std::to_string(notice));
    image.inherited.push_back(notice);
  }
  for (std::size_t i = 0; i < image.texts.size(); ++i) {
    (i < arguments ? image.arguments : image.environment).push_back(image.texts[i].data());
  }
  image.arguments.push_back(nullptr);
  image.environment.push_back(nullptr);
  return image;
}

// The child's side of the fork. What fails is reported to `failure` as an errno value.
[[noreturn]] void run(const Image& image, const ProcessSpec& spec, pid_t supervisor, int failure) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != supervisor) ::_exit(EXIT_FAILURE);  // it died before it could be said
  ::setpgid(0, 0);
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD, SIGUSR1, SIGPIPE}) std::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  if (spec.output >= 0) {
    ::dup2(spec.output, STDOUT_FILENO);
    ::dup2(spec.output, STDERR_FILENO);
  }
  for (const int fd : image.inherited) ::fcntl(fd, F_SETFD, 0);
  const bool is_user = !spec.account || become(*spec.account);
  if (is_user) ::execve(image.executed.c_str(), image.arguments.data(), image.environment.data());
  const int error = is_user ? errno : EPERM;
  if (::write(failure, &error, sizeof error) < 0) ::_exit(126);
  ::_exit(127);
}

}  // namespace

Result<std::unique_ptr<Process>> Process::start(net::EventLoop& loop, const ProcessSpec& spec, Duration start_limit,
                                                std::function<void()> on_ready) {
  ASSIGN_OR_RETURN(Pipe notice, make_pipe());
  ASSIGN_OR_RETURN(Pipe failure, make_pipe());
  const Image image = make_image(spec, notice.writing.get());
  const pid_t supervisor = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return system_error("fork", spec.program, errno);
  if (pid == 0) run(image, spec, supervisor, failure.writing.get());
  failure.writing.reset();
  notice.writing.reset();
  int error = 0;
  if (::read(failure.reading.get(), &error, sizeof error) == sizeof error) {  // else: exec has closed it
    ::waitpid(pid, nullptr, 0);
    return system_error("execute", image.path, error);
  }
  ::fcntl(notice.reading.get(), F_SETFL, O_NONBLOCK);
  std::unique_ptr<Process> process(new Process(loop, pid, image.program, std::move(notice.reading), spec.says_ready,
                                               start_limit, std::move(on_ready)));
  if (Result<void> added = loop.add(process->notice_.get(), EPOLLIN, *process); !added) {
    process->notice_.reset();
    process->kill();
    return std::move(added.error());
  }
  return process;
}

Process::Process(net::EventLoop& loop, pid_t pid, std::shared_ptr<const UniqueFd> program, UniqueFd notice,
                 bool says_ready, Duration start_limit, std::function<void()> on_ready)
    : loop_(loop),
      pid_(pid),
      program_(std::move(program)),
      notice_(std::move(notice)),
      on_ready_(std::move(on_ready)),
      state_since_(monotonic_now()),
      start_limit_(loop,
                   [this, says_ready, start_limit] { says_ready ? start_overdue(start_limit) : become_ready(); }) {
  start_limit_.start(says_ready ? start_limit : Duration{});
}

Process::~Process() { close_notice(); }

void Process::enter(State state) {
  state_ = state;
  state_since_ = monotonic_now();
}

void Process::start_overdue(Duration start_limit) {
  if (state_ != State::kStarting) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::milliseconds>(start_limit).count() / 1000.0;
  said_ = fmt::format("failed not ready within {} s", seconds);
  close_notice();
  kill();
}

void Process::ask_to_end(int signal) {
  if (state_ != State::kStopping) enter(State::kStopping);
  ::kill(pid_, signal);
}

void Process::kill() {
  if (state_ != State::kStopping) enter(State::kStopping);
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);  // in case it has left its group
}

void Process::read_notice() {
  char buffer[4096];
  while (notice_) {
    const ssize_t size = ::read(notice_.get(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (size <= 0) {
      close_notice();
      return;
    }
    said_.append(buffer, std::min(static_cast<std::size_t>(size), kMaxSaid - said_.size()));
    if (said_ != "ready\n") continue;
    close_notice();
    become_ready();
    return;
  }
}

void Process::become_ready() {
  if (state_ != State::kStarting) return;
  enter(State::kReady);
  ready_since_ = state_since_;
  start_limit_.stop();
  on_ready_();
}

void Process::close_notice() {
  if (!notice_) return;
  loop_.remove(notice_.get(), *this);
  notice_.reset();
}

std::string Process::ended(int status) {
  start_limit_.stop();
  if (!ready_since_ && notice_) {
    on_ready_ = [] {};  // too late
    read_notice();
  }
  constexpr std::string_view kFailed = "failed ";
  if (said_.starts_with(kFailed)) {
    std::string why = said_.substr(kFailed.size());
    while (!why.empty() && (why.back() == '\n' || why.back() == ' ')) why.pop_back();
    return why;
  }
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return "ended by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  }
  return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace laraman::supervisor
