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
  return settings.server.runtime_dir.empty() ? "" : in_directory(settings.server.runtime_dir);
}

bool is_off_loopback(const net::SocketAddress& address) {
  static const net::Networks loopback = *net::Networks::parse(std::vector<std::string>{"127.0.0.0/8", "::1"});
  return !address.is_unix() && !loopback.contain(address.host());
}

// Not every peer that reaches a business port over TCP is let in.
bool is_guarded(const backends::netsvr::BusinessServerOptions& business) {
  return !business.secret.empty() || !business.allowed.empty();
}

// What does not keep the gateway from starting. From a netsvr.toml, where it always was so, that is an open business
// port too.
void warn_about(const Settings& settings) {
  for (const std::string& warning : settings.warnings) complain("warning: " + warning);
  if (settings.netsvr_config.empty() || is_guarded(settings.gateway.business)) return;
  for (const std::string& address : {settings.gateway.netsvr_worker_address, settings.gateway.netsvr_task_address}) {
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
  server::GatewayOptions options = settings.gateway;
  options.listen.loops = loops_of(settings);
  options.worker_socket = address_of(options.worker_socket, settings, supervisor::worker_socket_path);
  options.task_socket = address_of(options.task_socket, settings, supervisor::task_socket_path);
  // What a client may send, a business may send on.
  options.business.max_frame_bytes =
      std::max(options.business.max_frame_bytes, options.websocket.max_message_bytes + wire::netsvr::kFrameOverhead);
  const std::string& directory = options.port.spool.directory;
  if (std::error_code ignored; !std::filesystem::is_directory(directory, ignored)) {
    return Error{ErrorCode::kNotFound, "there is no such directory", directory,
                 "--body-dir: for large request bodies, and responses that clients take slowly"};
  }

  // These are used only when the roles run already; a wrong one is to be told at once.
  const net::ListenOptions& listen = options.listen;
  RETURN_IF_ERROR(listen.host.starts_with("unix:") ? net::SocketAddress::parse(listen.host)
                                                   : net::SocketAddress::of_host(listen.host, listen.port));
  if (server::Certificates certificates(options.tls); certificates.configured()) RETURN_IF_ERROR(certificates.load());
  if (options.port.proxy_protocol && options.port.trusted_proxies.empty()) {
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
    const bool is_open = !is_guarded(options.business) && is_off_loopback(*parsed);
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
  if (!start_log(settings, "gateway", settings.log.file)) return kFailure;
  warn_about(settings);
  raise_file_limit();
  options->echo = switches.echo;
  return server::run_gateway(*options);
}

// `laraman` becomes the program that has PHP: signals, exit code and process id are then its own.
int php_command(const Settings& settings, const Invocation& invocation) {
  const Result<supervisor::PhpProgram> found =
      supervisor::find_php_program(invocation.program, settings.server.php, settings.php_version);
  if (!found) {
    complain(found.error().message());
    return kUsage;
  }
  // Not as a flag, which every user of the machine could see.
  if (!settings.gateway.business.secret.empty())
    ::setenv("LARAMAN_NETSVR_SECRET", settings.gateway.business.secret.c_str(), 1);
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
