// `laraman gateway` and `laraman php`: the roles, started by the supervisor or by hand.
#include <fmt/core.h>
#include <sys/resource.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "server/gateway_role.h"
#include "supervisor/runtime_directory.h"
#ifdef LARAMAN_WITH_PHP
#include "php/pool.h"
#endif

namespace laraman::cli {
namespace {

// With fewer files than this a server of long connections is soon full.
constexpr rlim_t kEnoughFiles = 8192;

bool start_log(const Settings& settings, const char* role) {
  const Result<void> started = log::start({.level = settings.log_level, .role = role, .file = {}});
  if (!started) complain(started.error().message());
  return started.ok();
}

// The Unix socket in the runtime directory, unless an address was given; none without either.
std::string address_of(const std::string& given, const Settings& settings,
                       std::string (*in_directory)(const std::string&)) {
  if (!given.empty()) return given;
  return settings.runtime_dir.empty() ? "" : in_directory(settings.runtime_dir);
}

}  // namespace

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_max < kEnoughFiles) {
    log::warning(
        "few files may be open, each connection is one limit={} wanted={} hint=\"raise the hard limit (ulimit -Hn)\"",
        limit.rlim_max, kEnoughFiles);
  }
}

int gateway_command(const Settings& settings, const Switches& switches) {
  if (!start_log(settings, "gateway")) return kFailure;
  raise_file_limit();
  server::GatewayOptions options;
  options.host = settings.host;
  options.port = settings.port;
  options.loops = loops_of(settings);
  options.public_directory = settings.public_dir;
  options.worker_socket = address_of(settings.worker_socket, settings, supervisor::worker_socket_path);
  options.task_socket = address_of(settings.task_socket, settings, supervisor::task_socket_path);
  options.heartbeat = settings.heartbeat;
  options.most_message_bytes = settings.max_message_bytes;
  options.allowed_origins = settings.allow_origin;
  options.application = settings.application;
  options.websocket_paths = settings.websocket_path;
  options.callback_open = settings.callback_open;
  options.callback_close = settings.callback_close;
  options.callback_timeout = settings.callback_timeout;
  options.queue_timeout = settings.queue_timeout;
  options.stop_timeout = settings.stop_timeout;
  options.echo = switches.echo;
  return server::run_gateway(options);
}

#ifdef LARAMAN_WITH_PHP
int php_command(const Settings& settings) {
  if (!start_log(settings, "php")) return kFailure;
  php::PoolOptions options;
  options.app = settings.app;
  options.script = settings.script;
  options.workers = workers_of(settings);
  options.runtime_dir = settings.runtime_dir;
  options.worker_socket = settings.worker_socket;
  options.max_requests = settings.max_requests;
  options.ini = settings.ini;
  return php::run_php_pool(options);
}
#else
int php_command(const Settings&) {
  complain("this build has no PHP (it was configured with LARAMAN_WITH_PHP=OFF)");
  return kFailure;
}
#endif

}  // namespace laraman::cli
