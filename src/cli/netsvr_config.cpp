#include "cli/netsvr_config.h"

#include <fmt/core.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <thread>

#include "cli/settings.h"

namespace laraman::cli {
namespace {

// A time limit that never comes: netsvr's 0.
constexpr double kNever = 100'000'000;

// "1m30s", "120s", "1.5h" in seconds; nothing for what Go's time.ParseDuration refuses.
std::optional<double> parse_go_duration(std::string_view text) {
  static const std::map<std::string_view, double> units = {{"ns", 1e-9}, {"us", 1e-6}, {"µs", 1e-6}, {"ms", 1e-3},
                                                           {"s", 1},     {"m", 60},    {"h", 3600}};
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double seconds = 0;
  while (!text.empty()) {
    double number = 0;
    const auto [end, failure] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (failure != std::errc() || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::string_view unit = text.substr(0, text.find_first_of("0123456789."));
    const auto found = units.find(unit);
    if (found == units.end()) return std::nullopt;
    seconds += number * found->second;
    text.remove_prefix(unit.size());
  }
  return seconds;
}

// Reads keys one by one; the first error stays, and all that is read then is empty.
class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  Result<NetsvrConfig> read() {
    try {
      table_ = toml::parse_file(path_);
    } catch (const toml::parse_error& failure) {
      return Error{ErrorCode::kInvalid, std::string(failure.description()),
                   path_ + ":" + std::to_string(failure.source().begin.line), ""};
    }
    read_gateway();
    read_customer();
    read_limits();
    read_business_ports();
    if (error_) return *error_;
    warn_of_unused();
    return std::move(config_);
  }

 private:
  // ---- what the keys mean

  void read_gateway() {
    const std::string level = text("LogLevel").value_or("error");
    set("log-level", "LogLevel", level == "warn" ? "warning" : level);
    const double wait = duration("ShutdownWaitTime").value_or(0);
    set("stop-timeout", "ShutdownWaitTime", seconds(wait > 0 ? wait : kNever));
  }

  void read_customer() {
    listen(required("Customer.ListenAddress"));
    set("websocket-path", "Customer.HandlePattern", text("Customer.HandlePattern").value_or("/"));
    read_origins();
    set("heartbeat", "Customer.HeartbeatInterval", seconds(duration("Customer.HeartbeatInterval").value_or(120)));
    set("heartbeat-message", "Customer.HeartbeatMessage", required("Customer.HeartbeatMessage"));
    set("max-connections", "Customer.MaxOnlineNum",
        std::max<std::int64_t>(0, number("Customer.MaxOnlineNum").value_or(0)));
    set("max-message-bytes", "Customer.ReceivePackLimit", number("Customer.ReceivePackLimit").value_or(2097152));
    const std::int64_t type = number("Customer.SendMessageType").value_or(1);
    if (type != 1 && type != 2) return fail("Customer.SendMessageType", "is 1 (text) or 2 (binary)");
    set("netsvr-message-type", "Customer.SendMessageType", std::string(type == 1 ? "text" : "binary"));
    set("callback-open", "Customer.OnOpenCallbackApi", text("Customer.OnOpenCallbackApi").value_or(""));
    set("callback-close", "Customer.OnCloseCallbackApi", text("Customer.OnCloseCallbackApi").value_or(""));
    const double deadline = duration("Customer.CallbackApiDeadline").value_or(0);
    set("callback-timeout", "Customer.CallbackApiDeadline", seconds(deadline > 0 ? deadline : kNever));
    const auto cores = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
    const std::int64_t percent = number("Customer.Multicore").value_or(100);
    set("loops", "Customer.Multicore", std::clamp<std::int64_t>(cores * percent / 100, 1, 255));
    read_compression();
  }

  // There an entry matches any origin that it is a part of, and an empty list all.
  void read_origins() {
    const std::vector<std::string> parts = texts("Customer.AllowOrigin");
    std::vector<std::string> origins;
    for (const std::string& part : parts) {
      if (part.empty()) {
        origins.emplace_back("*");
      } else if (part.find("://") != std::string::npos) {
        origins.push_back(part);
      } else {
        for (const char* scheme : {"https://", "http://"}) {
          origins.push_back(scheme + part);
          origins.push_back(scheme + ("*." + part));
        }
      }
    }
    if (parts.empty()) origins.emplace_back("*");
    if (!parts.empty()) {
      config_.warnings.push_back(
          "Customer.AllowOrigin: an entry is a whole origin here, or a host with those below it, not any part of an "
          "origin");
    }
    set_list("allow-origin", "Customer.AllowOrigin", std::move(origins));
  }

  // There every client that offers compression gets it; at level 0 it would only make messages larger.
  void read_compression() {
    const std::int64_t level = number("Customer.CompressionLevel").value_or(0);
    if (level < -2 || level > 9) return fail("Customer.CompressionLevel", "is a number from -2 to 9");
    set("compression-mode", "Customer.CompressionLevel", std::string(level == 0 ? "off" : "shared"));
    constexpr std::int64_t kDefaultOfZlib = 6;
    if (level != 0) {
      set("compression-level", "Customer.CompressionLevel",
          level == -1 ? kDefaultOfZlib : std::max<std::int64_t>(1, level));
    }
  }

  void read_limits() {
    set("limit-opens", "Limit.OnOpen", std::max<std::int64_t>(0, number("Limit.OnOpen").value_or(0)));
    set("limit-messages", "Limit.OnMessage", std::max<std::int64_t>(0, number("Limit.OnMessage").value_or(0)));
    set("limit-window", "Customer.LimitWindowSize", seconds(duration("Customer.LimitWindowSize").value_or(1)));
    set("limit-window-messages", "Customer.LimitWindowMaxRequests",
        number("Customer.LimitWindowMaxRequests").value_or(100));
    set("limit-first-messages", "Customer.LimitZeroWindowMaxRequests",
        number("Customer.LimitZeroWindowMaxRequests").value_or(1000));
    std::vector<std::string> items;
    for (const std::int64_t item : numbers("Metrics.Item")) items.push_back(std::to_string(item));
    if (items.empty()) items.emplace_back("none");
    set_list("netsvr-metrics", "Metrics.Item", std::move(items));
  }

  // Both ports take every command, so they share what there may differ: the more generous value counts.
  void read_business_ports() {
    const std::string worker = required("Worker.ListenAddress");
    set("netsvr-worker-listen", "Worker.ListenAddress", worker);
    if (table_.contains("Task")) {
      set("netsvr-task-listen", "Task.ListenAddress", required("Task.ListenAddress"));
      set("netsvr-task-heartbeat", "Task.HeartbeatMessage", required("Task.HeartbeatMessage"));
    } else {
      set("gateway-id", "Worker.ListenAddress", worker);  // netsvr before 8 had the one port
    }
    set("netsvr-heartbeat", "Worker.HeartbeatMessage", required("Worker.HeartbeatMessage"));
    set("netsvr-read-timeout", "Worker.ReadDeadline",
        seconds(std::max(duration("Worker.ReadDeadline").value_or(120), duration("Task.ReadDeadline").value_or(120))));
    set("netsvr-max-frame-bytes", "Worker.ReceivePackLimit",
        std::max(number("Worker.ReceivePackLimit").value_or(2097152),
                 number("Task.ReceivePackLimit").value_or(2097152)));
  }

  void listen(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    if (error_) return;
    if (colon == std::string::npos) return fail("Customer.ListenAddress", "is of the form host:port");
    std::string host = address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    set("host", "Customer.ListenAddress", host.empty() ? "0.0.0.0" : host);
    set("port", "Customer.ListenAddress", address.substr(colon + 1));
  }

  // ---- reading

  // Key "A.B" of the file; null if it is not there.
  const toml::node* find(const std::string& key) {
    const toml::node* node = table_.at_path(key).node();
    if (node != nullptr) read_.insert(key);
    return node;
  }

  template <typename T>
  std::optional<T> value(const std::string& key, const char* type) {
    const toml::node* node = find(key);
    if (node == nullptr) return std::nullopt;
    std::optional<T> exact = node->value_exact<T>();
    if (!exact) fail(key, type);
    return exact;
  }
  std::optional<std::string> text(const std::string& key) { return value<std::string>(key, "is a string"); }
  std::optional<std::int64_t> number(const std::string& key) { return value<std::int64_t>(key, "is a whole number"); }

  std::string required(const std::string& key) {
    std::optional<std::string> found = text(key);
    if (!found && !error_) error_ = Error{ErrorCode::kInvalid, key + " is missing", path_, ""};
    return found.value_or("");
  }

  std::optional<double> duration(const std::string& key) {
    const std::optional<std::string> written = text(key);
    if (!written) return std::nullopt;
    const std::optional<double> parsed = parse_go_duration(*written);
    if (!parsed) fail(key, R"(is a duration such as "120s" or "1m30s")");
    return parsed;
  }

  template <typename T>
  std::vector<T> list(const std::string& key, const char* type) {
    const toml::node* node = find(key);
    std::vector<T> values;
    if (node == nullptr) return values;
    if (!node->is_array()) {
      fail(key, type);
      return values;
    }
    for (const toml::node& entry : *node->as_array()) {
      const std::optional<T> exact = entry.value_exact<T>();
      if (!exact) {
        fail(key, type);
        return values;
      }
      values.push_back(*exact);
    }
    return values;
  }
  std::vector<std::string> texts(const std::string& key) { return list<std::string>(key, "is a list of strings"); }
  std::vector<std::int64_t> numbers(const std::string& key) {
    return list<std::int64_t>(key, "is a list of whole numbers");
  }

  std::string place(const std::string& key) {
    const toml::node* node = table_.at_path(key).node();
    const std::string line = node == nullptr ? "" : ":" + std::to_string(node->source().begin.line);
    return path_ + line + ": " + key;
  }

  void fail(const std::string& key, const std::string& what) {
    if (!error_) error_ = Error{ErrorCode::kInvalid, what, place(key), ""};
  }

  // ---- settings

  static std::string seconds(double number) { return fmt::format("{}", number); }

  void set(const std::string& setting, const std::string& key, std::int64_t number) {
    set(setting, key, std::to_string(number));
  }
  void set(const std::string& setting, const std::string& key, const std::string& value) {
    set_list(setting, key, {value});
  }
  void set_list(const std::string& setting, const std::string& key, std::vector<std::string> values) {
    config_.settings[setting] = {std::move(values), place(key)};
  }

  void warn_of_unused() {
    std::string unused;
    const auto add = [&](const std::string& key) {
      if (read_.count(key) == 0) unused += (unused.empty() ? "" : ", ") + key;
    };
    for (const auto& [name, node] : table_) {
      const std::string key(name.str());
      if (!node.is_table()) {
        add(key);
        continue;
      }
      for (const auto& [inner, unneeded] : *node.as_table()) add(key + "." + std::string(inner.str()));
    }
    if (!unused.empty()) config_.warnings.push_back("keys without a meaning here: " + unused);
  }

  const std::string path_;
  toml::table table_;
  std::set<std::string> read_;
  std::optional<Error> error_;
  NetsvrConfig config_;
};

}  // namespace

Result<NetsvrConfig> read_netsvr_config(const std::string& path) { return Reader(path).read(); }

}  // namespace laraman::cli
