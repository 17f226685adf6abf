#include "cli/settings.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include "base/try.h"
#include "cli/setting_access.h"
#include "http/syntax.h"

namespace laraman::cli {
namespace {

// An address, a name, or "unix:/path".
Result<std::string> to_host(const std::string& value, const std::string& directory) {
  constexpr std::string_view kUnix = "unix:";
  if (value.starts_with(kUnix)) return std::string(kUnix) + absolute(value.substr(kUnix.size()), directory);
  const bool in_brackets = value.size() > 2 && value.starts_with('[') && value.ends_with(']');  // as in a URL
  return in_brackets ? value.substr(1, value.size() - 2) : value;
}

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

constexpr std::uint32_t kMaxWorkers = 1000;

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
    values.push_back(name.empty() ? directory : name + "=" + directory);
  }
  return values;
}

// "-" is standard output.
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

// ---- words

template <typename Value>
using Choice = std::pair<std::string_view, Value>;

constexpr Choice<bool> kUpstreams[] = {{"workers", true}, {"none", false}};
constexpr Choice<server::AccessLog::Format> kAccessLogs[] = {{"off", server::AccessLog::Format::kOff},
                                                             {"common", server::AccessLog::Format::kCommon},
                                                             {"json", server::AccessLog::Format::kJson}};
constexpr Choice<websocket::CompressionMode> kCompressionModes[] = {{"off", websocket::CompressionMode::kOff},
                                                                    {"shared", websocket::CompressionMode::kShared},
                                                                    {"context", websocket::CompressionMode::kContext}};
constexpr Choice<bool> kLimitActions[] = {{"drop", false}, {"close", true}};
constexpr Choice<log::Level> kLogLevels[] = {{"debug", log::Level::kDebug},
                                             {"info", log::Level::kInfo},
                                             {"warning", log::Level::kWarning},
                                             {"error", log::Level::kError}};
constexpr Choice<gateway::MessageType> kMessageTypes[] = {{"text", gateway::MessageType::kText},
                                                          {"binary", gateway::MessageType::kBinary}};

// Of laraman.toml. A setting whose name begins with one of them is in it.
constexpr std::string_view kSections[] = {"gateway",  "netsvr",      "tls",     "proxy", "limit",
                                          "callback", "compression", "metrics", "http"};

std::string with_underscores(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace

// The field of the settings that `path` names, such as port.
#define FIELD(path) [](auto& all) -> auto& { return all.path; }

const std::vector<Setting>& all_settings() {
  constexpr unsigned kServer = kStart | kControl;
  constexpr unsigned kEvery = kServer | kGateway | kPhp;
  constexpr std::uint32_t kMaxRate = std::numeric_limits<std::int32_t>::max();
  constexpr auto kMost64 = std::numeric_limits<std::uint64_t>::max();
  static const std::vector<Setting> settings = {
      {"app", kServer | kPhp, "DIR", "application, where artisan is (default: the current directory)", false,
       text(FIELD(app), to_path)},
      {"config", kEvery, "FILE", "settings (default: laraman.toml in the application)", false,
       text(FIELD(config), to_path)},
      {"host", kStart | kGateway, "ADDRESS", "address to listen on, or unix:/path (default 127.0.0.1)", false,
       text(FIELD(gateway.listen.host), to_host)},
      {"port", kStart | kGateway, "N", "port to listen on, 0: any free one (default 8000)", false,
       number(FIELD(gateway.listen.port), 0, 65535)},
      {"socket-mode",
       kStart | kGateway,
       "MODE",
       "permissions of the file of --host unix:/path (default 0660)",
       false,
       {set_socket_mode, get_socket_mode}},
      {"workers",
       kStart | kPhp,
       "N",
       "PHP workers; 2..8: as many of them as are busy (default auto: two for each core)",
       false,
       {set_workers, get_workers}},
      {"socket-workers", kStart | kPhp, "N",
       "further workers, for socket events only; the others take requests only (default 0: all take all)", false,
       number(FIELD(pool.socket_workers), 0, kMaxWorkers)},
      {"loops", kStart | kGateway, "N", "event loops of the gateway (default auto: one for each core)", false,
       number_or_auto(FIELD(gateway.listen.loops), 1, 255)},
      {"public", kStart | kGateway, "DIR", "static files (default: public in the application)", false,
       text(FIELD(gateway.port.public_directory), to_path)},
      {"max-requests", kStart | kPhp, "N", "replace a worker after N requests and events (default 0: never)", false,
       number(FIELD(pool.limits.max_requests), 0, kMost64)},
      {"max-memory", kStart | kPhp, "MIB", "replace a worker that has more memory of its own (default 0: never)", false,
       mebibytes(FIELD(pool.limits.max_memory))},
      {"max-time", kStart | kPhp, "SECONDS",
       "end a worker whose job lasts longer, its client gets 504 (default 60; 0: never)", false,
       seconds(FIELD(pool.limits.max_time))},
      {"abort-grace", kStart | kPhp, "SECONDS",
       "end a worker whose job goes on writing for longer after its client has gone (default 10)", false,
       seconds(FIELD(pool.limits.abort_grace))},
      {"ini",
       kStart | kPhp,
       "NAME=VALUE",
       "php.ini setting of the workers, may be given again",
       true,
       {add_ini, get_ini},
       false},
      {"allow-origin", kStart | kGateway, "ORIGIN", "further origin whose pages may open sockets, may be given again",
       true, texts(FIELD(gateway.port.allowed_origins))},
      {"tls-certificate", kStart | kGateway, "FILE",
       "PEM certificate with its chain: the port speaks TLS; may be given again, the first is the default", true,
       texts(FIELD(gateway.tls.certificates), to_path)},
      {"tls-key", kStart | kGateway, "FILE", "PEM key of each certificate (default: in the same file)", true,
       texts(FIELD(gateway.tls.keys), to_path)},
      {"proxy-trusted", kStart | kGateway, "NETWORK",
       "proxy whose X-Forwarded-* and PROXY headers count, 10.0.0.0/8 or an address, may be given again", true,
       networks(FIELD(gateway.port.trusted_proxies))},
      {"proxy-protocol", kStart | kGateway, "on|off", "each connection begins with a PROXY header (default off)", false,
       on_or_off(FIELD(gateway.port.proxy_protocol))},
      {"upstream", kGateway, "WHO", "who answers requests and handshakes: workers, or none (default none)", false,
       choice(FIELD(gateway.application), kUpstreams)},
      {"websocket-path", kStart | kGateway, "PATH",
       "path of WebSockets, /netsvr or /app/*, may be given again (default: every path)", true,
       texts(FIELD(gateway.websocket_paths), to_websocket_path)},
      {"subprotocol", kStart | kGateway, "NAME",
       "WebSocket sub-protocol that is answered where the application names none, may be given again", true,
       texts(FIELD(gateway.port.subprotocols), to_subprotocol)},
      {"max-request-line-bytes", kStart | kGateway, "N", "a longer request line gets 414 (default 8192)", false,
       number(FIELD(gateway.port.request_limits.request_line), 256, std::uint64_t{1} << 20)},
      {"max-header-bytes", kStart | kGateway, "N",
       "a request with more bytes in its header lines gets 431 (default 65536)", false,
       number(FIELD(gateway.port.request_limits.head), 1024, std::uint64_t{1} << 20)},
      {"max-headers", kStart | kGateway, "N", "a request with more header lines gets 431 (default 128)", false,
       number(FIELD(gateway.port.request_limits.headers), 16, std::uint64_t{10'000})},
      {"max-body-bytes", kStart | kGateway, "N", "a request with a larger body gets 413 (default 2147483648)", false,
       number(FIELD(gateway.port.max_body_bytes), 0, kMost64)},
      {"body-dir", kStart | kGateway, "DIR", "for request bodies of more than 64 KiB, while they come (default /tmp)",
       false, text(FIELD(gateway.port.spool.directory), to_path)},
      {"spool-memory-bytes", kStart | kGateway, "N",
       "of a response that its client has not taken; more of it waits in a file in body-dir (default 65536)", false,
       number(FIELD(gateway.port.spool.memory), 4096, kMost64)},
      {"spool-bytes", kStart | kGateway, "N",
       "of the file of one response; above it, its worker waits for the client (default 1073741824)", false,
       number(FIELD(gateway.port.spool.response), 0, kMost64)},
      {"spool-total-bytes", kStart | kGateway, "N",
       "of the files of all responses; above it, the slowest client is disconnected (default 4294967296)", false,
       number(FIELD(gateway.port.spool.total), 0, kMost64)},
      {"http-compression", kStart | kGateway, "on|off", "of text, JSON and the like, by gzip or br (default on)", false,
       on_or_off(FIELD(gateway.port.compression))},
      {"http-compression-threshold", kStart | kGateway, "BYTES", "shorter responses are not compressed (default 1024)",
       false, number(FIELD(gateway.port.compression_threshold), 0, kMost64)},
      {"http-compression-level", kStart | kGateway, "N", "1, fastest, to 9, smallest (default 4)", false,
       number(FIELD(gateway.port.compression_level), 1, 9)},
      {"sendfile",
       kStart | kGateway,
       "[URI=]DIR",
       "whose files X-Sendfile, and as URI X-Accel-Redirect, may name, may be given again (default: storage/app)",
       true,
       {add_sendfile, get_sendfile}},
      {"access-log", kStart | kGateway, "FORMAT", "a line for each request: off, common or json (default off)", false,
       choice(FIELD(gateway.access_log.format), kAccessLogs)},
      {"access-log-file", kStart | kGateway, "FILE",
       "where to, - for standard output (default: storage/logs/access.log)", false,
       text(FIELD(gateway.access_log.file), to_access_log_file)},
      {"compression-mode", kStart | kGateway, "MODE",
       "of WebSocket messages: off, shared (each by itself) or context (per connection; default off)", false,
       choice(FIELD(gateway.websocket.compression.mode), kCompressionModes)},
      {"compression-level", kStart | kGateway, "N", "1, fastest, to 9, smallest (default 3)", false,
       number(FIELD(gateway.websocket.compression.level), 1, 9)},
      {"compression-threshold", kStart | kGateway, "BYTES", "shorter messages are not compressed (default 256)", false,
       number(FIELD(gateway.websocket.compression.threshold), 0, std::size_t{1} << 31)},
      {"compression-window-bits", kStart | kGateway, "N",
       "looks back at most 2^N bytes, 9 to 15: less memory, larger messages (default 15)", false,
       number(FIELD(gateway.websocket.compression.window_bits), 9, 15)},
      {"callback-open", kGateway, "URL", "asked whether a client may come in, where there is no application", false,
       text(FIELD(gateway.callbacks.open_url), to_url)},
      {"callback-close", kGateway, "URL", "told of each client that has gone", false,
       text(FIELD(gateway.callbacks.close_url), to_url)},
      {"callback-timeout", kGateway, "SECONDS", "for the answer to a callback (default 5)", false,
       seconds(FIELD(gateway.callbacks.timeout))},
      {"heartbeat", kStart | kGateway, "SECONDS",
       "between pings to clients, who are closed when they are silent for two; 0: off (default 25)", false,
       seconds(FIELD(gateway.shard.heartbeat))},
      {"heartbeat-message", kStart | kGateway, "TEXT",
       "a client's message that only shows that it is there (default: none)", false,
       text(FIELD(gateway.heartbeat_message))},
      {"max-message-bytes", kStart | kGateway, "N", "a client's larger message closes it (default 1048576)", false,
       number(FIELD(gateway.websocket.max_message_bytes), 1, kMost64)},
      {"metrics-listen", kStart | kGateway, "ADDRESS", "serve /metrics for Prometheus there (default: nowhere)", false,
       text(FIELD(gateway.metrics_address))},
      {"netsvr-metrics",
       kStart | kGateway,
       "N",
       "item of netsvr's Metrics command, may be given again; none for none (default: all)",
       true,
       {set_netsvr_metrics, get_netsvr_metrics}},
      {"max-connections", kStart | kGateway, "N", "WebSocket connections at once (default 0: no limit)", false,
       number(FIELD(gateway.limits.connections), 0, kMost64)},
      {"max-waiting-closes", kStart | kGateway, "N",
       "ends of connections that wait for the application; above it, WebSocket handshakes get 503 (default 100000)",
       false, number(FIELD(gateway.dispatch.waiting_closes), 1, kMost64)},
      {"limit-opens", kStart | kGateway, "N", "WebSocket handshakes a second (default 0: no limit)", false,
       number(FIELD(gateway.limits.opens), 0, kMaxRate)},
      {"limit-messages", kStart | kGateway, "N", "messages of all clients a second (default 0: no limit)", false,
       number(FIELD(gateway.limits.messages), 0, kMaxRate)},
      {"limit-window-messages", kStart | kGateway, "N",
       "messages of one client in each window of time (default 0: no limit)", false,
       number(FIELD(gateway.limits.window.messages), 0, kMaxRate)},
      {"limit-window",
       kStart | kGateway,
       "SECONDS",
       "length of that window (default 1)",
       false,
       {set_limit_window, seconds(FIELD(gateway.limits.window.window)).get}},
      {"limit-first-messages", kStart | kGateway, "N",
       "messages of one client that are free before its first window (default 0)", false,
       number(FIELD(gateway.limits.window.first_messages), 0, kMaxRate)},
      {"limit-action", kStart | kGateway, "ACTION", "drop a message over a limit, or close its client (default drop)",
       false, choice(FIELD(gateway.limits.close), kLimitActions)},
      {"queue-timeout", kStart | kGateway, "SECONDS", "a request waits for a worker, then 503 (default 30)", false,
       seconds(FIELD(gateway.dispatch.request_wait))},
      {"stop-timeout", kStart | kStop | kGateway, "SECONDS", "of a graceful stop (default 10)", false,
       seconds(FIELD(gateway.stop_timeout))},
      {"start-timeout", kStart, "SECONDS", "for gateway and workers to be ready (default 60)", false,
       seconds(FIELD(server.start_timeout))},
      {"role-timeout", kStart, "SECONDS",
       "a gateway or PHP pool that answers nothing for so long is replaced; 0: never (default 30)", false,
       seconds(FIELD(server.role_timeout))},
      {"runtime-dir", kEvery, "DIR", "sockets between the processes (default: storage/framework/laraman)", false,
       text(FIELD(server.runtime_dir), to_path)},
      {"pid-file", kServer, "FILE", "default: storage/laraman.pid in the application", false,
       text(FIELD(server.pid_file), to_path)},
      {"user", kStart, "NAME", "user of the server, if root starts it", false, text(FIELD(server.user))},
      {"group", kStart, "NAME", "default: the user's", false, text(FIELD(server.group))},
      {"log-file", kStart | kLogs, "FILE", "log of --daemon (default: storage/logs/laraman.log)", false,
       text(FIELD(server.log_file), to_path)},
      {"watch-path", kStart, "PATH", "a file or directory for --watch (default: where Laravel has its code)", true,
       texts(FIELD(watch_path))},
      {"log-level", kStart | kGateway | kPhp, "LEVEL", "debug, info, warning or error (default info)", false,
       choice(FIELD(log.level), kLogLevels)},
      {"worker-socket", kStart | kGateway | kPhp, "ADDRESS",
       "worker port (default: worker.sock in the runtime directory)", false,
       text(FIELD(gateway.worker_socket), to_address)},
      {"task-socket", kStart | kGateway, "ADDRESS", "task port (default: task.sock in the runtime directory)", false,
       text(FIELD(gateway.task_socket), to_address)},
      {"php", kServer | kPhp, "PROGRAM",
       "runs artisan, and has the version of the workers (default: the PHP of `php artisan laraman`, else php in PATH)",
       false, text(FIELD(server.php))},
      {"script", kStart | kPhp, "FILE", "what each worker runs (default: the Laravel package's worker)", false,
       text(FIELD(pool.script), to_path)},
      {"entry", kStart | kPhp, "FILE", "without Laravel: a PHP file that returns what is called for each request",
       false, text(FIELD(pool.entry), to_path)},
      {"classic", kStart | kPhp, "on|off",
       "run the file of --entry again for each request, as php-fpm would (default off)", false,
       on_or_off(FIELD(pool.classic))},
      {"gateway-id", kStart | kGateway, "IPV4:PORT", "address in connection ids (default: that of the task port)",
       false, text(FIELD(gateway.id))},
      {"netsvr-worker-listen", kStart | kGateway, "ADDRESS", "further worker port, for netsvr businesses (host:port)",
       false, text(FIELD(gateway.netsvr_worker_address), to_address)},
      {"netsvr-task-listen", kStart | kGateway, "ADDRESS", "further task port, for netsvr businesses (host:port)",
       false, text(FIELD(gateway.netsvr_task_address), to_address)},
      {"netsvr-read-timeout", kStart | kGateway | kPhp, "SECONDS",
       "a business on TCP that sends no whole frame for so long is disconnected; 0: never (default 120)", false,
       seconds(FIELD(gateway.business.read_timeout))},
      {"netsvr-affinity-timeout", kStart | kGateway, "SECONDS",
       "a connection without events for so long may go to another business, of those that do not acknowledge (default "
       "5)",
       false, seconds(FIELD(gateway.dispatch.affinity))},
      {"netsvr-heartbeat",
       kStart | kGateway | kPhp,
       "TEXT",
       "a business's heartbeat (default ~6YOt5rW35piO~)",
       false,
       {text(FIELD(gateway.business.heartbeat)).set,
        [](const Settings& s) { return std::vector{s.gateway.business.heartbeat}; }}},
      {"netsvr-task-heartbeat", kStart | kGateway, "TEXT", "the same at the task ports (default: no other)", false,
       text(FIELD(gateway.task_heartbeat))},
      {"netsvr-max-frame-bytes", kStart | kGateway, "N",
       "a business's larger frame disconnects it; at least max-message-bytes and 64 KiB (default 2097152)", false,
       number(FIELD(gateway.business.max_frame_bytes), 4, std::uint64_t{1} << 31)},
      {"netsvr-protocol", kStart | kGateway, "N", "of businesses on TCP: 3 to 6 (default 6: 4 to 6)", false,
       number(FIELD(gateway.business.protocol), 3, 6)},
      {"netsvr-secret", kStart | kGateway | kPhp, "TEXT", "what businesses on TCP must say first", false,
       text(FIELD(gateway.business.secret)), true, true},
      {"netsvr-secret-file", kStart | kGateway | kPhp, "FILE",
       "holds what businesses on TCP must say first (or LARAMAN_NETSVR_SECRET)", false,
       text(FIELD(netsvr_secret_file), to_path)},
      {"netsvr-allow", kStart | kGateway, "NETWORK",
       "where businesses on TCP may come from, 10.0.0.0/8 or an address, may be given again (default: everywhere)",
       true, networks(FIELD(gateway.business.allowed))},
      {"netsvr-log-file", kGateway, "FILE", "log of a gateway that runs alone (default: standard error)", false,
       text(FIELD(log.file), to_path)},
      {"netsvr-config", kGateway, "FILE", "a netsvr.toml: its values count where nothing else is given", false,
       text(FIELD(netsvr_config), to_path)},
      {"netsvr-message-type", kStart | kGateway, "TYPE",
       "text or binary: what clients get from businesses that do not say it (default text)", false,
       choice(FIELD(gateway.business.message_type), kMessageTypes)},
  };
  return settings;
}

bool may_stand_in_file(const Setting& setting) {
  const std::string_view name = setting.name;
  return name != "app" && name != "config" && name != "netsvr-config";
}

bool applies_at_reload(const Setting& setting) {
  const bool is_for_workers = (setting.commands & (kPhp | kGateway)) == kPhp;
  return is_for_workers && may_stand_in_file(setting) && std::string_view(setting.name) != "php";
}

std::string section_of(const Setting& setting) {
  const std::string name = setting.name;
  const std::string first = name.substr(0, name.find('-'));
  if (first == name) return "";
  return std::find(std::begin(kSections), std::end(kSections), first) != std::end(kSections) ? first : "";
}

std::string key_of(const Setting& setting) {
  const std::string section = section_of(setting);
  return with_underscores(setting.name + (section.empty() ? 0 : section.size() + 1));
}

std::string place_in_file(const Setting& setting) {
  const std::string section = section_of(setting);
  return (section.empty() ? "" : "[" + section + "] ") + key_of(setting);
}

std::string config_key_of(const Setting& setting) { return with_underscores(setting.name); }

std::string variable_of(const Setting& setting) {
  std::string name = "LARAMAN_" + with_underscores(setting.name);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  return name;
}

}  // namespace laraman::cli
