#include "cli/reconfiguration.h"

#include <filesystem>

namespace laraman::cli {
namespace {

namespace fs = std::filesystem;

void fix_place(std::string& path) {
  std::error_code failure;
  const fs::path place = fs::weakly_canonical(path, failure);
  if (!failure) path = place.string();
}

bool is_number_of_workers(const Setting& setting) {
  const std::string_view name = setting.name;
  return name == "workers" || name == "socket-workers";
}

}  // namespace

Settings settings_for_roles(Settings settings) {
  std::error_code failure;
  std::string& public_directory = settings.gateway.port.public_directory;
  if (public_directory.empty() && settings.pool.classic)
    public_directory = fs::path(settings.pool.entry).parent_path().string();
  if (public_directory.empty() && fs::is_directory(settings.app + "/public", failure)) {
    public_directory = settings.app + "/public";
  }
  settings.gateway.listen.loops = loops_of(settings);
  settings.pool.workers = workers_of(settings);
  for (std::string* path : {&settings.server.runtime_dir, &settings.server.pid_file, &settings.server.log_file})
    fix_place(*path);
  return settings;
}

supervisor::Reconfiguration reconfigure(const Settings& running, const Settings& started, const Settings& read,
                                        std::uint32_t max_workers) {
  supervisor::Reconfiguration result;
  Settings next;
  next.app = running.app;
  const bool have_room = max_workers_of(read) <= max_workers;
  for (const Setting& setting : all_settings()) {
    const bool applies = applies_at_reload(setting) && (have_room || !is_number_of_workers(setting));
    const bool changed = setting.access.get(started) != setting.access.get(read);
    if (changed && !applies && may_stand_in_file(setting)) result.needs_restart.emplace_back(setting.name);
    if (!may_stand_in_file(setting)) continue;
    for (const std::string& value : setting.access.get(applies ? read : running)) {
      // It was read before, so it can be read again.
      if (Result<void> set = setting.access.set(next, value, "/"); !set) continue;
    }
  }
  next.pool.workers = workers_of(next);
  result.php_arguments = php_arguments(next);
  return result;
}

}  // namespace laraman::cli
