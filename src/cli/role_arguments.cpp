// How the supervisor passes settings on: all of them, as flags, so that a role depends on nothing else.
#include <fmt/core.h>

#include <algorithm>
#include <thread>

#include "cli/settings.h"

namespace laraman::cli {
namespace {

class Arguments {
 public:
  explicit Arguments(const char* role) : list_{role} { add("config", "/dev/null"); }

  void add(const char* name, const std::string& value) {
    list_.push_back(std::string("--") + name);
    list_.push_back(value);
  }
  void add_unless_empty(const char* name, const std::string& value) {
    if (!value.empty()) add(name, value);
  }
  void add_number(const char* name, std::uint64_t number) { add(name, std::to_string(number)); }
  void add_seconds(const char* name, Duration duration) {
    add(name, fmt::format("{}", std::chrono::duration<double>(duration).count()));
  }
  std::vector<std::string> take() { return std::move(list_); }

 private:
  std::vector<std::string> list_;
};

const char* name_of(log::Level level) {
  switch (level) {
    case log::Level::kDebug: return "debug";
    case log::Level::kInfo: return "info";
    case log::Level::kWarning: return "warning";
    case log::Level::kError: return "error";
  }
  return "info";
}

unsigned cores() { return std::max(1U, std::thread::hardware_concurrency()); }

}  // namespace

unsigned loops_of(const Settings& settings) { return settings.loops > 0 ? settings.loops : std::min(cores(), 255U); }

std::uint32_t workers_of(const Settings& settings) { return settings.workers > 0 ? settings.workers : 2 * cores(); }

std::vector<std::string> gateway_arguments(const Settings& settings) {
  Arguments arguments("gateway");
  arguments.add("host", settings.host);
  arguments.add_number("port", settings.port);
  arguments.add_number("loops", loops_of(settings));
  arguments.add_unless_empty("public", settings.public_dir);
  arguments.add("runtime-dir", settings.runtime_dir);
  arguments.add_unless_empty("worker-socket", settings.worker_socket);
  arguments.add_unless_empty("task-socket", settings.task_socket);
  arguments.add_seconds("heartbeat", settings.heartbeat);
  arguments.add_number("max-message-bytes", settings.max_message_bytes);
  for (const std::string& origin : settings.allow_origin) arguments.add("allow-origin", origin);
  for (const std::string& path : settings.websocket_path) arguments.add("websocket-path", path);
  arguments.add("upstream", "workers");  // the supervisor starts them
  arguments.add_unless_empty("callback-open", settings.callback_open);
  arguments.add_unless_empty("callback-close", settings.callback_close);
  arguments.add_seconds("callback-timeout", settings.callback_timeout);
  arguments.add_seconds("queue-timeout", settings.queue_timeout);
  arguments.add_seconds("stop-timeout", kNoLimit);  // the supervisor keeps the time
  arguments.add("log-level", name_of(settings.log_level));
  return arguments.take();
}

std::vector<std::string> php_arguments(const Settings& settings) {
  Arguments arguments("php");
  arguments.add_unless_empty("app", settings.app);
  arguments.add_unless_empty("script", settings.script);
  arguments.add_number("workers", workers_of(settings));
  arguments.add("runtime-dir", settings.runtime_dir);
  arguments.add_unless_empty("worker-socket", settings.worker_socket);
  arguments.add_number("max-requests", settings.max_requests);
  for (const auto& [name, value] : settings.ini) arguments.add("ini", std::string(name).append("=").append(value));
  arguments.add("log-level", name_of(settings.log_level));
  return arguments.take();
}

}  // namespace laraman::cli
