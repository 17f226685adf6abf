#include "cli/command_line.h"

#include <fmt/core.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string_view>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/nearest_name.h"
#include "cli/role_start.h"
#include "cli/settings.h"
#include "cli/text_table.h"
#include "supervisor/control_client.h"
#include "supervisor/executable.h"
#include "supervisor/pid_file.h"

namespace laraman::cli {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 done, 1 failed, 2 wrong command line or settings, 3 not running, 4 already running, "
    "5 another user's server.\n"
    "Each --some-setting is also LARAMAN_SOME_SETTING in the environment and some_setting in laraman.toml (of --tls-, "
    "--netsvr- and so on: in the section [tls], [netsvr]). A flag wins over the environment, then .env, "
    "config/laraman.php of the application, laraman.toml.";

// CLI11 has the names of options in a first column of this width, and wraps nothing.
constexpr std::size_t kFirstColumn = 30;
std::string beside_name(const std::string& help) { return wrap(help, kTerminalWidth - kFirstColumn); }

bool is_switch(const Setting& setting) { return std::string_view(setting.value) == "on|off"; }

// One subcommand: what CLI11 makes of its command line, and what is to be done then.
struct Command {
  CLI::App* parser = nullptr;
  unsigned settings = 0;  // that it takes: one of Commands
  std::function<int(const Settings&)> run;
};

bool serves(const Command& command) { return (command.settings & (kStart | kPhp)) != 0; }

class CommandLine {
 public:
  explicit CommandLine(const char* argv0);
  int run(int argc, const char* const* argv);

 private:
  CLI::App* add(const char* name, const char* description, unsigned settings, std::function<int(const Settings&)> run);
  int dispatch();
  bool needs_application(const Command& command, const Settings& settings) const;
  Result<Settings> resolve_with(const ApplicationSettings& application, const Command& command,
                                const Settings& settings) const;
  int application_failed(const Command& command, const Settings& settings, const Error& error) const;
  int complain_about(const CLI::App& parser, const std::string& argument) const;

  CLI::App app_{"Laravel over HTTP and WebSocket from resident workers"};
  std::vector<Command> commands_;
  Given raw_;  // where CLI11 puts values; empty lists for what was not given
  Switches switches_;
  Invocation invocation_;
};

CommandLine::CommandLine(const char* argv0) {
  invocation_.program = supervisor::path_started_as(argv0);
  invocation_.directory = current_directory();
  app_.name("laraman");
  app_.footer(wrap(kExitCodes, kTerminalWidth));
  app_.get_formatter()->column_width(kFirstColumn);
  app_.set_version_flag("--version", "Laraman " LARAMAN_VERSION);
  app_.allow_extras();
  for (const Setting& setting : all_settings()) raw_[setting.name];

  CLI::App* start = add("start", "Serve the application", kStart,
                        [this](const Settings& s) { return start_command(s, switches_, invocation_); });
  CLI::App* restart = add("restart", "Stop the server if it runs, and start it (clients get close code 1012)", kStart,
                          [this](const Settings& s) { return restart_command(s, switches_, invocation_); });
  CLI::App* stop = add("stop", "Stop the server when it has finished what it has", kStop,
                       [this](const Settings& s) { return stop_command(s, switches_, !raw_["stop-timeout"].empty()); });
  CLI::App* reload = add("reload", "Serve with new PHP code; no connection is dropped", kReload, reload_command);
  CLI::App* status = add("status", "Show what the server does", kStatus,
                         [this](const Settings& s) { return status_command(s, switches_); });
  CLI::App* connections = add("connections", "Show the clients' connections", kStatus,
                              [this](const Settings& s) { return connections_command(s, switches_); });
  CLI::App* logs = add("logs", "Show the end of the log of a server in the background", kLogs,
                       [this](const Settings& s) { return logs_command(s, switches_); });
  CLI::App* gateway = add("gateway", "Run the gateway alone", kGateway,
                          [this](const Settings& s) { return gateway_command(s, switches_); });
  CLI::App* php =
      add("php", "Run the PHP workers alone", kPhp, [this](const Settings& s) { return php_command(s, invocation_); });
  add("version", "Show the version", 0, [](const Settings&) {
    fmt::print("Laraman {}\n", LARAMAN_VERSION);
    return kOk;
  });
  for (CLI::App* command : {start, restart}) {
    command->add_flag("-d,--daemon,--d", switches_.daemon, "in the background, output to the log file");
  }
  for (CLI::App* command : {start, restart}) {
    command->add_flag("--watch", switches_.watch_files, "reload when files of the application change");
  }
  for (CLI::App* command : {start, restart, stop, reload, status, connections, logs, php}) {
    command->add_flag("--no-app", switches_.no_application, "do not ask the application for its settings");
  }
  for (CLI::App* command : {start, stop, restart}) {
    command->add_flag("-g,--graceful,--g", switches_.graceful, "stop without a limit of time");
  }
  for (CLI::App* command : {start, restart, gateway}) {
    command->add_flag("--check-config", switches_.check_config, "check the settings, print them, and do nothing else");
  }
  for (CLI::App* command : {status, connections}) {
    command->add_flag("--json", switches_.json, "as JSON");
    command->add_flag("--watch", switches_.repeat, "again every second, until interrupted");
  }
  logs->add_flag("-f,--follow", switches_.follow, "go on with what is added, until interrupted");
  logs->add_option("-n,--lines", switches_.lines, "number of lines from the end (default 50)")->type_name("N");
  gateway->add_flag("--echo", switches_.echo, "accept every WebSocket and send each message back, without PHP");
  for (const Command& command : commands_) {
    command.parser->description(beside_name(command.parser->get_description()));
    for (CLI::Option* option : command.parser->get_options()) {
      option->description(beside_name(option->get_description()));
    }
  }
}

CLI::App* CommandLine::add(const char* name, const char* description, unsigned settings,
                           std::function<int(const Settings&)> run) {
  CLI::App* parser = app_.add_subcommand(name, description);
  parser->allow_extras();
  for (const Setting& setting : all_settings()) {
    if ((setting.commands & settings) == 0 || setting.is_secret) continue;
    CLI::Option* option = parser->add_option("--" + std::string(setting.name), raw_[setting.name], help_of(setting));
    option->group(setting.group);
    option->type_name(setting.value)->expected(is_switch(setting) ? 0 : 1, 1)->allow_extra_args(false);
    // A list is gathered; of anything else the last one counts, as users of aliases and scripts expect.
    option->multi_option_policy(setting.is_list ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
  }
  commands_.push_back({parser, settings, std::move(run)});
  return parser;
}

int CommandLine::run(int argc, const char* const* argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app_.exit(asked);  // --help, --version
  } catch (const CLI::ParseError& error) {
    complain(error.what());
    return kUsage;
  }
  return dispatch();
}

int CommandLine::dispatch() {
  for (const Command& command : commands_) {
    if (!command.parser->parsed()) continue;
    if (const auto unknown = command.parser->remaining(); !unknown.empty()) {
      return complain_about(*command.parser, unknown.front());
    }
    for (const Setting& setting : all_settings()) {  // the name of a switch alone is "on"
      if (is_switch(setting))
        std::replace(raw_[setting.name].begin(), raw_[setting.name].end(), std::string(), std::string("on"));
    }
    for (const auto& [name, values] : raw_) {
      if (!values.empty()) invocation_.flags[name] = values;
    }
    Result<Settings> settings = resolve_settings(invocation_.flags, {}, invocation_.directory);
    if (settings && needs_application(command, *settings)) {
      const Result<ApplicationSettings> application =
          ask_application(settings->server.php, settings->app, settings->server.start_timeout, settings->server.user,
                          settings->server.group);
      if (application) {
        settings = resolve_with(*application, command, *settings);
      } else if (serves(command)) {
        return application_failed(command, *settings, application.error());
      } else {
        complain(application.error().message());
      }
    }
    if (!settings) {
      complain(settings.error().message());
      return kUsage;
    }
    return command.run(*settings);
  }
  if (const auto unknown = app_.remaining(); !unknown.empty()) return complain_about(app_, unknown.front());
  fmt::print(stderr, "{}", app_.help());
  return kUsage;
}

// A command that controls a server needs only to find it: it is mostly where it is by default, and may run while its
// application cannot.
bool CommandLine::needs_application(const Command& command, const Settings& settings) const {
  if (switches_.no_application || !has_application(settings)) return false;
  if (serves(command)) return true;
  return (command.settings & kControl) != 0 && !supervisor::ControlClient::find(settings.server.runtime_dir);
}

// With what the application says of its server, or the file that it names. Root has run the application's code to ask,
// so it is too late for the application to say that root should not.
Result<Settings> CommandLine::resolve_with(const ApplicationSettings& application, const Command& command,
                                           const Settings& settings) const {
  Result<Settings> resolved = resolve_settings(invocation_.flags, application, invocation_.directory);
  if (resolved && serves(command) && ::geteuid() == 0 && resolved->server.user != settings.server.user) {
    return Error{ErrorCode::kInvalid, "root does not take it from the application, which it had to run to ask", "user",
                 "set it by --user, LARAMAN_USER or in laraman.toml"};
  }
  return resolved;
}

// A second start hears of the first one, whether or not the application can be asked. A check of the settings would
// start nothing.
int CommandLine::application_failed(const Command& command, const Settings& settings, const Error& error) const {
  const bool would_start = command.parser->get_name() == "start" && !switches_.check_config;
  const Result<void> free = supervisor::PidFile::expect_free(settings.server.pid_file);
  const bool runs = would_start && !free && free.error().code == ErrorCode::kExists;
  complain(runs ? free.error().message() : error.message());
  return runs ? kAlreadyRunning : kFailure;
}

int CommandLine::complain_about(const CLI::App& parser, const std::string& argument) const {
  const std::string name = argument.substr(0, argument.find('='));
  std::vector<std::string> names;
  if (name.starts_with('-')) {
    for (const CLI::Option* option : parser.get_options()) {
      for (const std::string& known : option->get_lnames()) names.push_back("--" + known);
      for (const std::string& known : option->get_snames()) names.push_back("-" + known);
    }
    complain("unknown option " + name + did_you_mean(name, names));
  } else if (&parser == &app_) {
    for (const Command& command : commands_) names.push_back(command.parser->get_name());
    complain("unknown command " + name + did_you_mean(name, names));
  } else {
    complain("unexpected argument " + argument + " (see laraman " + parser.get_name() + " --help)");
  }
  return kUsage;
}

// Where PHP cannot become this program, artisan runs it as a child: it ends when artisan does, as with SIGTERM. False
// if artisan has ended already.
bool follow_parent() {
  const char* parent = std::getenv("LARAMAN_PARENT");
  if (parent == nullptr) return true;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  const bool is_there = std::to_string(::getppid()) == parent;
  ::unsetenv("LARAMAN_PARENT");
  return is_there;
}

}  // namespace

int run(int argc, const char* const* argv) {
  name_process(argc > 0 ? argv[0] : nullptr);
  if (!follow_parent()) return kFailure;
  return std::make_unique<CommandLine>(argc > 0 ? argv[0] : nullptr)->run(argc, argv);
}

}  // namespace laraman::cli
