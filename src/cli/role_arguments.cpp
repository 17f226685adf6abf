// How the supervisor passes settings on: all of them, as flags, so that a role depends on nothing else.
#include <algorithm>
#include <thread>

#include "cli/settings.h"

namespace laraman::cli {
namespace {

// All settings that `command` has, and nothing from a file.
std::vector<std::string> arguments(unsigned command, Settings settings) {
  settings.config = "/dev/null";
  std::vector<std::string> list;
  for (const Setting& setting : all_settings()) {
    if ((setting.commands & command) == 0 || setting.is_secret) continue;
    for (const std::string& value : setting.access.get(settings)) {
      list.push_back(std::string("--") + setting.name);
      list.push_back(value);
    }
  }
  return list;
}

}  // namespace

unsigned loops_of(const Settings& settings) { return net::loops_of(settings.gateway.listen); }

std::uint32_t workers_of(const Settings& settings) {
  return settings.pool.workers > 0 ? settings.pool.workers : 2 * std::max(1U, std::thread::hardware_concurrency());
}

std::uint32_t max_workers_of(const Settings& settings) {
  return std::max(workers_of(settings), settings.pool.max_workers) + settings.pool.socket_workers;
}

std::vector<std::string> gateway_arguments(const Settings& settings) {
  Settings for_gateway = settings;
  for_gateway.gateway.application = true;       // the supervisor starts its workers
  for_gateway.gateway.stop_timeout = kNoLimit;  // the supervisor keeps the time
  std::vector<std::string> list = arguments(kGateway, std::move(for_gateway));
  list.insert(list.begin(), "gateway");
  return list;
}

std::vector<std::string> php_arguments(const Settings& settings) { return arguments(kPhp, settings); }

}  // namespace laraman::cli
