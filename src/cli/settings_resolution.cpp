// Where settings come from: the files, the application, the environment, the command line, and defaults that depend on
// other settings.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <thread>

#include "base/try.h"
#include "cli/nearest_name.h"
#include "cli/netsvr_config.h"
#include "cli/setting_access.h"
#include "cli/setting_values.h"
#include "cli/settings.h"

namespace laraman::cli {
namespace {

namespace fs = std::filesystem;

// The values of one setting from the source that wins.
struct Source {
  std::vector<std::string> values;
  std::string subject;    // as it was written: "--port", "LARAMAN_PORT", "laraman.toml: port"
  std::string directory;  // relative paths start here
};
using Sources = std::map<std::string, Source>;

bool is_there(const std::string& path) {
  std::error_code failure;
  return fs::exists(path, failure);
}

// The values in a variable: one, or the words of a list.
std::vector<std::string> values_in(const std::string& variable, const Setting& setting) {
  if (!setting.is_list) return {variable};
  std::istringstream words(variable);
  return {std::istream_iterator<std::string>(words), {}};
}

void add_environment(Sources& sources, const std::string& directory) {
  for (const Setting& setting : all_settings()) {
    if (!setting.in_environment) continue;
    const std::string variable = variable_of(setting);
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr || *value == '\0') continue;
    sources[setting.name] = {values_in(value, setting), variable, directory};
  }
}

// .env says nothing of where it is itself.
void add_dotenv(Sources& sources, const ApplicationSettings& application, const std::string& app) {
  for (const Setting& setting : all_settings()) {
    if (!setting.in_environment || std::string_view(setting.name) == "app") continue;
    const auto found = application.dotenv.find(variable_of(setting));
    if (found == application.dotenv.end() || found->second.empty()) continue;
    sources[setting.name] = {values_in(found->second, setting), fmt::format("{}/.env: {}", app, found->first), app};
  }
}

// `path` by the name that the application was given, if it is in the application: a symbolic link in that name leads to
// the next release some day.
std::string as_named(const std::string& path, const std::string& app) {
  std::error_code failure;
  const std::string place = fs::canonical(app, failure).string();
  if (failure || !path.starts_with(place + "/")) return path;
  return app + path.substr(place.size());
}

// config/laraman.php, below "server".
Result<void> add_config(Sources& sources, const ApplicationSettings& application, const std::string& app) {
  for (const auto& [key, value] : application.config) {
    std::string subject = app;
    subject.append("/config/laraman.php: server.").append(key);
    std::vector<std::string> known;
    const Setting* setting = nullptr;
    for (const Setting& candidate : all_settings()) {
      if (!may_stand_in_file(candidate)) continue;
      known.push_back(config_key_of(candidate));
      if (known.back() == key) setting = &candidate;
    }
    if (setting == nullptr) {
      return Error{ErrorCode::kInvalid, "unknown setting" + did_you_mean(key, known), subject, ""};
    }
    Result<std::vector<std::string>> values = values_of(*setting, value);
    if (!values) {
      values.error().subject = subject;
      return std::move(values.error());
    }
    Source source{std::move(*values), subject, app};
    for (std::string& text : source.values) text = as_named(text, app);
    sources[setting->name] = std::move(source);
  }
  return {};
}

void add_command_line(Sources& sources, const Given& given, const std::string& directory) {
  for (const auto& [name, values] : given) sources[name] = {values, "--" + name, directory};
}

Result<void> add_file(Sources& sources, const std::string& path) {
  ASSIGN_OR_RETURN(Given given, read_settings_file(path));
  const std::string directory = fs::path(path).parent_path().string();
  for (const Setting& setting : all_settings()) {
    const auto found = given.find(setting.name);
    if (found != given.end()) sources[setting.name] = {found->second, path + ": " + place_in_file(setting), directory};
  }
  return {};
}

Result<void> add_netsvr_config(Sources& sources, Settings& settings) {
  if (settings.netsvr_config.empty()) return {};
  ASSIGN_OR_RETURN(NetsvrConfig config, read_netsvr_config(settings.netsvr_config));
  for (auto& [name, value] : config.settings) sources[name] = {std::move(value.values), std::move(value.place), ""};
  settings.warnings = std::move(config.warnings);
  return {};
}

// The first line of the file.
Result<void> read_secret(Settings& settings) {
  if (settings.netsvr_secret_file.empty() || !settings.gateway.business.secret.empty()) return {};
  std::ifstream file(settings.netsvr_secret_file);
  std::getline(file, settings.gateway.business.secret);
  if (!settings.gateway.business.secret.empty()) return {};
  return Error{ErrorCode::kInvalid, "no secret can be read there", settings.netsvr_secret_file, ""};
}

Result<void> apply_values(Settings& settings, const Sources& sources) {
  for (const Setting& setting : all_settings()) {
    const auto source = sources.find(setting.name);
    if (source == sources.end()) continue;
    for (const std::string& value : source->second.values) {
      Result<void> set = setting.access.set(settings, value, source->second.directory);
      if (!set) {
        set.error().subject = source->second.subject;
        return set;
      }
    }
  }
  return {};
}

// Where no file is named: laraman.toml in the application, or here where there is no application.
std::string settings_file_of(const Settings& settings, const std::string& directory) {
  if (!settings.config.empty()) return settings.config;
  const std::string path = (settings.app.empty() ? directory : settings.app) + "/laraman.toml";
  return is_there(path) ? path : "";
}

// Of what is no Laravel application: here are its sockets, its pid file and its log.
constexpr const char* kPlainDirectory = "/.laraman";

void find_application(Settings& settings, const std::string& directory) {
  if (!settings.app.empty() || !settings.pool.script.empty()) return;
  if (is_there(directory + "/artisan") || !settings.pool.entry.empty() || is_there(directory + kPlainDirectory)) {
    settings.app = directory;
  }
}

void fill_in(Settings& settings, const ApplicationSettings& application) {
  if (settings.server.php.empty()) {
    const char* php = std::getenv("LARAMAN_ARTISAN_PHP");
    settings.server.php = php == nullptr || *php == '\0' ? "php" : php;
  }
  if (settings.app.empty() && !settings.pool.script.empty())
    settings.app = fs::path(settings.pool.script).parent_path().string();
  if (settings.app.empty()) return;
  const auto fall_back = [](std::string& path, const std::string& otherwise) {
    if (path.empty()) path = otherwise;
  };
  const std::string storage =
      application.storage_path.empty() ? settings.app + "/storage" : as_named(application.storage_path, settings.app);
  if (!is_there(settings.app + "/artisan") &&
      (!settings.pool.entry.empty() || is_there(settings.app + kPlainDirectory))) {
    fall_back(settings.server.runtime_dir, settings.app + kPlainDirectory);
    fall_back(settings.server.pid_file, settings.app + "/.laraman/laraman.pid");
    fall_back(settings.server.log_file, settings.app + "/.laraman/laraman.log");
  }
  fall_back(settings.server.runtime_dir, storage + "/framework/laraman");
  fall_back(settings.server.pid_file, storage + "/laraman.pid");
  fall_back(settings.server.log_file, storage + "/logs/laraman.log");
  fall_back(settings.gateway.access_log.file, storage + "/logs/access.log");
  if (const std::string path = as_named(application.public_path, settings.app); path != settings.app + "/public") {
    fall_back(settings.gateway.port.public_directory, path);  // else `laraman start` looks whether it is there
  }
  if (const std::string files = storage + "/app"; settings.gateway.sendfile.empty() && is_there(files)) {
    settings.gateway.sendfile = {{"/storage/app/", files}};
  }
}

}  // namespace

std::string current_directory() {
  std::error_code failure;
  const char* shown = std::getenv("PWD");
  if (shown != nullptr && shown[0] == '/' && fs::equivalent(shown, ".", failure) && !failure) return shown;
  return fs::current_path(failure).string();
}

bool has_application(const Settings& settings) {
  return !settings.app.empty() && settings.pool.entry.empty() && is_there(settings.app + "/artisan");
}

Result<Settings> resolve_settings(const Given& given, const ApplicationSettings& application,
                                  const std::string& directory) {
  Sources named;
  add_environment(named, directory);
  add_command_line(named, given, directory);
  Settings first;  // which application and which file: their settings come below those
  RETURN_IF_ERROR(apply_values(first, named));
  find_application(first, directory);
  Sources outer;
  add_dotenv(outer, application, first.app);
  if (const auto config = outer.find("config"); config != outer.end() && first.config.empty()) {
    first.config = absolute(config->second.values.front(), first.app);
  }
  for (auto& [name, source] : named) outer[name] = std::move(source);

  Sources sources;
  RETURN_IF_ERROR(add_netsvr_config(sources, first));
  if (const std::string path = settings_file_of(first, directory); !path.empty()) {
    RETURN_IF_ERROR(add_file(sources, path));
  }
  RETURN_IF_ERROR(add_config(sources, application, first.app));
  for (auto& [name, source] : outer) sources[name] = std::move(source);
  Settings settings;
  settings.app = first.app;
  settings.warnings = std::move(first.warnings);
  RETURN_IF_ERROR(apply_values(settings, sources));
  fill_in(settings, application);
  settings.laravel_version = application.laravel_version;
  settings.php_version = application.php_version;
  RETURN_IF_ERROR(read_secret(settings));
  return settings;
}

}  // namespace laraman::cli
