// Where settings come from: the file, the environment, the command line, and defaults that depend on other settings.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "cli/netsvr_config.h"
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

// The current directory as the shell shows it, with the symbolic links by which it was entered.
std::string current_directory() {
  std::error_code failure;
  const char* shown = std::getenv("PWD");
  if (shown != nullptr && shown[0] == '/' && fs::equivalent(shown, ".", failure) && !failure) return shown;
  return fs::current_path(failure).string();
}

void add_environment(Sources& sources, const std::string& directory) {
  for (const Setting& setting : all_settings()) {
    if (!setting.in_environment) continue;
    const std::string variable = variable_of(setting);
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr || *value == '\0') continue;
    Source source{{value}, variable, directory};
    if (setting.is_list) {
      source.values.clear();
      std::istringstream words(value);
      for (std::string word; words >> word;) source.values.push_back(word);
    }
    sources[setting.name] = std::move(source);
  }
}

void add_command_line(Sources& sources, const Given& given, const std::string& directory) {
  for (const auto& [name, values] : given) sources[name] = {values, "--" + name, directory};
}

Result<void> add_file(Sources& sources, const std::string& path) {
  Result<Given> given = read_settings_file(path);
  if (!given) return std::move(given.error());
  const std::string directory = fs::path(path).parent_path().string();
  for (const Setting& setting : all_settings()) {
    const auto found = given->find(setting.name);
    if (found != given->end()) sources[setting.name] = {found->second, path + ": " + place_in_file(setting), directory};
  }
  return {};
}

Result<void> add_netsvr_config(Sources& sources, Settings& settings) {
  if (settings.netsvr_config.empty()) return {};
  Result<NetsvrConfig> config = read_netsvr_config(settings.netsvr_config);
  if (!config) return std::move(config.error());
  for (auto& [name, value] : config->settings) sources[name] = {std::move(value.values), std::move(value.place), ""};
  settings.warnings = std::move(config->warnings);
  return {};
}

// The first line of the file.
Result<void> read_secret(Settings& settings) {
  if (settings.netsvr_secret_file.empty() || !settings.netsvr_secret.empty()) return {};
  std::ifstream file(settings.netsvr_secret_file);
  std::getline(file, settings.netsvr_secret);
  if (!settings.netsvr_secret.empty()) return {};
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
  if (!settings.app.empty() || !settings.script.empty()) return;
  if (is_there(directory + "/artisan") || !settings.entry.empty() || is_there(directory + kPlainDirectory)) {
    settings.app = directory;
  }
}

void fill_in(Settings& settings) {
  if (settings.app.empty() && !settings.script.empty()) settings.app = fs::path(settings.script).parent_path().string();
  if (settings.app.empty()) return;
  const auto fall_back = [&settings](std::string& path, const char* in_application) {
    if (path.empty()) path = settings.app + in_application;
  };
  if (!is_there(settings.app + "/artisan") && (!settings.entry.empty() || is_there(settings.app + kPlainDirectory))) {
    fall_back(settings.runtime_dir, kPlainDirectory);
    fall_back(settings.pid_file, "/.laraman/laraman.pid");
    fall_back(settings.log_file, "/.laraman/laraman.log");
  }
  fall_back(settings.runtime_dir, "/storage/framework/laraman");
  fall_back(settings.pid_file, "/storage/laraman.pid");
  fall_back(settings.log_file, "/storage/logs/laraman.log");
  fall_back(settings.access_log_file, "/storage/logs/access.log");
  if (const std::string files = settings.app + "/storage/app"; settings.sendfile.empty() && is_there(files)) {
    settings.sendfile = {"/storage/app/=" + files};
  }
}

}  // namespace

Result<Settings> resolve_settings(const Given& given) {
  const std::string directory = current_directory();
  Sources outer;
  add_environment(outer, directory);
  add_command_line(outer, given, directory);
  Settings first;  // which application and which file: the file's settings come below those
  if (Result<void> applied = apply_values(first, outer); !applied) return std::move(applied.error());
  find_application(first, directory);

  Sources sources;
  if (Result<void> added = add_netsvr_config(sources, first); !added) return std::move(added.error());
  if (const std::string path = settings_file_of(first, directory); !path.empty()) {
    if (Result<void> added = add_file(sources, path); !added) return std::move(added.error());
  }
  for (auto& [name, source] : outer) sources[name] = std::move(source);
  Settings settings;
  settings.app = first.app;
  settings.warnings = std::move(first.warnings);
  if (Result<void> applied = apply_values(settings, sources); !applied) return std::move(applied.error());
  fill_in(settings);
  if (Result<void> read = read_secret(settings); !read) return std::move(read.error());
  return settings;
}

}  // namespace laraman::cli
