#include "supervisor/supervisor.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <memory>
#include <optional>

#include "base/handed_down.h"
#include "base/log.h"
#include "base/scoreboard.h"
#include "base/signal_fd.h"
#include "base/terminal.h"
#include "base/try.h"
#include "net/event_loop.h"
#include "net/socket.h"
#include "supervisor/application_processes.h"
#include "supervisor/file_watcher.h"
#include "supervisor/local_sockets.h"
#include "supervisor/log_file.h"
#include "supervisor/pid_file.h"
#include "supervisor/privileges.h"
#include "supervisor/reload.h"
#include "supervisor/role.h"
#include "supervisor/role_watch.h"
#include "supervisor/sockets.h"
#include "supervisor/status.h"
#include "supervisor/systemd.h"

namespace laraman::supervisor {
namespace {

// What is left of a stop's time for the PHP pool after the gateway has gone: its workers have nothing more to do by
// then.
constexpr Duration kLeastPoolStop = std::chrono::seconds(1);
// Room in the scoreboard: the pool that serves, one that boots, and those that finish what they have.
constexpr std::uint32_t kPoolsAtOnce = 4;
class Supervisor final : private net::IoHandler {
 public:
  explicit Supervisor(const SupervisorOptions& options) : options_(options) {}
  ~Supervisor();

  int run();

 private:
  enum class State { kStarting, kRunning, kStopping };
  enum Group : unsigned { kGateway = 1, kPhp = 2, kApplication = 4, kAllGroups = 7 };

  Result<void> prepare();
  Result<void> open_control();
  Result<void> open_signals();
  Result<void> listen_for_clients();
  bool listens_on_file() const { return options_.host.starts_with("unix:"); }
  Result<void> give_up_root();
  Result<void> open_log();
  Result<void> take_pid_file();
  Result<void> open_business_sockets() { return local_sockets_->open_business(); }
  Result<void> make_roles();
  std::unique_ptr<Role> make_role(std::string name, const RoleCommand& command);
  std::pair<std::string, std::string> gateway_socket() const;
  Result<void> start_role(Role& role);

  void role_started(const Role& role, const Result<void>& outcome);
  void start_failed(const Error& error);
  void serve_if_all_ready();
  void serve();
  void reload(const Reload::OnDone& on_done);
  void replace_workers();
  void reload_for_change();
  void reopen_logs();
  void stop(std::optional<Duration> limit);
  void stop_php();
  void gone(Group group);
  void fail(const Error& error);

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
  std::string client_socket_;  // file of the public port, where that is a Unix socket
  std::string url_;

  // Torn down from the last to the first: the pid file goes when nothing of this server is left.
  PidFile pid_file_;
  std::unique_ptr<net::EventLoop> loop_;
  SignalFd signals_;
  std::unique_ptr<LogFile> log_file_;
  Scoreboard scoreboard_;
  std::vector<UniqueFd> listening_;
  std::unique_ptr<LocalSockets> local_sockets_;
  std::unique_ptr<RoleWatch> role_watch_;
  std::unique_ptr<Role> gateway_;
  std::unique_ptr<Role> php_;
  std::unique_ptr<ApplicationProcesses> application_;
  std::optional<std::vector<ApplicationProcesses::Wanted>> wanted_;  // by the application, until they run
  std::unique_ptr<Reload> reload_;
  std::unique_ptr<FileWatcher> watcher_;
  bool reloads_for_change_ = false;
  bool changed_again_ = false;
  bool replaces_again_ = false;  // when the reload under way has ended

  bool another_runs_ = false;
  int roles_ready_ = 0;
  unsigned gone_ = 0;  // set of Group: those of which nothing is left
  bool end_at_once_ = false;
  std::optional<TimePoint> stop_deadline_;
};

// ---- starting

int Supervisor::run() {
  if (Result<void> prepared = prepare(); !prepared) {
    fail(prepared.error());
    if (!gateway_) return exit_code_;
    stop(Duration{});
  }
  loop_->run();
  log::info("server ended");
  return exit_code_;
}

Supervisor::~Supervisor() {
  if (signals_.get() >= 0) loop_->remove(signals_.get(), *this);
  if (!client_socket_.empty()) ::unlink(client_socket_.c_str());
}

Result<void> Supervisor::prepare() {
  ASSIGN_OR_RETURN(loop_, net::EventLoop::create());
  // As root only a port is opened, never a file: paths lead where the user of the server wants them to lead.
  Result<void> listening = listens_on_file() ? Result<void>() : listen_for_clients();
  RETURN_IF_ERROR(give_up_root());
  // A running server is named as such, not as the owner of the port.
  if (Result<void> free = PidFile::expect_free(options_.pid_file); !free) {
    another_runs_ = true;
    return free;
  }
  if (!listening) return listening;
  if (listening_.empty()) listening = listen_for_clients();
  if (!listening) return listening;
  for (const auto step : {&Supervisor::open_log, &Supervisor::take_pid_file, &Supervisor::open_control,
                          &Supervisor::open_signals, &Supervisor::open_business_sockets, &Supervisor::make_roles}) {
    RETURN_IF_ERROR((this->*step)());
  }
  RETURN_IF_ERROR(start_role(*gateway_));
  RETURN_IF_ERROR(start_role(*php_));
  return application_->list(true, [this](Result<std::vector<ApplicationProcesses::Wanted>> wanted) {
    if (!wanted) return start_failed(wanted.error());
    wanted_ = std::move(*wanted);
    serve_if_all_ready();
  });
}

Result<void> Supervisor::listen_for_clients() {
  ASSIGN_OR_RETURN(std::vector<UniqueFd> activated, take_activated_sockets());
  const bool opens_itself = activated.empty();
  ASSIGN_OR_RETURN(
      std::vector<UniqueFd> listening,
      opens_itself ? supervisor::listen_for_clients(options_.host, options_.port, options_.loops, options_.socket_mode)
                   : share_between_loops(std::move(activated), options_.loops));
  listening_ = std::move(listening);
  const net::SocketAddress address = net::SocketAddress::of_local(listening_.front().get());
  url_ = (address.is_unix() ? "" : options_.secure ? "https://" : "http://") + address.to_string();
  if (address.is_unix() && opens_itself) client_socket_ = address.host();
  return {};
}

Result<void> Supervisor::give_up_root() {
  if (options_.user.empty()) return {};
  const Result<Account> account = find_account(options_.user, options_.group);
  if (!account) return account.error();
  return become(*account);
}

Result<void> Supervisor::open_log() {
  if (options_.log_file.empty()) return {};
  auto log_file = std::make_unique<LogFile>(*loop_, options_.log_file);
  RETURN_IF_ERROR(log_file->open());
  log_file_ = std::move(log_file);
  return {};
}

Result<void> Supervisor::take_pid_file() {
  Result<PidFile> pid_file = PidFile::take(options_.pid_file);
  if (!pid_file) {
    another_runs_ = pid_file.error().code == ErrorCode::kExists;
    return std::move(pid_file.error());
  }
  pid_file_ = std::move(*pid_file);
  return {};
}

Result<void> Supervisor::open_control() {
  local_sockets_ = std::make_unique<LocalSockets>(
      *loop_, LocalSockets::Options{options_.runtime_dir, options_.worker_socket, options_.task_socket,
                                    [this](const auto& request, const auto& answer) { on_request(request, answer); }});
  Result<void> opened = local_sockets_->open_control();
  another_runs_ = !opened && opened.error().code == ErrorCode::kExists;
  return opened;
}

Result<void> Supervisor::open_signals() {
  for (const int signal : {SIGPIPE, SIGUSR2}) std::signal(signal, SIG_IGN);
  ASSIGN_OR_RETURN(signals_, SignalFd::open({SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD, SIGUSR1}));
  return loop_->add(signals_.get(), EPOLLIN, *this);
}

Result<void> Supervisor::make_roles() {
  ASSIGN_OR_RETURN(scoreboard_,
                   Scoreboard::create(kPoolsAtOnce * std::max(options_.workers, options_.max_workers), options_.loops));
  role_watch_ = std::make_unique<RoleWatch>(*loop_, scoreboard_, options_.role_timeout);
  RETURN_IF_ERROR(role_watch_->open());
  gateway_ = make_role("gateway", options_.gateway);
  php_ = make_role("php", options_.php);
  application_ =
      std::make_unique<ApplicationProcesses>(*loop_, ApplicationProcesses::Options{options_.php_program,
                                                                                   options_.artisan_directory,
                                                                                   options_.start_timeout,
                                                                                   options_.stop_timeout,
                                                                                   {gateway_socket()}});
  // PHP outside the workers is to find the task socket before the application's processes start.
  reload_ = std::make_unique<Reload>(*loop_, options_, *php_, *application_, scoreboard_,
                                     [this] { local_sockets_->follow_link(); });
  return {};
}

std::unique_ptr<Role> Supervisor::make_role(std::string name, const RoleCommand& command) {
  Role::Options options;
  options.process.program = command.program;
  options.process.arguments = command.arguments;
  options.process.php_version = command.php_version;
  options.process.environment = command.environment;
  options.process.handed_down.push_back({"LARAMAN_SCOREBOARD_FD", {scoreboard_.fd()}});
  options.process.handed_down.push_back(
      {"LARAMAN_PING_FDS", name == "gateway" ? role_watch_->gateway_ends() : role_watch_->pool_ends()});
  if (name == "gateway") {
    std::vector<int> listening;
    for (const UniqueFd& fd : listening_) listening.push_back(fd.get());
    options.process.handed_down.push_back({"LARAMAN_LISTEN_FDS", std::move(listening)});
    options.process.handed_down.push_back({"LARAMAN_WORKER_FD", {local_sockets_->worker_fd()}});
    options.process.handed_down.push_back({"LARAMAN_TASK_FD", {local_sockets_->task_fd()}});
  }
  if (name == "php") {
    options.process.environment.push_back(gateway_socket());
    options.process.environment.emplace_back("LARAMAN_SERVER_VERSION", options_.version);
  }
  if (log_file_) options.process.output = log_file_->roles_end();
  options.name = std::move(name);
  options.start_limit = options_.start_timeout;
  return std::make_unique<Role>(*loop_, std::move(options));
}

// By it PHP in processes that the server starts finds the task port (the Laravel package's ServerPlace). It is no
// setting: another server that such a process starts has a port of its own.
std::pair<std::string, std::string> Supervisor::gateway_socket() const {
  const std::string& address = local_sockets_->task_address();
  return {"LARAMAN_GATEWAY_SOCKET", address.starts_with('/') ? address : "tcp://" + address};
}

Result<void> Supervisor::start_role(Role& role) {
  return role.start([this, &role](const Result<void>& outcome) { role_started(role, outcome); });
}

void Supervisor::role_started(const Role& role, const Result<void>& outcome) {
  if (!outcome) {
    Error error = outcome.error();
    error.subject = role.name();
    start_failed(error);
    return;
  }
  ++roles_ready_;
  serve_if_all_ready();
}

void Supervisor::start_failed(const Error& error) {
  if (state_ != State::kStarting) return;
  fail(error);
  stop(Duration{});
}

void Supervisor::serve_if_all_ready() {
  if (state_ == State::kStarting && roles_ready_ == 2 && wanted_) serve();
}

void Supervisor::serve() {
  state_ = State::kRunning;
  log::info("server ready address={} workers={} loops={}", url_, options_.workers, options_.loops);
  if (notice_.fd() < 0) {
    fmt::print("{}\n", options_.greeting ? options_.greeting(url_)
                                         : fmt::format("Laraman serves {} on {}", options_.app, url_));
    std::fflush(stdout);
  }
  notice_.ready();
  service_.ready();
  role_watch_->start(*gateway_, *php_);
  local_sockets_->watch({[this] { gateway_->tell(SIGHUP); }, [this] { replace_workers(); }});
  application_->run(std::move(*wanted_));
  if (!options_.watch.empty()) {
    watcher_ = std::make_unique<FileWatcher>(*loop_, options_.watch, [this] { reload_for_change(); });
  }
}

void Supervisor::fail(const Error& error) {
  exit_code_ = another_runs_ ? kExitAlreadyRunning : kExitFailed;
  const std::string message = error.message();
  if (notice_.fd() < 0) {
    fmt::print(stderr, "laraman: {}\n", message);
    return;
  }
  // Before the log file is open the starter alone hears of it, and does not read the same line twice.
  if (log_file_ || options_.log_file.empty()) log::error("server cannot start error=\"{}\"", message);
  notice_.failed(message);
}

// ---- reload and stop

void Supervisor::reload(const Reload::OnDone& on_done) {
  if (state_ != State::kRunning) {
    on_done(Error{ErrorCode::kUnavailable, std::string("the server is ") + state_name(), "", ""});
    return;
  }
  service_.reloading();
  reopen_logs();           // a deploy may have switched a link in their paths
  gateway_->tell(SIGHUP);  // its certificates
  reload_->begin([this, on_done](const Result<std::vector<std::string>>& outcome) {
    if (outcome && terminal::is_shown()) terminal::print("Laraman has reloaded");
    service_.ready();
    const bool is_refused = !outcome && outcome.error().code == ErrorCode::kLimit;
    on_done(outcome);
    if (!is_refused && std::exchange(replaces_again_, false)) replace_workers();
  });
}

// Their sockets are gone. Those of a reload under way may have made theirs before that.
void Supervisor::replace_workers() {
  reload([this](const Result<std::vector<std::string>>& outcome) {
    if (outcome) return;
    if (outcome.error().code == ErrorCode::kLimit) {
      replaces_again_ = true;
      return;
    }
    log::error("workers not replaced, requests may get 503 error=\"{}\"", outcome.error().message());
  });
}

void Supervisor::reopen_logs() {
  Result<void> reopened = log_file_ ? log_file_->reopen() : Result<void>();
  if (!reopened) log::error("log not reopened error=\"{}\"", reopened.error().message());
  if (gateway_) gateway_->tell(SIGUSR1);  // its access log
}

// One reload at a time: files that change during one lead to another behind it.
void Supervisor::reload_for_change() {
  if (state_ != State::kRunning) return;
  if (reloads_for_change_) {
    changed_again_ = true;
    return;
  }
  log::info("files have changed");
  reloads_for_change_ = true;
  reload([this](const Result<std::vector<std::string>>&) {
    reloads_for_change_ = false;
    if (std::exchange(changed_again_, false)) reload_for_change();
  });
}

void Supervisor::stop(std::optional<Duration> limit) {
  if (state_ == State::kStarting && exit_code_ == kExitStopped) {
    fail(Error{ErrorCode::kUnavailable, "told to stop while starting", "", ""});
  }
  state_ = State::kStopping;
  service_.stopping();
  end_at_once_ = limit && *limit <= Duration{};
  stop_deadline_.reset();
  if (limit) stop_deadline_ = monotonic_now() + *limit;
  local_sockets_->end_watch();
  reload_->cancel();
  log::info("server stops within_s={}", limit ? fmt::format("{}", std::chrono::duration<double>(*limit).count()) : "-");
  listening_.clear();  // once the gateway closes its own, clients are refused and do not wait in the backlog
  application_->stop(limit, [this] { gone(kApplication); });
  gateway_->stop(limit, [this] {
    gone(kGateway);
    stop_php();
  });
  if (end_at_once_) stop_php();
}

void Supervisor::stop_php() {
  std::optional<Duration> left;
  if (stop_deadline_) left = end_at_once_ ? Duration{} : std::max(*stop_deadline_ - monotonic_now(), kLeastPoolStop);
  php_->stop(left, [this] { gone(kPhp); });
}

void Supervisor::gone(Group group) {
  gone_ |= group;
  if (gone_ == kAllGroups) loop_->stop();
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
    reopen_logs();
  } else if (signal == SIGTERM && state_ != State::kStopping) {
    stop(options_.stop_timeout);
  } else {
    stop(Duration{});
  }
}

void Supervisor::reap() {
  int status = 0;
  for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (gateway_->reap(pid, status)) {
      local_sockets_->renew_business();
      continue;
    }
    if (application_->reap(pid, status)) continue;
    if (reload_->reap(pid, status)) continue;
    // As process 1 of a container it also gets children of others; there is nothing to do for them.
    if (php_->reap(pid, status)) scoreboard_.free_dead_workers();
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
    case State::kRunning: return php_->replacing() ? "reloading" : "running";
    case State::kStopping: return "stopping";
  }
  return "unknown";
}

nlohmann::json Supervisor::status() const {
  const TimePoint now = monotonic_now();
  nlohmann::json server{{"version", options_.version},
                        {"app", options_.app},
                        {"address", url_},
                        {"pid", ::getpid()},
                        {"state", state_name()},
                        {"up_seconds", seconds_since(began_, now)},
                        {"daemon", options_.daemon},
                        {"task_socket", local_sockets_->task_address()}};
  if (!options_.log_file.empty()) server["log_file"] = options_.log_file;
  nlohmann::json processes = nlohmann::json::array();
  processes.push_back(describe_process("supervisor", ::getpid(), state_name(), seconds_since(began_, now), 0));
  describe_role(processes, *gateway_, now);
  describe_role(processes, *php_, now);
  describe_workers(processes, scoreboard_, now);
  for (const std::unique_ptr<Role>& role : application_->roles()) describe_role(processes, *role, now);
  return {{"ok", true},
          {"server", std::move(server)},
          {"processes", std::move(processes)},
          {"loops", describe_loops(scoreboard_)}};
}

}  // namespace

int run_supervisor(const SupervisorOptions& options) { return std::make_unique<Supervisor>(options)->run(); }

}  // namespace laraman::supervisor
