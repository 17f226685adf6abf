#include "supervisor/supervisor.h"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>

#include "base/handed_down.h"
#include "base/log.h"
#include "base/signal_fd.h"
#include "base/try.h"
#include "supervisor/foundation.h"
#include "supervisor/reloader.h"
#include "supervisor/roles.h"
#include "supervisor/status.h"
#include "supervisor/systemd.h"

namespace laraman::supervisor {
namespace {

// The server's states, and what moves it from one to the next: signals and commands.
class Supervisor final : private net::IoHandler {
 public:
  explicit Supervisor(const SupervisorOptions& options) : options_(options), foundation_(options_) {}
  ~Supervisor();

  int run();

 private:
  enum class State { kStarting, kRunning, kStopping };

  Result<void> start();
  Result<void> open_signals();
  void on_started(const Result<void>& outcome);
  void serve();
  void fail(const Error& error);
  void reload(const Reload::OnDone& on_done);
  void stop(std::optional<Duration> limit);

  void on_io(std::uint32_t) override;
  void on_signal(int signal);
  void reap();

  void on_request(const nlohmann::json& request, const ControlServer::Answer& answer);
  void on_stop_request(const nlohmann::json& request, const ControlServer::Answer& answer);
  nlohmann::json status() const;
  const char* state_name() const;

  const SupervisorOptions options_;
  StartNotice notice_;
  ServiceNotice service_;
  State state_ = State::kStarting;
  int exit_code_ = kExitStopped;
  TimePoint began_ = monotonic_now();
  Foundation foundation_;
  SignalFd signals_;
  std::unique_ptr<Roles> roles_;
  std::unique_ptr<Reloader> reloader_;
};

// ---- starting

int Supervisor::run() {
  if (Result<void> started = start(); !started) {
    fail(started.error());
    if (!roles_) return exit_code_;
    stop(Duration{});
  }
  foundation_.loop().run();
  log::info("server ended");
  return exit_code_;
}

Supervisor::~Supervisor() {
  if (signals_.get() >= 0) foundation_.loop().remove(signals_.get(), *this);
}

Result<void> Supervisor::start() {
  RETURN_IF_ERROR(foundation_.lay([this](const auto& request, const auto& answer) { on_request(request, answer); }));
  RETURN_IF_ERROR(open_signals());
  ASSIGN_OR_RETURN(roles_, Roles::create(options_, foundation_));
  reloader_ = std::make_unique<Reloader>(options_, foundation_, *roles_, service_);
  return roles_->start([this](const Result<void>& outcome) { on_started(outcome); });
}

Result<void> Supervisor::open_signals() {
  for (const int signal : {SIGPIPE, SIGUSR2}) std::signal(signal, SIG_IGN);
  ASSIGN_OR_RETURN(signals_, SignalFd::open({SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD, SIGUSR1}));
  return foundation_.loop().add(signals_.get(), EPOLLIN, *this);
}

void Supervisor::on_started(const Result<void>& outcome) {
  if (outcome) return serve();
  fail(outcome.error());
  stop(Duration{});
}

void Supervisor::serve() {
  state_ = State::kRunning;
  const std::string& url = foundation_.url();
  log::info("server ready address={} workers={} loops={}", url, options_.workers, options_.listen.loops);
  if (notice_.fd() < 0) {
    fmt::print("{}\n",
               options_.greeting ? options_.greeting(url) : fmt::format("Laraman serves {} on {}", options_.app, url));
    std::fflush(stdout);
  }
  notice_.ready();
  service_.ready();
  roles_->serve();
  reloader_->begin();
}

void Supervisor::fail(const Error& error) {
  exit_code_ = foundation_.another_runs() ? kExitAlreadyRunning : kExitFailed;
  const std::string message = error.message();
  if (notice_.fd() < 0) {
    fmt::print(stderr, "laraman: {}\n", message);
    return;
  }
  // Before the log file is open the starter alone hears of it, and does not read the same line twice.
  if (foundation_.log_file() != nullptr || options_.server.log_file.empty()) {
    log::error("server cannot start error=\"{}\"", message);
  }
  notice_.failed(message);
}

// ---- reload and stop

void Supervisor::reload(const Reload::OnDone& on_done) {
  if (state_ == State::kRunning) return reloader_->reload(on_done);
  on_done(Error{ErrorCode::kUnavailable, std::string("the server is ") + state_name(), "", ""});
}

void Supervisor::stop(std::optional<Duration> limit) {
  if (state_ == State::kStarting && exit_code_ == kExitStopped) {
    fail(Error{ErrorCode::kUnavailable, "told to stop while starting", "", ""});
  }
  state_ = State::kStopping;
  service_.stopping();
  reloader_->stop();
  log::info("server stops within_s={}", limit ? fmt::format("{}", std::chrono::duration<double>(*limit).count()) : "-");
  foundation_.stop_listening();
  roles_->stop(limit, [this] { foundation_.loop().stop(); });
}

// ---- signals

void Supervisor::on_io(std::uint32_t) {
  while (const int signal = signals_.next()) on_signal(signal);
}

void Supervisor::on_signal(int signal) {
  if (signal == SIGCHLD) {
    reap();
  } else if (signal == SIGHUP) {
    reload([](const Result<std::vector<std::string>>&) {});
  } else if (signal == SIGUSR1) {
    reloader_->reopen_logs();
  } else if (signal == SIGTERM && state_ != State::kStopping) {
    stop(options_.stop_timeout);
  } else {
    stop(Duration{});
  }
}

// As process 1 of a container it also gets children of others; there is nothing to do for them.
void Supervisor::reap() {
  int status = 0;
  for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (!roles_->reap(pid, status)) reloader_->reap(pid, status);
  }
}

// ---- control socket

void Supervisor::on_request(const nlohmann::json& request, const ControlServer::Answer& answer) {
  const std::string command = request["command"].get<std::string>();
  if (command == "ping") {
    answer({{"ok", true}, {"pid", ::getpid()}});
  } else if (command == "status") {
    answer(status());
  } else if (command == "stop") {
    on_stop_request(request, answer);
  } else if (command == "reload") {
    reload([answer](const Result<std::vector<std::string>>& needs_restart) {
      answer(needs_restart ? nlohmann::json{{"ok", true}, {"needs_restart", *needs_restart}}
                           : control_failure(needs_restart.error().message()));
    });
  } else {
    answer(control_failure("unknown command " + command));
  }
}

void Supervisor::on_stop_request(const nlohmann::json& request, const ControlServer::Answer& answer) {
  const nlohmann::json graceful = request.value("graceful", nlohmann::json(false));
  const nlohmann::json timeout = request.value("timeout", nlohmann::json());
  if (!graceful.is_boolean() || !(timeout.is_null() || timeout.is_number())) {
    answer(control_failure("stop takes graceful (true or false) and timeout (seconds)"));
    return;
  }
  std::optional<Duration> limit = options_.stop_timeout;
  if (timeout.is_number()) {
    const double seconds = std::clamp(timeout.get<double>(), 0.0, 1e6);
    limit = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  }
  if (graceful.get<bool>()) limit.reset();
  nlohmann::json begun{{"ok", true}, {"pid", ::getpid()}};
  if (limit) begun["within_seconds"] = std::chrono::duration<double>(*limit).count();
  answer(begun);
  stop(limit);
}

const char* Supervisor::state_name() const {
  switch (state_) {
    case State::kStarting: return "starting";
    case State::kRunning: return roles_->php().replacing() ? "reloading" : "running";
    case State::kStopping: return "stopping";
  }
  return "unknown";
}

nlohmann::json Supervisor::status() const {
  const TimePoint now = monotonic_now();
  nlohmann::json server{{"version", options_.version},  {"app", options_.app},
                        {"address", foundation_.url()}, {"pid", ::getpid()},
                        {"state", state_name()},        {"up_seconds", seconds_since(began_, now)},
                        {"daemon", options_.daemon},    {"task_socket", foundation_.local_sockets().task_address()}};
  if (!options_.server.log_file.empty()) server["log_file"] = options_.server.log_file;
  nlohmann::json processes = nlohmann::json::array();
  processes.push_back(describe_process("supervisor", ::getpid(), state_name(), seconds_since(began_, now), 0));
  describe_role(processes, roles_->gateway(), now);
  describe_role(processes, roles_->php(), now);
  describe_workers(processes, foundation_.scoreboard(), now);
  for (const std::unique_ptr<Role>& role : roles_->application().roles()) describe_role(processes, *role, now);
  return {{"ok", true},
          {"server", std::move(server)},
          {"processes", std::move(processes)},
          {"loops", describe_loops(foundation_.scoreboard())}};
}

}  // namespace

int run_supervisor(const SupervisorOptions& options) { return std::make_unique<Supervisor>(options)->run(); }

}  // namespace laraman::supervisor
