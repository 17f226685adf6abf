#include "cli/setting_groups.h"

#include <algorithm>
#include <vector>

namespace laraman::cli {
namespace {

struct Group {
  std::string_view heading;
  std::vector<std::string_view> names;     // of settings
  std::vector<std::string_view> sections;  // whose other settings it has
};

const std::vector<Group>& groups() {
  static const std::vector<Group> all = {
      {"Application", {"app", "config", "php", "script", "entry", "classic", "public", "watch-path"}, {}},
      {"Public port", {"host", "port", "socket-mode", "loops", "allow-origin", "websocket-path", "subprotocol"}, {}},
      {"TLS and proxies in front", {}, {"tls", "proxy"}},
      {"PHP workers",
       {"workers", "socket-workers", "max-requests", "max-memory", "max-time", "abort-grace", "ini", "queue-timeout"},
       {}},
      {"HTTP requests",
       {"max-request-line-bytes", "max-header-bytes", "max-headers", "max-body-bytes", "body-dir", "spool-memory-bytes",
        "spool-bytes", "spool-total-bytes", "sendfile", "access-log", "access-log-file"},
       {"http"}},
      {"WebSocket connections",
       {"heartbeat", "heartbeat-message", "max-message-bytes", "max-connections", "max-waiting-closes"},
       {"limit", "compression"}},
      {"Server", {"upstream"}, {"gateway", "metrics", "callback"}},
      {"Businesses that speak the netsvr protocol", {"worker-socket", "task-socket"}, {"netsvr"}},
  };
  return all;
}

template <typename List>
bool has(const List& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

std::string_view group_of(const Setting& setting) {
  for (const Group& group : groups()) {
    if (has(group.names, setting.name)) return group.heading;
  }
  const std::string section = section_of(setting);
  for (const Group& group : groups()) {
    if (!section.empty() && has(group.sections, section)) return group.heading;
  }
  return "Server";
}

}  // namespace laraman::cli
