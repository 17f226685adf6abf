#include "cli/special_access.h"

#include <fmt/core.h>

#include <charconv>
#include <cstdint>
#include <optional>

#include "base/try.h"
#include "http/syntax.h"

namespace laraman::cli {
namespace {

Result<void> set_socket_mode(Settings& settings, const std::string& value, const std::string&) {
  unsigned mode = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), mode, 8);
  if (failure != std::errc() || end != value.data() + value.size() || mode > 0777) {
    return invalid("\"" + value + "\" is no file mode such as 0660");
  }
  settings.gateway.listen.socket_mode = mode;
  return {};
}

std::vector<std::string> get_socket_mode(const Settings& settings) {
  return {fmt::format("{:04o}", settings.gateway.listen.socket_mode)};
}

Result<void> set_limit_window(Settings& settings, const std::string& value, const std::string&) {
  ASSIGN_OR_RETURN(Duration window, parse_seconds(value));
  if (window < std::chrono::milliseconds(1)) return invalid("\"" + value + "\" is less than 0.001 seconds");
  settings.gateway.limits.window.window = window;
  return {};
}

constexpr unsigned kLastMetric = 13;

// "none" says that there are none, which an empty list cannot.
Result<void> set_netsvr_metrics(Settings& settings, const std::string& value, const std::string&) {
  std::optional<std::uint32_t>& items = settings.gateway.business.metrics_items;
  if (!items) items = 0;
  if (value == "none") return {};
  const Result<unsigned> item = parse_number(value, 1U, kLastMetric);
  if (!item) return invalid("\"" + value + "\" is not a number from 1 to 13 or none");
  *items |= 1U << *item;
  return {};
}
std::vector<std::string> get_netsvr_metrics(const Settings& settings) {
  const std::optional<std::uint32_t>& set = settings.gateway.business.metrics_items;
  if (!set) return {};
  if (*set == 0) return {"none"};
  std::vector<std::string> items;
  for (unsigned item = 1; item <= kLastMetric; ++item) {
    if ((*set >> item & 1) != 0) items.push_back(std::to_string(item));
  }
  return items;
}

// "auto", "4", or "2..8".
Result<void> set_workers(Settings& settings, const std::string& value, const std::string&) {
  settings.pool.workers = 0;
  settings.pool.max_workers = 0;
  if (value == "auto") return {};
  const std::size_t dots = value.find("..");
  const Result<std::uint32_t> least = parse_number(value.substr(0, dots), 1U, kMaxWorkers);
  const Result<std::uint32_t> most =
      dots == std::string::npos ? least : parse_number(value.substr(dots + 2), 1U, kMaxWorkers);
  if (!least || !most || *most < *least) {
    return invalid("\"" + value + "\" is not a number from 1 to 1000, a range such as 2..8, or auto");
  }
  settings.pool.workers = *least;
  if (*most > *least) settings.pool.max_workers = *most;
  return {};
}

std::vector<std::string> get_workers(const Settings& settings) {
  if (settings.pool.workers == 0) return {"auto"};
  std::string value = std::to_string(settings.pool.workers);
  if (settings.pool.max_workers > 0) value += ".." + std::to_string(settings.pool.max_workers);
  return {value};
}

// "/uri/=/directory" or "/directory".
Result<void> add_sendfile(Settings& settings, const std::string& value, const std::string& directory) {
  const std::size_t equals = value.find('=');
  const std::string uri = equals == std::string::npos ? "" : value.substr(0, equals);
  const std::string path = equals == std::string::npos ? value : value.substr(equals + 1);
  if (path.empty() || (!uri.empty() && !uri.starts_with('/'))) {
    return invalid("\"" + value + "\" is not a directory, nor of the form /uri/=directory");
  }
  settings.gateway.sendfile.push_back({uri, absolute(path, directory)});
  return {};
}

std::vector<std::string> get_sendfile(const Settings& settings) {
  std::vector<std::string> values;
  for (const auto& [name, directory, may_be_missing] : settings.gateway.sendfile) {
    values.push_back(name.empty() ? directory : fmt::format("{}={}", name, directory));
  }
  return values;
}

Result<void> add_ini(Settings& settings, const std::string& value, const std::string&) {
  const std::size_t equals = value.find('=');
  if (equals == std::string::npos || equals == 0) return invalid("\"" + value + "\" is not of the form name=value");
  settings.pool.ini.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  return {};
}

std::vector<std::string> get_ini(const Settings& settings) {
  std::vector<std::string> values;
  for (const auto& [name, value] : settings.pool.ini) values.push_back(std::string(name).append("=").append(value));
  return values;
}

}  // namespace

Result<std::string> to_host(const std::string& value, const std::string& directory) {
  constexpr std::string_view kUnix = "unix:";
  if (value.starts_with(kUnix)) return std::string(kUnix) + absolute(value.substr(kUnix.size()), directory);
  const bool in_brackets = value.size() > 2 && value.starts_with('[') && value.ends_with(']');  // as in a URL
  return in_brackets ? value.substr(1, value.size() - 2) : value;
}

Result<std::string> to_access_log_file(const std::string& value, const std::string& directory) {
  return value == "-" ? value : absolute(value, directory);
}

Result<std::string> to_websocket_path(const std::string& value, const std::string&) {
  if (!value.starts_with('/') || value.find_first_of("?#") != std::string::npos) {
    return invalid("\"" + value + "\" is not a path such as /netsvr or /app/*");
  }
  return value;
}

Result<std::string> to_subprotocol(const std::string& value, const std::string&) {
  if (!http::is_token(value)) return invalid("\"" + value + "\" is not the name of a sub-protocol");
  return value;
}

Access socket_mode() { return {set_socket_mode, get_socket_mode}; }

Access limit_window() {
  return {set_limit_window, seconds([](auto& all) -> auto& { return all.gateway.limits.window.window; }).get};
}

Access netsvr_metrics() { return {set_netsvr_metrics, get_netsvr_metrics}; }

Access number_of_workers() { return {set_workers, get_workers}; }

Access sendfile() { return {add_sendfile, get_sendfile}; }

Access ini() { return {add_ini, get_ini}; }

Access netsvr_heartbeat() {
  return {[](Settings& settings, const std::string& value, const std::string&) -> Result<void> {
            settings.gateway.business.heartbeat = value;
            return {};
          },
          [](const Settings& settings) { return std::vector{settings.gateway.business.heartbeat}; }};
}

}  // namespace laraman::cli
