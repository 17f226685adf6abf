// `laraman start` and `laraman restart`.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "base/terminal.h"
#include "cli/background.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/exit_code.h"
#include "cli/reconfiguration.h"
#include "supervisor/control_client.h"
#include "supervisor/php_program.h"
#include "supervisor/supervisor.h"

namespace laraman::cli {
namespace {

namespace fs = std::filesystem;

// Workers that a reload may bring the number to, where the server starts with fewer.
constexpr std::uint32_t kRoomForWorkers = 64;

Result<void> check_application(const Settings& settings) {
  std::error_code failure;
  if (settings.app.empty()) return no_application();
  if (!fs::is_directory(settings.app, failure)) {
    return Error{ErrorCode::kNotFound, "no such directory", settings.app, "name the application with --app DIR"};
  }
  if (!settings.pool.entry.empty() && !fs::is_regular_file(settings.pool.entry, failure)) {
    return Error{ErrorCode::kNotFound, "no such file", settings.pool.entry, ""};
  }
  if (settings.pool.classic && settings.pool.entry.empty()) {
    return Error{ErrorCode::kInvalid, "nothing to run", "classic", "name the file with --entry FILE"};
  }
  if (settings.pool.script.empty() && settings.pool.entry.empty() && !fs::exists(settings.app + "/artisan", failure)) {
    return Error{ErrorCode::kNotFound, "no Laravel application: it has no file artisan", settings.app,
                 "name the application with --app DIR"};
  }
  return {};
}

std::vector<std::string> watched_paths(const Settings& settings) {
  static const std::vector<std::string> kLaravel = {"app",       "bootstrap", "config",        "database", "lang",
                                                    "resources", "routes",    "composer.lock", ".env"};
  std::error_code failure;
  const bool is_laravel = fs::exists(settings.app + "/artisan", failure);
  std::vector<std::string> paths = settings.watch_path;
  if (paths.empty()) paths = is_laravel ? kLaravel : std::vector<std::string>{""};
  for (std::string& path : paths) path = (fs::path(settings.app) / path).string();
  return paths;
}

// `level`: what is logged, above the settings.
supervisor::SupervisorOptions supervisor_options(const Settings& started, const supervisor::PhpProgram& php,
                                                 log::Level level, const Switches& switches,
                                                 const Invocation& invocation) {
  std::error_code failure;
  Settings settings = settings_for_roles(started);
  settings.log.level = level;
  supervisor::SupervisorOptions options;
  options.server = settings.server;
  options.server.runtime_dir = started.server.runtime_dir;
  options.version = LARAMAN_VERSION;
  options.app = settings.app;
  options.listen = settings.gateway.listen;
  options.workers = max_workers_of(settings);
  options.max_workers = std::max(options.workers, kRoomForWorkers);
  options.secure = !settings.gateway.tls.certificates.empty();
  options.worker_socket = settings.gateway.worker_socket;
  options.task_socket = settings.gateway.task_socket;
  if (has_application(settings)) options.artisan_directory = settings.app;
  options.gateway = {invocation.program, gateway_arguments(settings)};
  options.php = {invocation.program, php_arguments(settings), {}, php.php_version};
  // To the roles alone, and not as a flag, which every user of the machine could see.
  if (!settings.gateway.business.secret.empty()) {
    const std::pair<std::string, std::string> secret{"LARAMAN_NETSVR_SECRET", settings.gateway.business.secret};
    options.gateway.environment = options.php.environment = {secret};
  }
  options.asks_for_settings = has_application(settings) && !switches.no_application;
  options.reconfigure = [started, running = settings, invocation, room = options.max_workers](
                            const nlohmann::json& answer) -> Result<supervisor::Reconfiguration> {
    Result<ApplicationSettings> application = ApplicationSettings();
    if (!answer.is_null()) application = read_application_settings(answer);
    if (!application) return std::move(application.error());
    const Result<Settings> read = resolve_settings(invocation.flags, *application, invocation.directory);
    if (!read) return read.error();
    return reconfigure(running, started, *read, room);
  };
  options.stop_timeout = switches.graceful ? kNoLimit : settings.gateway.stop_timeout;
  options.daemon = switches.daemon;
  if (switches.watch_files) options.watch = watched_paths(settings);
  if (!switches.daemon) options.server.log_file.clear();
  return options;
}

// Complains if something is wrong with the settings, as far as it can be told without opening anything.
bool check(const Settings& settings) {
  Result<void> checked = check_application(settings);
  if (checked) {
    if (Result<server::GatewayOptions> options = gateway_options(settings); !options) checked = options.error();
  }
  if (!checked) complain(checked.error().message());
  return checked.ok();
}

// What a developer sees first.
std::string banner(const Settings& settings, const supervisor::PhpProgram& php, const Switches& switches,
                   const std::string& url) {
  using terminal::Color;
  using terminal::paint;
  std::string versions = php.description;
  if (!settings.laravel_version.empty()) versions += ", Laravel " + settings.laravel_version;
  const char* reloads = switches.watch_files ? "changed files are loaded" : "`laraman reload` loads changed files";
  const auto counted = [](unsigned count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
  };
  return fmt::format("\n  {}\n\n  Laraman serves {} on {}\n  {}, {}; {}; Ctrl+C stops\n", paint(versions, Color::kBold),
                     settings.app, paint(url, Color::kCyan), counted(workers_of(settings), "worker"),
                     counted(loops_of(settings), "event loop"), reloads);
}

int serve(const Settings& settings, const supervisor::PhpProgram& php, const Switches& switches,
          const Invocation& invocation) {
  const bool is_shown = terminal::begin(!switches.daemon);
  log::Level level = settings.log.level;
  // On the developer's terminal the log tells only what is wrong, unless a level is asked for.
  if (is_shown && level == log::Level::kInfo && !invocation.flags.contains("log-level")) level = log::Level::kWarning;
  const Result<void> log_started = log::start({.level = level, .role = "supervisor", .file = {}});
  if (!log_started) complain(log_started.error().message());
  raise_file_limit();
  supervisor::SupervisorOptions options = supervisor_options(settings, php, level, switches, invocation);
  if (is_shown) {
    options.greeting = [&](const std::string& url) { return banner(settings, php, switches, url); };
  }
  return supervisor::run_supervisor(options);
}

// The address that the server in the background really has: port 0 becomes a number only there.
std::string address_of_running(const Settings& settings) {
  auto client = supervisor::ControlClient::find(settings.server.runtime_dir);
  if (!client) return "";
  const Result<nlohmann::json> status = client->ask({{"command", "status"}}, kAnswerLimit);
  return status ? (*status)["server"].value("address", "") : "";
}

// The program for the application's PHP; or complains.
std::optional<supervisor::PhpProgram> find_php(const Settings& settings, const Invocation& invocation) {
  Result<supervisor::PhpProgram> php =
      supervisor::find_php_program(invocation.program, settings.server.php, settings.php_version);
  if (php) return std::move(*php);
  complain(php.error().message());
  return std::nullopt;
}

int start(const Settings& settings, const supervisor::PhpProgram& php, const Switches& switches,
          const Invocation& invocation) {
  if (!switches.daemon) return serve(settings, php, switches, invocation);

  const BackgroundStart start = start_in_background([&] { return serve(settings, php, switches, invocation); });
  if (!start.ready) {
    complain(start.failure.empty() ? "the server has ended before it was ready (see " + settings.server.log_file + ")"
                                   : start.failure);
    return start.exit_code;
  }
  fmt::print("Laraman serves {} on {}\n", settings.app, address_of_running(settings));
  return kOk;
}

}  // namespace

int start_command(const Settings& settings, const Switches& switches, const Invocation& invocation) {
  if (!check(settings)) return kUsage;
  if (switches.check_config) return show_config(settings, kStart);
  const std::optional<supervisor::PhpProgram> php = find_php(settings, invocation);
  return php ? start(settings, *php, switches, invocation) : kUsage;
}

int restart_command(const Settings& settings, const Switches& switches, const Invocation& invocation) {
  if (!check(settings)) return kUsage;
  if (switches.check_config) return show_config(settings, kStart);
  // Before the server that runs is stopped.
  const std::optional<supervisor::PhpProgram> php = find_php(settings, invocation);
  if (!php) return kUsage;
  Switches again = switches;
  again.graceful = false;  // it is about this stop
  auto client = supervisor::ControlClient::find(settings.server.runtime_dir);
  if (client) {
    // Who ran in the background is started there again.
    const Result<nlohmann::json> status = client->ask({{"command", "status"}}, kAnswerLimit);
    if (status) again.daemon |= (*status)["server"].value("daemon", false);
    if (const int code = stop_command(settings, switches, false); code != kOk && code != kNotRunning) return code;
  }
  return start(settings, *php, again, invocation);
}

}  // namespace laraman::cli
