#include "cli/netsvr_config.h"

#include <fmt/core.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <set>
#include <string_view>
#include <thread>

#include "cli/settings.h"

namespace laraman::cli {
namespace {

namespace fs = std::filesystem;

// A time limit that never comes: netsvr's 0.
constexpr double kNever = 100'000'000;

constexpr std::int64_t kPackLimit = 2097152;  // netsvr's default for messages and frames

// The heartbeat of netsvr 3, which could not be set there.
constexpr const char* kHeartbeatOf3 = "~3yPvmnz~";

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// "1m30s", "120s", "-1.5h" in seconds; nothing for what Go's time.ParseDuration refuses.
std::optional<double> parse_go_duration(std::string_view text) {
  static const std::map<std::string_view, double> units = {{"ns", 1e-9}, {"us", 1e-6}, {"µs", 1e-6}, {"ms", 1e-3},
                                                           {"s", 1},     {"m", 60},    {"h", 3600}};
  const double sign = text.starts_with('-') ? -1 : 1;
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
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
  return sign * seconds;
}

// Which netsvr a file was written for, as far as its keys tell. What a generation did not know is off for its files:
// a default of netsvr 8 must not drop messages that netsvr 4 let through.
struct Generation {
  bool has_task_port = false;        // 8: businesses have two ports
  bool has_message_window = false;   // 5.3 and later: messages of a client are limited, also where no key says so
  bool has_fixed_heartbeat = false;  // 3
  bool speaks_protocol_3 = false;    // 3 and 4
};

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
    recognize();
    read_gateway();
    read_customer();
    read_tls();
    read_limits();
    read_business_ports();
    if (error_) return *error_;
    warn_of_unused();
    return std::move(config_);
  }

 private:
  void recognize() {
    const auto has_any = [this](std::initializer_list<const char*> keys) {
      return std::any_of(keys.begin(), keys.end(), [this](const char* key) { return locate(key) != nullptr; });
    };
    generation_.has_task_port = has_any({"Task"});
    generation_.has_message_window =
        generation_.has_task_port ||
        has_any({"Customer.LimitWindowSize", "Customer.LimitWindowMaxRequests", "Customer.LimitZeroWindowMaxRequests",
                 "Customer.OnOpenCallbackApi", "Customer.OnCloseCallbackApi", "Customer.CallbackApiDeadline"});
    generation_.has_fixed_heartbeat =
        !generation_.has_task_port && has_any({"ServerId", "Customer.ConnOpenWorkerId", "Customer.ConnCloseWorkerId"});
    generation_.speaks_protocol_3 = !generation_.has_task_port && !generation_.has_message_window &&
                                    (generation_.has_fixed_heartbeat || has_any({"Metrics.MaxRecordInterval"}));
  }

  // ---- what the keys mean

  void read_gateway() {
    std::string level = text("LogLevel").value_or("error");
    if (level != "debug" && level != "info" && level != "warn") level = "error";
    set("log-level", "LogLevel", level == "warn" ? "warning" : level);
    if (const std::string file = text("LogFile").value_or(""); !file.empty()) {
      std::error_code ignored;
      set("netsvr-log-file", "LogFile", fs::absolute(file, ignored).string());
    }
    const double wait = duration("ShutdownWaitTime").value_or(0);
    set("stop-timeout", "ShutdownWaitTime", seconds(wait > 0 ? wait : kNever));
  }

  void read_customer() {
    listen(required("Customer.ListenAddress"));
    set("websocket-path", "Customer.HandlePattern", text("Customer.HandlePattern").value_or("/"));
    read_origins();
    read_client_heartbeat();
    // Without the key netsvr 8 refuses every business, which no file can want.
    constexpr std::int64_t kMaxBefore8 = 100'000;
    set("max-connections", "Customer.MaxOnlineNum",
        positive("Customer.MaxOnlineNum", generation_.has_task_port ? 0 : kMaxBefore8));
    set("max-message-bytes", "Customer.ReceivePackLimit", positive("Customer.ReceivePackLimit", kPackLimit));
    const std::int64_t type = number("Customer.SendMessageType").value_or(0);
    if (type < 0 || type > 2) return fail("Customer.SendMessageType", "is 1 (text) or 2 (binary)");
    set("netsvr-message-type", "Customer.SendMessageType", std::string(type == 2 ? "binary" : "text"));
    set("callback-open", "Customer.OnOpenCallbackApi", text("Customer.OnOpenCallbackApi").value_or(""));
    set("callback-close", "Customer.OnCloseCallbackApi", text("Customer.OnCloseCallbackApi").value_or(""));
    const double deadline = duration("Customer.CallbackApiDeadline").value_or(0);
    set("callback-timeout", "Customer.CallbackApiDeadline", seconds(deadline > 0 ? deadline : kNever));
    const auto cores = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
    std::int64_t percent = number("Customer.Multicore").value_or(100);
    if (percent < 0 || percent > 100) percent = 100;
    set("loops", "Customer.Multicore", std::clamp<std::int64_t>(cores * percent / 100, 1, 255));
    read_compression();
  }

  // A client that is silent for too long is closed: by netsvr 8 after one to two intervals, by the others exactly after
  // ReadDeadline. Here that is two of our heartbeats.
  void read_client_heartbeat() {
    constexpr double kDefault = 120;
    if (generation_.has_task_port || locate("Customer.ReadDeadline") == nullptr) {
      const double interval = positive_duration("Customer.HeartbeatInterval", kDefault);
      set("heartbeat", "Customer.HeartbeatInterval", seconds(generation_.has_task_port ? interval : interval / 2));
    } else {
      set("heartbeat", "Customer.ReadDeadline", seconds(positive_duration("Customer.ReadDeadline", kDefault) / 2));
    }
    set("heartbeat-message", "Customer.HeartbeatMessage", heartbeat_text("Customer.HeartbeatMessage"));
  }

  // netsvr 8 has no TLS and ignores the keys. A file with them does not want unencrypted clients.
  void read_tls() {
    const std::string certificate = text("Customer.TLSCert").value_or("");
    const std::string key = text("Customer.TLSKey").value_or("");
    if (certificate.empty() && key.empty()) return;
    if (certificate.empty()) return fail("Customer.TLSKey", "needs Customer.TLSCert");
    if (key.empty()) return fail("Customer.TLSCert", "needs Customer.TLSKey");
    set("tls-certificate", "Customer.TLSCert", beside(certificate));
    set("tls-key", "Customer.TLSKey", beside(key));
  }

  // From the current directory, else from that of the file, which is "configs" there.
  std::string beside(const std::string& path) const {
    std::error_code ignored;
    if (fs::is_regular_file(path, ignored)) return fs::absolute(path, ignored).string();
    return (fs::absolute(path_, ignored).parent_path() / path).string();
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
    if (generation_.has_message_window) {
      set("limit-window", "Customer.LimitWindowSize", seconds(positive_duration("Customer.LimitWindowSize", 1)));
      set("limit-window-messages", "Customer.LimitWindowMaxRequests", positive("Customer.LimitWindowMaxRequests", 100));
      set("limit-first-messages", "Customer.LimitZeroWindowMaxRequests",
          positive("Customer.LimitZeroWindowMaxRequests", 1000));
    }
    std::vector<std::string> items;
    for (const std::int64_t item : numbers("Metrics.Item")) items.push_back(std::to_string(item));
    if (items.empty()) items.emplace_back("none");
    set_list("netsvr-metrics", "Metrics.Item", std::move(items));
  }

  // Both ports take every command, so they share what there may differ: the more generous value counts.
  void read_business_ports() {
    const std::string worker = required("Worker.ListenAddress");
    set("netsvr-worker-listen", "Worker.ListenAddress", worker);
    double deadline = positive_duration("Worker.ReadDeadline", 120);
    std::int64_t limit = frame_limit("Worker.ReceivePackLimit");
    if (generation_.has_task_port) {
      set("netsvr-task-listen", "Task.ListenAddress", required("Task.ListenAddress"));
      set("netsvr-task-heartbeat", "Task.HeartbeatMessage", required("Task.HeartbeatMessage"));
      deadline = std::max(deadline, positive_duration("Task.ReadDeadline", 120));
      limit = std::max(limit, frame_limit("Task.ReceivePackLimit"));
    } else {
      set("gateway-id", "Worker.ListenAddress", worker);  // netsvr before 8 had the one port
    }
    if (generation_.speaks_protocol_3) set("netsvr-protocol", "Metrics.MaxRecordInterval", std::int64_t{3});
    set("netsvr-heartbeat", "Worker.HeartbeatMessage", heartbeat_text("Worker.HeartbeatMessage"));
    set("netsvr-read-timeout", "Worker.ReadDeadline", seconds(deadline));
    set("netsvr-max-frame-bytes", "Worker.ReceivePackLimit", limit);
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

  // Entry `name` of a table: that which is spelled so, else any that differs in its case, as for netsvr's reader.
  static const toml::node* entry(const toml::table& table, std::string_view name) {
    if (const toml::node* exact = table.get(name)) return exact;
    for (const auto& [key, node] : table) {
      if (equals_ignoring_case(key.str(), name)) return &node;
    }
    return nullptr;
  }

  // Key "A.B" of the file; null if it is not there.
  const toml::node* locate(std::string_view key) const {
    const std::size_t dot = key.find('.');
    const toml::node* node = entry(table_, key.substr(0, dot));
    if (dot == std::string_view::npos || node == nullptr) return node;
    return node->is_table() ? entry(*node->as_table(), key.substr(dot + 1)) : nullptr;
  }

  // The same, of a key that means something here.
  const toml::node* find(const std::string& key) {
    const toml::node* node = locate(key);
    if (node != nullptr) read_.insert(node);
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

  // netsvr takes its default for zero and below.
  std::int64_t positive(const std::string& key, std::int64_t fallback) {
    const std::int64_t found = number(key).value_or(0);
    return found > 0 ? found : fallback;
  }
  double positive_duration(const std::string& key, double fallback) {
    const double found = duration(key).value_or(0);
    return found > 0 ? found : fallback;
  }

  // Unsigned there, so a negative number is refused.
  std::int64_t frame_limit(const std::string& key) {
    const std::int64_t found = number(key).value_or(0);
    if (found < 0) fail(key, "is not negative");
    return found > 0 ? found : kPackLimit;
  }

  std::string heartbeat_text(const std::string& key) {
    return generation_.has_fixed_heartbeat ? text(key).value_or(kHeartbeatOf3) : required(key);
  }

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
    const toml::node* node = locate(key);
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
    const auto add = [&](const std::string& key, const toml::node& node) {
      if (read_.count(&node) == 0) unused += (unused.empty() ? "" : ", ") + key;
    };
    for (const auto& [name, node] : table_) {
      const std::string key(name.str());
      if (!node.is_table()) {
        add(key, node);
        continue;
      }
      for (const auto& [inner, value] : *node.as_table()) add(key + "." + std::string(inner.str()), value);
    }
    if (!unused.empty()) config_.warnings.push_back("keys without a meaning here: " + unused);
  }

  const std::string path_;
  toml::table table_;
  Generation generation_;
  std::set<const toml::node*> read_;
  std::optional<Error> error_;
  NetsvrConfig config_;
};

}  // namespace

Result<NetsvrConfig> read_netsvr_config(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) return system_error("open", path, errno);
  return Reader(path).read();
}

}  // namespace laraman::cli
