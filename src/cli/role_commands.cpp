// `laraman gateway` and `laraman php`: the roles, started by the supervisor or by hand.
#include <fmt/core.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "base/try.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/role_start.h"
#include "net/network.h"
#include "net/socket.h"
#include "net/tls.h"
#include "server/gateway_role.h"
#include "supervisor/executable.h"
#include "supervisor/php_program.h"
#include "supervisor/runtime_directory.h"

namespace laraman::cli {
namespace {

// With fewer files than this a server of long connections is soon full.
constexpr rlim_t kEnoughFiles = 8192;

// The Unix socket in the runtime directory, unless an address was given; none without either.
std::string address_of(const std::string& given, const Settings& settings,
                       std::string (*in_directory)(const std::string&)) {
  if (!given.empty()) return given;
  return settings.runtime_dir.empty() ? "" : in_directory(settings.runtime_dir);
}

bool is_off_loopback(const net::SocketAddress& address) {
  static const net::Networks loopback = *net::Networks::parse(std::vector<std::string>{"127.0.0.0/8", "::1"});
  return !address.is_unix() && !loopback.contain(address.host());
}

// What does not keep the gateway from starting. From a netsvr.toml, where it always was so, that is an open business
// port too.
void warn_about(const Settings& settings) {
  for (const std::string& warning : settings.warnings) complain("warning: " + warning);
  if (settings.netsvr_config.empty() || !settings.netsvr_secret.empty() || !settings.netsvr_allow.empty()) return;
  for (const std::string& address : {settings.netsvr_worker_listen, settings.netsvr_task_listen}) {
    const Result<net::SocketAddress> parsed = net::SocketAddress::parse(address);
    if (!parsed || !is_off_loopback(*parsed)) continue;
    complain(
        "warning: " + address +
        ": any peer that reaches this business port may send to all clients (set netsvr-secret-file or netsvr-allow)");
  }
}

}  // namespace

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_max < kEnoughFiles) {
    log::warning(
        "few files may be open, each connection is one limit={} wanted={} hint=\"raise the hard limit (ulimit -Hn)\"",
        limit.rlim_max, kEnoughFiles);
  }
}

Result<server::GatewayOptions> gateway_options(const Settings& settings) {
  server::GatewayOptions options;
  options.host = settings.host;
  options.port = settings.port;
  options.loops = loops_of(settings);
  options.public_directory = settings.public_dir;
  options.id = settings.gateway_id;
  options.worker_socket = address_of(settings.worker_socket, settings, supervisor::worker_socket_path);
  options.task_socket = address_of(settings.task_socket, settings, supervisor::task_socket_path);
  options.netsvr_worker_address = settings.netsvr_worker_listen;
  options.netsvr_task_address = settings.netsvr_task_listen;
  options.business.heartbeat = settings.netsvr_heartbeat;
  options.task_heartbeat = settings.netsvr_task_heartbeat;
  // What a client may send, a business may send on.
  options.business.max_frame_bytes =
      std::max(settings.netsvr_max_frame_bytes, settings.max_message_bytes + wire::netsvr::kFrameOverhead);
  options.business.message_type = settings.netsvr_message_type;
  options.business.read_timeout = settings.netsvr_read_timeout;
  options.business.protocol = settings.netsvr_protocol;
  options.business.secret = settings.netsvr_secret;
  ASSIGN_OR_RETURN(net::Networks allowed, net::Networks::parse(settings.netsvr_allow));
  options.business.allowed = std::move(allowed);
  options.heartbeat = settings.heartbeat;
  options.heartbeat_message = settings.heartbeat_message;
  options.max_message_bytes = settings.max_message_bytes;
  options.metrics_address = settings.metrics_listen;
  if (settings.netsvr_metrics) options.business.metrics_items = *settings.netsvr_metrics;
  options.dispatch.waiting_closes = settings.max_waiting_closes;
  options.dispatch.affinity = settings.netsvr_affinity_timeout;
  options.limits.connections = settings.max_connections;
  options.limits.opens = settings.limit_opens;
  options.limits.messages = settings.limit_messages;
  options.limits.window = {settings.limit_window_messages, settings.limit_window, settings.limit_first_messages};
  options.limits.close = settings.limit_closes;
  options.allowed_origins = settings.allow_origin;
  options.application = settings.application;
  options.websocket_paths = settings.websocket_path;
  if (!settings.tls_key.empty() && settings.tls_key.size() != settings.tls_certificate.size()) {
    return Error{ErrorCode::kInvalid, "each tls-certificate needs its tls-key, in the same order", "tls-key", ""};
  }
  for (std::size_t i = 0; i < settings.tls_certificate.size(); ++i) {
    const std::string& certificate = settings.tls_certificate[i];
    options.tls.push_back({certificate, settings.tls_key.empty() ? certificate : settings.tls_key[i]});
  }
  options.trusted_proxies = settings.proxy_trusted;
  options.proxy_protocol = settings.proxy_protocol;
  options.socket_mode = settings.socket_mode;
  options.callback_open = settings.callback_open;
  options.callback_close = settings.callback_close;
  options.callback_timeout = settings.callback_timeout;
  options.subprotocols = settings.subprotocol;
  options.compression = settings.compression;
  options.request_limits = {settings.max_request_line_bytes, settings.max_header_bytes, settings.max_headers};
  options.max_body_bytes = settings.max_body_bytes;
  options.body_directory = settings.body_dir;
  options.spool.memory = settings.spool_memory_bytes;
  options.spool.response = settings.spool_bytes;
  options.spool.total = settings.spool_total_bytes;
  if (std::error_code ignored; !std::filesystem::is_directory(settings.body_dir, ignored)) {
    return Error{ErrorCode::kNotFound, "there is no such directory", settings.body_dir,
                 "--body-dir: for large request bodies, and responses that clients take slowly"};
  }
  options.http_compression = settings.http_compression;
  options.http_compression_threshold = settings.http_compression_threshold;
  options.http_compression_level = settings.http_compression_level;
  for (const std::string& entry : settings.sendfile) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) {
      options.sendfile.push_back({"", entry});
    } else {
      options.sendfile.push_back({entry.substr(0, equals), entry.substr(equals + 1)});
    }
  }
  options.access_log = settings.access_log;
  options.access_log_file = settings.access_log_file.empty() ? "-" : settings.access_log_file;
  options.dispatch.request_wait = settings.queue_timeout;
  options.stop_timeout = settings.stop_timeout;

  // These are used only when the roles run already; a wrong one is to be told at once.
  const bool is_unix = options.host.starts_with("unix:");
  RETURN_IF_ERROR(is_unix ? net::SocketAddress::parse(options.host)
                          : net::SocketAddress::of_host(options.host, options.port));
  if (!options.tls.empty()) {
    if (auto certificates = net::TlsContext::load(options.tls); !certificates) return std::move(certificates.error());
  }
  if (options.proxy_protocol && options.trusted_proxies.empty()) {
    return Error{ErrorCode::kInvalid, "nobody may send the PROXY header", "proxy-protocol",
                 "name the load balancer in proxy-trusted"};
  }
  for (const std::string* address :
       {&options.worker_socket, &options.task_socket, &options.netsvr_worker_address, &options.netsvr_task_address}) {
    if (address->empty()) continue;
    Result<net::SocketAddress> parsed = net::SocketAddress::parse(*address);
    if (!parsed) {
      parsed.error().hint = "choose another address, or a shorter --runtime-dir";
      return std::move(parsed.error());
    }
    const bool is_open = settings.netsvr_secret.empty() && settings.netsvr_allow.empty() && is_off_loopback(*parsed);
    if (is_open && settings.netsvr_config.empty()) {
      return Error{ErrorCode::kInvalid, "any peer that reaches this business port may send to all clients", *address,
                   "set netsvr-secret-file or netsvr-allow, or listen on loopback"};
    }
  }
  if (!options.id.empty()) {
    if (Result<gateway::GatewayAddress> id = server::parse_gateway_id(options.id); !id) return std::move(id.error());
  }
  return options;
}

int show_config(const Settings& settings, unsigned command) {
  warn_about(settings);
  fmt::print("ok\n\n{}", to_toml(settings, command));
  return kOk;
}

int gateway_command(const Settings& settings, const Switches& switches) {
  forget_secrets();
  Result<server::GatewayOptions> options = gateway_options(settings);
  if (!options) {
    complain(options.error().message());
    return kUsage;
  }
  if (switches.check_config) return show_config(settings, kGateway);
  if (!start_log(settings, "gateway", settings.netsvr_log_file)) return kFailure;
  warn_about(settings);
  raise_file_limit();
  options->echo = switches.echo;
  return server::run_gateway(*options);
}

// `laraman` becomes the program that has PHP: signals, exit code and process id are then its own.
int php_command(const Settings& settings, const Invocation& invocation) {
  const Result<supervisor::PhpProgram> found =
      supervisor::find_php_program(invocation.program, settings.php, settings.php_version);
  if (!found) {
    complain(found.error().message());
    return kUsage;
  }
  // Not as a flag, which every user of the machine could see.
  if (!settings.netsvr_secret.empty()) ::setenv("LARAMAN_NETSVR_SECRET", settings.netsvr_secret.c_str(), 1);
  const std::string program =
      supervisor::php_program_of(supervisor::resolve_program(invocation.program), found->php_version);
  std::vector<std::string> texts = php_arguments(settings);
  texts.insert(texts.begin(), program);
  std::vector<char*> arguments;
  arguments.reserve(texts.size() + 1);
  for (std::string& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  complain(system_error("execute", program, errno).message());
  return kFailure;
}

}  // namespace laraman::cli
