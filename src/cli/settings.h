// The settings of a server. Each has one name: --max-requests on the command line, LARAMAN_MAX_REQUESTS in the
// environment, max_requests in laraman.toml. Some belong to a section of the file, which their name begins with:
// --netsvr-heartbeat, LARAMAN_NETSVR_HEARTBEAT, and heartbeat below [netsvr]. In a Laravel application they may stand
// in .env, spelled as in the environment, and in config/laraman.php below "server" (netsvr_heartbeat). The order: the
// command line wins over the environment, then .env, config/laraman.php, laraman.toml, the default.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "cli/application_settings.h"
#include "server/gateway_role.h"

namespace laraman::cli {

struct Settings {
  // Base path of the application: where artisan is. Default: the current directory, if it is one. Symbolic links in it
  // are kept, so that a reload finds the release that it leads to then.
  std::string app;
  // Runs artisan: a path, or a name in PATH. Default: LARAMAN_ARTISAN_PHP, by which artisan names the one that it runs
  // in itself; else "php".
  std::string php;
  std::string script;    // what each PHP worker runs. Default: the worker of the Laravel package
  std::string entry;     // in place of a Laravel application: a file that returns a callable for requests
  bool classic = false;  // `entry` is run again for each request
  std::string config;    // file of settings. Default: laraman.toml in the application, if there is one

  // As they are set; gateway_options() fills in what depends on other settings. The directory of static files is by
  // default public/ of the application, the one for X-Sendfile its storage/app, and the access log its
  // storage/logs/access.log.
  server::GatewayOptions gateway;

  std::uint32_t workers = 0;                             // PHP workers; "auto" (0): two for each core
  std::uint32_t max_workers = 0;                         // of "2..8", the 8; 0: no more than `workers`
  std::uint32_t socket_workers = 0;                      // further workers, for socket events only; 0: all take all
  std::uint64_t max_requests = 0;                        // a worker is replaced after this number of jobs; 0: never
  std::uint64_t max_memory = 0;                          // MiB of its own above which it is; 0: never
  Duration max_time = std::chrono::seconds(60);          // that a job may last; 0: for ever
  Duration abort_grace = std::chrono::seconds(10);       // that it may go on writing after its client has gone
  std::vector<std::pair<std::string, std::string>> ini;  // php.ini settings of the workers

  std::string user;         // of a server that root starts. Default: root
  std::string group;        // Default: that user's
  std::string runtime_dir;  // sockets between the processes. Default: storage/framework/laraman of the application
  std::string pid_file;     // Default: storage/laraman.pid of the application
  std::string log_file;     // with --daemon. Default: storage/logs/laraman.log of the application
  std::vector<std::string> watch_path;  // with --watch; from the application's directory. Default: Laravel's code
  Duration start_timeout = std::chrono::seconds(60);  // for gateway and workers to be ready
  Duration role_timeout = std::chrono::seconds(30);   // a gateway or pool silent for longer is replaced; 0: never
  log::Level log_level = log::Level::kInfo;

  std::string netsvr_secret_file;     // where the secret of gateway.business stands, unless it is given
  std::string netsvr_log_file;        // of a gateway that runs alone. Default: standard error
  std::string netsvr_config;          // a netsvr.toml, whose values count where nothing else is given
  std::vector<std::string> warnings;  // what is to be said of it

  std::string laravel_version;  // as the application has said; empty: not known
  std::string php_version;      // of the PHP that runs artisan: the same
};

// Commands that take a setting on their command line, as bits.
enum Commands : unsigned {
  kStart = 1,  // start and restart
  kStop = 2,
  kReload = 4,
  kStatus = 8,
  kGateway = 16,
  kPhp = 32,
  kLogs = 64,
  kControl = kStop | kReload | kStatus | kLogs,  // a server that runs
};

// How the text of a setting becomes a field, and back. What `get` returns, `set` takes.
struct Access {
  // Sets it, or adds to it. Relative paths are relative to `directory`. The error is without a subject.
  std::function<Result<void>(Settings& settings, const std::string& value, const std::string& directory)> set;
  // Its values; none where it is empty.
  std::function<std::vector<std::string>(const Settings& settings)> get;
};

// One setting as the outside sees it.
struct Setting {
  const char* name;   // of the flag
  unsigned commands;  // a set of Commands
  const char* value;  // what stands behind the flag: "N"
  const char* help;
  bool is_list = false;  // may be given several times; in the environment its values are separated by spaces
  Access access;
  bool in_environment = true;
  bool is_secret = false;  // no flag, since others may see command lines; never shown
};

const std::vector<Setting>& all_settings();

// False for those that say where the file is.
bool may_stand_in_file(const Setting& setting);
// The section of laraman.toml that the setting is in, "netsvr"; empty for those above all sections.
std::string section_of(const Setting& setting);
// Its key there: "heartbeat" of "netsvr-heartbeat", "max_requests" of "max-requests".
std::string key_of(const Setting& setting);
// "[netsvr] heartbeat" or "max_requests".
std::string place_in_file(const Setting& setting);
// "max_requests": the key below "server" in config/laraman.php.
std::string config_key_of(const Setting& setting);
// "LARAMAN_MAX_REQUESTS" of "max-requests".
std::string variable_of(const Setting& setting);

// What was given on the command line: name of the setting -> values.
using Given = std::map<std::string, std::vector<std::string>>;

// The current directory as the shell shows it, with the symbolic links by which it was entered.
std::string current_directory();

// Takes all sources together, and fills in the defaults that depend on others. Relative paths of flags and variables
// start at `directory`. An error names the flag, the variable or the file and key, as it was written.
Result<Settings> resolve_settings(const Given& given, const ApplicationSettings& application = {},
                                  const std::string& directory = current_directory());

// Whether there is an application that can be asked for its settings.
bool has_application(const Settings& settings);

// Whether a reload applies the setting: what is for PHP workers alone, which a reload replaces.
bool applies_at_reload(const Setting& setting);

// The settings that `path` has: read by resolve_settings(), separate for tests. An unknown section or key is an error
// that names the nearest one.
Result<Given> read_settings_file(const std::string& path);

// The settings that the command (one of Commands) has, as a laraman.toml.
std::string to_toml(const Settings& settings, unsigned command);

// Numbers for "auto".
unsigned loops_of(const Settings& settings);
std::uint32_t workers_of(const Settings& settings);
// How many there may be at once, all kinds together.
std::uint32_t max_workers_of(const Settings& settings);

// A time limit that is never reached.
inline constexpr Duration kNoLimit = std::chrono::seconds(100'000'000);

// How a role that the supervisor starts gets its settings: `laraman gateway --port 8000 …`, `laraman-php8.2 --app …`.
std::vector<std::string> gateway_arguments(const Settings& settings);
std::vector<std::string> php_arguments(const Settings& settings);

}  // namespace laraman::cli
