// The supervisor: `laraman start`. It makes what outlives any role (pid file, listening sockets, scoreboard, control
// socket), starts gateway and PHP pool, restarts what dies, reloads and stops. One thread; no client's byte passes
// here.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/socket.h"

namespace laraman::supervisor {

// How a role is started. The descriptors of base/handed_down.h are added by the supervisor.
struct RoleCommand {
  std::string program;  // a path; where it leads is looked up again at each start
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment = {};  // as of ProcessSpec
  std::string php_version = {};                                       // as of ProcessSpec
};

// What a reload finds when it reads the settings again.
struct Reconfiguration {
  std::vector<std::string> php_arguments;  // of the new PHP pool
  std::vector<std::string> needs_restart;  // names of the settings that have changed and that a reload does not apply
};

// Of the server as a whole, for its user to set.
struct ServerOptions {
  std::string user;         // of the server once its port is open; empty: the one that starts it
  std::string group;        // empty: the user's
  std::string runtime_dir;  // of the sockets between the processes; made if it is not there
  std::string pid_file;
  std::string log_file;  // for standard output and error of this process and the roles; empty: as they are
  std::string php;       // runs artisan: a path, or a name in PATH
  Duration start_timeout = std::chrono::seconds(60);  // for a role to be ready
  Duration role_timeout = std::chrono::seconds(30);   // silent roles are killed (role_watch.h); 0: never
};

struct SupervisorOptions {
  ServerOptions server;
  std::string version;
  std::string app;  // what is served, for messages
  // What is printed on standard output when the server serves at `url`. Empty: "Laraman serves APP on URL".
  std::function<std::string(const std::string& url)> greeting;
  net::ListenOptions listen;      // with a number of event loops
  bool secure = false;            // the gateway speaks TLS: for messages
  std::uint32_t workers = 1;      // PHP workers at most
  std::uint32_t max_workers = 1;  // after a reload: the scoreboard has room for them
  std::string worker_socket;      // address of the worker port; empty: <runtime_dir>/worker.sock
  std::string task_socket;        // of the task port; empty: <runtime_dir>/task.sock
  std::string artisan_directory;  // application that is asked for processes of its own; empty: there are none
  RoleCommand gateway;
  RoleCommand php;
  // Whether a reload asks the application for its settings (`php artisan laraman:settings`).
  bool asks_for_settings = false;
  // Reads the settings at a reload. `application`: what the application has answered; null if it is not asked. Empty:
  // they never change. An error ends the reload.
  std::function<Result<Reconfiguration>(const nlohmann::json& application)> reconfigure;
  Duration stop_timeout{};         // of a graceful stop; 0: at once
  bool daemon = false;             // for status
  std::vector<std::string> watch;  // files and directories whose change reloads (file_watcher.h)
};

// Exit codes of run_supervisor(), and of `laraman start`.
inline constexpr int kExitStopped = 0;
inline constexpr int kExitFailed = 1;          // could not start; why is on standard error or told to the starter
inline constexpr int kExitAlreadyRunning = 4;  // another server holds the pid file or the control socket

// Serves until it is told to stop: SIGTERM or `stop` (graceful, up to stop_timeout), SIGINT or a second SIGTERM (at
// once). SIGHUP reloads settings and PHP pool, reopens the log files and tells the gateway to reload its certificates,
// SIGUSR1 reopens the log files alone. When all roles are ready it says so on LARAMAN_NOTIFY_FD, or without that on
// standard output; a failed start is told there, or on standard error. systemd is told too, and a socket that it hands
// down is served instead of host and port.
int run_supervisor(const SupervisorOptions& options);

}  // namespace laraman::supervisor
