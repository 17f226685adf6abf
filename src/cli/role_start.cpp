#include "cli/role_start.h"

#include <fmt/core.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/log.h"

namespace laraman::cli {

void name_process(const char* argv0) {
  const std::string_view path = argv0 == nullptr ? "" : argv0;
  const std::string name(path.substr(path.rfind('/') + 1));
  if (!name.empty()) ::prctl(PR_SET_NAME, name.c_str());
}

void complain(const std::string& message) { fmt::print(stderr, "laraman: {}\n", message); }

// The bytes are overwritten too, since /proc/PID/environ goes on showing what a process was started with.
void forget_secrets() {
  for (const Setting& setting : all_settings()) {
    if (!setting.is_secret) continue;
    const std::string variable = variable_of(setting);
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
      const std::string_view text(*entry);
      if (text.size() <= variable.size() || text[variable.size()] != '=' || !text.starts_with(variable)) continue;
      std::fill(*entry + variable.size() + 1, *entry + text.size(), '\0');
    }
    ::unsetenv(variable.c_str());
  }
}

bool start_log(const Settings& settings, const char* role, const std::string& file) {
  const Result<void> started = log::start({settings.log.level, role, file});
  if (!started) complain(started.error().message());
  return started.ok();
}

}  // namespace laraman::cli
