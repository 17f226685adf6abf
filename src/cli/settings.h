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
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "cli/application_settings.h"
#include "php/pool_options.h"
#include "server/gateway_role.h"
#include "supervisor/supervisor.h"

namespace laraman::cli {

struct Settings {
  // Base path of the application: where artisan is. Default: the current directory, if it is one. Symbolic links in it
  // are kept, so that a reload finds the release that it leads to then.
  std::string app;
  std::string config;  // file of settings. Default: laraman.toml in the application, if there is one

  // Of the roles and of the server, as they are set: gateway_options(), pool_options() and supervisor_options() fill in
  // what depends on others. Defaults that depend on the application are those of resolve_settings().
  server::GatewayOptions gateway;
  php::PoolOptions pool;
  supervisor::ServerOptions server;
  std::vector<std::string> watch_path;  // with --watch; from the application's directory. Default: Laravel's code
  log::Options log;                     // its file: of a gateway that runs alone

  std::string netsvr_secret_file;     // where the secret of gateway.business stands, unless it is given
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

// One setting as its user sees it. All texts are for people who set it.
struct Setting {
  const char* name;       // of the flag
  const char* group;      // the heading under which help and pages show it
  unsigned commands = 0;  // a set of Commands
  const char* value;      // what stands behind the flag: "N"
  const char* help;       // of the flag; "{}" in it is the default
  // For the reference pages, in Markdown: what it is, with its unit, range and special values. The first sentence is
  // enough for a comment in config/laraman.php. Links are relative to docs/reference. Empty: it is on no page.
  const char* about = "";
  const char* otherwise = "";   // what it is by default, where that depends on the application
  const char* when_empty = "";  // what holds as long as it is empty, in Markdown
  const char* example = "";     // in PHP
  bool is_list = false;         // may be given several times; in the environment its values are separated by spaces
  bool in_environment = true;
  bool is_secret = false;  // no flag, since others may see command lines; never shown
  bool in_laravel = true;  // false: only for a server without a Laravel application
  Access access;
};

// The table (setting_table.cpp).
const std::vector<Setting>& all_settings();

// A section of laraman.toml. It has the settings whose names begin with its name.
struct Section {
  std::string_view name;
  const char* title;
};
const std::vector<Section>& setting_sections();

// The text for `--help`.
std::string help_of(const Setting& setting);

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

// The value as laraman.toml has it: text, number or list.
std::string toml_value(const Setting& setting, const std::vector<std::string>& values);

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
