#include "supervisor/roles.h"

#include <algorithm>

#include "base/handed_down.h"
#include "base/try.h"

namespace laraman::supervisor {
namespace {

// What is left of a stop's time for the PHP pool after the gateway has gone: its workers have nothing more to do by
// then.
constexpr Duration kLeastPoolStop = std::chrono::seconds(1);

}  // namespace

Result<std::unique_ptr<Roles>> Roles::create(const SupervisorOptions& options, Foundation& foundation) {
  std::unique_ptr<Roles> roles(new Roles(options, foundation));
  RETURN_IF_ERROR(roles->watch_.open());
  roles->gateway_ = roles->make_role("gateway", options.gateway);
  roles->php_ = roles->make_role("php", options.php);
  return roles;
}

Roles::Roles(const SupervisorOptions& options, Foundation& foundation)
    : options_(options),
      foundation_(foundation),
      watch_(foundation.loop(), foundation.scoreboard(), options.server.role_timeout),
      application_(std::make_unique<ApplicationProcesses>(foundation.loop(),
                                                          ApplicationProcesses::Options{options.server.php,
                                                                                        options.artisan_directory,
                                                                                        options.server.start_timeout,
                                                                                        options.stop_timeout,
                                                                                        {gateway_socket()}})) {}

std::unique_ptr<Role> Roles::make_role(std::string name, const RoleCommand& command) {
  Role::Options options;
  options.process.program = command.program;
  options.process.arguments = command.arguments;
  options.process.php_version = command.php_version;
  options.process.environment = command.environment;
  options.process.handed_down.push_back({"LARAMAN_SCOREBOARD_FD", {foundation_.scoreboard().fd()}});
  options.process.handed_down.push_back(
      {"LARAMAN_PING_FDS", name == "gateway" ? watch_.gateway_ends() : watch_.pool_ends()});
  if (name == "gateway") {
    const LocalSockets& sockets = foundation_.local_sockets();
    options.process.handed_down.push_back({"LARAMAN_LISTEN_FDS", foundation_.listening()});
    options.process.handed_down.push_back({"LARAMAN_WORKER_FD", {sockets.worker_fd()}});
    options.process.handed_down.push_back({"LARAMAN_TASK_FD", {sockets.task_fd()}});
  }
  if (name == "php") {
    options.process.environment.push_back(gateway_socket());
    options.process.environment.emplace_back("LARAMAN_SERVER_VERSION", options_.version);
  }
  if (LogFile* log_file = foundation_.log_file()) options.process.output = log_file->roles_end();
  options.name = std::move(name);
  options.start_limit = options_.server.start_timeout;
  return std::make_unique<Role>(foundation_.loop(), std::move(options));
}

// By it PHP in processes that the server starts finds the task port (the Laravel package's ServerPlace). It is no
// setting: another server that such a process starts has a port of its own.
std::pair<std::string, std::string> Roles::gateway_socket() const {
  const std::string& address = foundation_.local_sockets().task_address();
  return {"LARAMAN_GATEWAY_SOCKET", address.starts_with('/') ? address : "tcp://" + address};
}

// ---- start

Result<void> Roles::start(OnStarted on_started) {
  on_started_ = std::move(on_started);
  RETURN_IF_ERROR(start_role(*gateway_));
  RETURN_IF_ERROR(start_role(*php_));
  return application_->list(true, [this](Result<std::vector<ApplicationProcesses::Wanted>> wanted) {
    if (!wanted) return fail_start(wanted.error());
    wanted_ = std::move(*wanted);
    finish_start_if_ready();
  });
}

Result<void> Roles::start_role(Role& role) {
  return role.start([this, &role](const Result<void>& outcome) {
    if (!outcome) {
      Error error = outcome.error();
      error.subject = role.name();
      return fail_start(error);
    }
    ++ready_;
    finish_start_if_ready();
  });
}

void Roles::finish_start_if_ready() {
  if (ready_ == 2 && wanted_ && on_started_) std::exchange(on_started_, nullptr)({});
}

void Roles::fail_start(const Error& error) {
  if (on_started_) std::exchange(on_started_, nullptr)(error);
}

void Roles::serve() {
  watch_.start(*gateway_, *php_);
  application_->run(std::move(*wanted_));
}

// ---- end

void Roles::stop(std::optional<Duration> limit, std::function<void()> on_stopped) {
  on_started_ = nullptr;
  on_stopped_ = std::move(on_stopped);
  end_at_once_ = limit && *limit <= Duration{};
  stop_deadline_.reset();
  if (limit) stop_deadline_ = monotonic_now() + *limit;
  application_->stop(limit, [this] { gone(kApplication); });
  gateway_->stop(limit, [this] {
    gone(kGateway);
    stop_php();
  });
  if (end_at_once_) stop_php();
}

void Roles::stop_php() {
  std::optional<Duration> left;
  if (stop_deadline_) left = end_at_once_ ? Duration{} : std::max(*stop_deadline_ - monotonic_now(), kLeastPoolStop);
  php_->stop(left, [this] { gone(kPhp); });
}

void Roles::gone(Group group) {
  gone_ |= group;
  if (gone_ == kAllGroups) on_stopped_();
}

bool Roles::reap(pid_t pid, int status) {
  if (gateway_->reap(pid, status)) {
    foundation_.local_sockets().renew_business();
    return true;
  }
  if (application_->reap(pid, status)) return true;
  if (!php_->reap(pid, status)) return false;
  foundation_.scoreboard().free_dead_workers();
  return true;
}

}  // namespace laraman::supervisor
