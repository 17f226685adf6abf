// The process's log: one line a fact, "what happened key=value key=value". Never message contents or secrets above
// debug level. Values from outside that may hold spaces or quotation marks go through quote() (base/escape.h); no line
// holds a control character or a line break, wherever it comes from. A line that clients can cause at will is limited
// (base/log_limiter.h). Any thread may log; lines are written whole.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace laraman::log {

enum class Level { kDebug, kInfo, kWarning, kError };

struct Options {
  Level level = Level::kInfo;
  std::string role = "laraman";  // the process: "supervisor", "gateway", "php"; printed in every line
  std::string file;              // empty: standard error
};

// Call once at the start, before any thread. Without it, lines go to standard error at info level.
Result<void> start(const Options& options);

// The level called `name` ("debug", "info", "warning", "error").
Result<Level> parse_level(std::string_view name);

bool enabled(Level level);
void write(Level level, std::string_view line);

template <typename... Args>
void log_at(Level level, fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(level)) write(level, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  log_at(Level::kDebug, format, std::forward<Args>(args)...);
}
template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  log_at(Level::kInfo, format, std::forward<Args>(args)...);
}
template <typename... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  log_at(Level::kWarning, format, std::forward<Args>(args)...);
}
template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  log_at(Level::kError, format, std::forward<Args>(args)...);
}

}  // namespace laraman::log
