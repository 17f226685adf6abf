// `laraman stop`, `reload` and `status`: questions to the running supervisor. The truth is what answers on the control
// socket; the pid file only helps to say why nothing answers.
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <thread>

#include "base/unique_fd.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/exit_code.h"
#include "cli/status_table.h"
#include "supervisor/control_client.h"
#include "supervisor/pid_file.h"

namespace laraman::cli {
namespace {

using supervisor::ControlClient;
using supervisor::PidFile;

// Beyond the server's own limit for a stop: it kills what is left after that.
constexpr Duration kStopMargin = std::chrono::seconds(10);

// The server makes a deleted runtime directory again within a second (supervisor.cpp).
constexpr Duration kRestoreLimit = std::chrono::seconds(3);

// Why no server answers at the control socket, and the exit code for it.
struct Absence {
  int exit_code = kNotRunning;
  std::string message;
};

Absence explain_absence(const Settings& settings, const Error& error) {
  if (error.code != ErrorCode::kUnavailable) {
    const std::optional<pid_t> pid = PidFile::holder(settings.server.pid_file);
    if (!pid || supervisor::is_own_process(*pid)) return {kFailure, error.message()};
    const std::string user = supervisor::user_of(*pid);
    return {kNotPermitted, fmt::format("Laraman runs with pid {} of user {}, who controls it, as root does (sudo -u {} "
                                       "laraman …)",
                                       *pid, user, user)};
  }
  const std::string of = settings.app.empty() ? "" : " for " + settings.app;
  if (settings.server.pid_file.empty()) return {kNotRunning, "Laraman is not running" + of};
  if (const std::optional<pid_t> pid = PidFile::holder(settings.server.pid_file)) {
    return {kFailure, fmt::format("Laraman runs with pid {}, but there is no control socket in {} (it was deleted and "
                                  "cannot be made again, or the server has another --runtime-dir); `laraman stop` "
                                  "works all the same",
                                  *pid, settings.server.runtime_dir)};
  }
  if (const std::optional<pid_t> pid = PidFile::written(settings.server.pid_file)) {
    return {kNotRunning, fmt::format("Laraman is not running{}; {} was left by process {}, which has died", of,
                                     settings.server.pid_file, *pid)};
  }
  return {kNotRunning, "Laraman is not running" + of};
}

// Connects to the control socket. While the pid file says that the server runs, a socket that is missing is waited for.
Result<ControlClient> find_server(const Settings& settings) {
  const TimePoint until = monotonic_now() + kRestoreLimit;
  while (true) {
    auto client = ControlClient::find(settings.server.runtime_dir);
    const bool may_come = !client && client.error().code == ErrorCode::kUnavailable && monotonic_now() < until &&
                          PidFile::holder(settings.server.pid_file);
    if (!may_come) return client;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

// What a command does without a control socket; none: the absence of the server is reported.
using WithoutSocket = std::function<std::optional<int>(const Error& absence)>;

std::optional<ControlClient> connect_or(const Settings& settings, int& exit_code, bool json,
                                        const WithoutSocket& without_socket) {
  if (settings.server.runtime_dir.empty()) {
    complain(no_application().message());
    exit_code = kUsage;
    return std::nullopt;
  }
  auto client = find_server(settings);
  if (client) return std::move(*client);
  const std::optional<int> done = without_socket(client.error());
  exit_code = done ? *done : report_absence(settings, client.error(), json);
  return std::nullopt;
}

// Waits until the process itself is gone, so that its port, its pid file and its sockets are free. False: it is not.
bool wait_for_process(const UniqueFd& process, Duration limit) {
  pollfd ended{process.get(), POLLIN, 0};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  return ::poll(&ended, 1, static_cast<int>(std::min<std::int64_t>(milliseconds, std::numeric_limits<int>::max()))) > 0;
}

// Stops a server that has no control socket, by the pid file: as `kill -TERM` would.
std::optional<int> stop_by_pid_file(const Settings& settings) {
  if (settings.server.pid_file.empty()) return std::nullopt;
  const Result<UniqueFd> process = PidFile::open_holder(settings.server.pid_file);
  if (!process) {
    complain(process.error().message());
    return kFailure;
  }
  if (!*process) return std::nullopt;  // no server runs
  if (::syscall(SYS_pidfd_send_signal, process->get(), SIGTERM, nullptr, 0) != 0) {
    if (errno == EPERM) return std::nullopt;  // explained as any other server of another user
    complain(system_error("pidfd_send_signal", settings.server.pid_file, errno).message());
    return kFailure;
  }
  if (!wait_for_process(*process, settings.gateway.stop_timeout + kStopMargin)) {
    complain("the server does not end");
    return kFailure;
  }
  fmt::print("Laraman has stopped\n");
  return kOk;
}

// What the pid file alone says of a server without a control socket. None if no server runs, or one of another user.
std::optional<int> show_status_by_pid_file(const Settings& settings, const Error& absence, bool json) {
  const std::optional<pid_t> pid = PidFile::holder(settings.server.pid_file);
  if (!pid || absence.code != ErrorCode::kUnavailable || !supervisor::is_own_process(*pid)) return std::nullopt;
  const std::string problem = explain_absence(settings, absence).message;
  const nlohmann::json status{{"ok", true},
                              {"server", {{"pid", *pid}, {"state", "running"}, {"problem", problem}}},
                              {"processes", nlohmann::json::array()},
                              {"loops", nlohmann::json::array()}};
  fmt::print("{}\n", json ? status.dump(2) : problem);
  return kOk;
}

int show_status(const Settings& settings, const Switches& switches) {
  int exit_code = kOk;
  std::optional<ControlClient> client = connect_or(settings, exit_code, switches.json, [&](const Error& absence) {
    return show_status_by_pid_file(settings, absence, switches.json);
  });
  if (!client) return exit_code;
  const std::optional<nlohmann::json> status = ask_status(*client, exit_code);
  if (!status) return exit_code;
  fmt::print("{}", switches.json ? status->dump(2) + "\n" : status_table(*status));
  return kOk;
}

}  // namespace

int report_absence(const Settings& settings, const Error& error, bool json) {
  const Absence absence = explain_absence(settings, error);
  if (json) {
    fmt::print("{}\n", nlohmann::json{{"ok", false}, {"error", absence.message}}.dump(2));
  } else {
    complain(absence.message);
  }
  return absence.exit_code;
}

std::optional<nlohmann::json> ask_status(ControlClient& client, int& exit_code) {
  Result<nlohmann::json> status = client.ask({{"command", "status"}}, kAnswerLimit);
  if (status) return std::move(*status);
  complain(status.error().message());
  exit_code = kFailure;
  return std::nullopt;
}

std::optional<ControlClient> connect(const Settings& settings, int& exit_code, bool json) {
  return connect_or(settings, exit_code, json, [](const Error&) { return std::nullopt; });
}

int stop_command(const Settings& settings, const Switches& switches, bool own_timeout) {
  int exit_code = kOk;
  std::optional<ControlClient> client =
      connect_or(settings, exit_code, false, [&](const Error&) { return stop_by_pid_file(settings); });
  if (!client) return exit_code;
  const Result<nlohmann::json> pong = client->ask({{"command", "ping"}}, kAnswerLimit);
  if (!pong) {
    complain(pong.error().message());
    return kFailure;
  }
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pong->value("pid", 0), 0)));

  nlohmann::json request{{"command", "stop"}, {"graceful", switches.graceful}};
  if (own_timeout) request["timeout"] = std::chrono::duration<double>(settings.gateway.stop_timeout).count();
  const Result<nlohmann::json> begun = client->ask(request, kAnswerLimit);
  if (!begun) {
    complain(begun.error().message());
    return kFailure;
  }
  std::optional<Duration> limit;
  if (const double seconds = begun->value("within_seconds", -1.0); seconds >= 0) {
    limit = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds)) + kStopMargin;
  }
  if (const Result<void> ended = client->wait_for_end(limit); !ended) {
    complain("the server does not end");
    return kFailure;
  }
  if (process) wait_for_process(process, kAnswerLimit);
  fmt::print("Laraman has stopped\n");
  std::fflush(stdout);
  return kOk;
}

int reload_command(const Settings& settings) {
  int exit_code = kOk;
  std::optional<ControlClient> client = connect(settings, exit_code);
  if (!client) return exit_code;
  const Result<nlohmann::json> reloaded = client->ask({{"command", "reload"}}, std::nullopt);
  if (!reloaded) {
    complain("not reloaded, the old workers stay: " + reloaded.error().message());
    return kFailure;
  }
  fmt::print("Laraman has reloaded\n");
  const auto needs_restart = reloaded->value("needs_restart", std::vector<std::string>());
  if (!needs_restart.empty()) {
    fmt::print("Changed settings that need `laraman restart`: {}\n", fmt::join(needs_restart, ", "));
  }
  return kOk;
}

int repeat(bool again, const std::function<int()>& show) {
  for (;;) {
    if (again && ::isatty(STDOUT_FILENO) != 0) fmt::print("\x1b[H\x1b[2J");  // on a cleared screen
    const int exit_code = show();
    std::fflush(stdout);
    if (!again || exit_code != kOk) return exit_code;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

int status_command(const Settings& settings, const Switches& switches) {
  return repeat(switches.repeat, [&] { return show_status(settings, switches); });
}

}  // namespace laraman::cli
