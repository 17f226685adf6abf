#include "base/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "base/escape.h"

namespace laraman::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarning: return spdlog::level::warn;
    case Level::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink, const std::string& role) {
  auto logger = std::make_shared<spdlog::logger>(role, std::move(sink));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %n[%P] %v");
  logger->flush_on(spdlog::level::debug);
  return logger;
}

std::shared_ptr<spdlog::logger>& current() {
  static std::shared_ptr<spdlog::logger> logger =
      make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), "laraman");
  return logger;
}

}  // namespace

Result<void> start(const Options& options) {
  spdlog::sink_ptr sink;
  if (options.file.empty()) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  } else {
    try {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file);
    } catch (const spdlog::spdlog_ex& failure) {
      return Error{ErrorCode::kSystem, failure.what(), options.file, "choose another log file"};
    }
  }
  current() = make_logger(std::move(sink), options.role);
  current()->set_level(to_spdlog(options.level));
  return {};
}

Result<Level> parse_level(std::string_view name) {
  if (name == "debug") return Level::kDebug;
  if (name == "info") return Level::kInfo;
  if (name == "warning") return Level::kWarning;
  if (name == "error") return Level::kError;
  return Error{ErrorCode::kInvalid, "unknown log level", std::string(name), "use debug, info, warning or error"};
}

bool enabled(Level level) { return current()->should_log(to_spdlog(level)); }

void write(Level level, std::string_view line) { current()->log(to_spdlog(level), escape_controls(line)); }

}  // namespace laraman::log
