// The gateway role: `laraman gateway`. Event loops on threads, the public port on each, the business ports on the
// first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backends/netsvr/business_server.h"
#include "base/clock.h"
#include "base/result.h"
#include "dispatch/dispatcher.h"
#include "gateway/connection_id.h"
#include "gateway/limits.h"
#include "http/request_parser.h"
#include "net/tls.h"
#include "server/access_log.h"
#include "server/named_files.h"
#include "server/response_spool.h"
#include "websocket/deflate_negotiation.h"

namespace laraman::server {

struct GatewayOptions {
  std::string host = "127.0.0.1";  // or "unix:/path"
  std::uint16_t port = 8000;
  unsigned loops = 0;                 // 0: one for each core; at most 255
  std::string public_directory;       // of static files; empty: none are served
  std::string worker_socket;          // address of the worker port ("unix:/path" or "host:port"); empty: none
  std::string task_socket;            // of the task port
  std::string netsvr_worker_address;  // of further worker and task ports; empty: none
  std::string netsvr_task_address;
  std::string id;  // "IPv4:port", the address in connection ids; empty: that of the task port where it is IPv4
  backends::netsvr::BusinessServerOptions business;
  std::string task_heartbeat;   // the text of a heartbeat at the task ports; empty: that of `business`
  std::string metrics_address;  // where /metrics is served ("host:port"); empty: nowhere
  Duration heartbeat = std::chrono::seconds(25);
  std::string heartbeat_message;  // a client's text that shows only that it is there; empty: none
  std::size_t max_message_bytes = 1 << 20;
  gateway::LimitOptions limits;
  dispatch::Limits dispatch;
  // PHP workers answer requests and handshakes. If not, requests get 404, and handshakes are asked of `callback_open`
  // or all accepted.
  bool application = false;
  std::vector<std::string> websocket_paths;  // as PathPatterns has them; empty: every path
  // For WebSockets, besides the same origin. Without an application, none means all: there are no cookies to abuse.
  std::vector<std::string> allowed_origins;
  std::vector<net::TlsFiles> tls;  // with any the public port speaks TLS; the first is the default. SIGHUP reloads them
  std::vector<std::string> trusted_proxies;  // networks whose X-Forwarded-* and PROXY headers count
  bool proxy_protocol = false;               // connections begin with a PROXY header; others are closed
  unsigned socket_mode = 0660;               // of the socket file, where `host` is "unix:/path"
  std::string callback_open;                 // URLs of the HTTP callbacks; empty: none. Only without an application
  std::string callback_close;
  Duration callback_timeout = std::chrono::seconds(5);
  std::vector<std::string> subprotocols;  // that are answered where the application names none
  websocket::CompressionOptions compression;
  http::RequestLimits request_limits;
  std::uint64_t max_body_bytes = std::uint64_t{2} << 30;  // of a request
  std::string body_directory = "/tmp";                    // of the temporary files of large bodies
  SpoolLimits spool;                                      // but its directory, which is the same
  bool http_compression = true;                           // of responses
  std::uint64_t http_compression_threshold = 1024;
  int http_compression_level = 4;
  std::vector<FileLocation> sendfile;  // that X-Sendfile and X-Accel-Redirect may name
  AccessLog::Format access_log = AccessLog::Format::kOff;
  std::string access_log_file = "-";
  Duration stop_timeout = std::chrono::seconds(10);  // how long a stop waits for clients and businesses
  bool echo = false;  // answers every WebSocket message itself and accepts every handshake: for tests and measuring
};

// "10.0.0.5:6062" as the first bytes of connection ids. 0.0.0.0 is the first IPv4 address of this machine that is not
// a loopback one, as netsvr has it.
Result<gateway::GatewayAddress> parse_gateway_id(const std::string& text);

// Serves until SIGTERM (graceful: clients get close 1012, requests are finished) or SIGINT. SIGHUP reloads
// certificates, as do changes of their files, which are looked for once a minute. SIGUSR1 reopens the access log.
// Listening sockets and the scoreboard are taken from the supervisor if it handed any down. Returns the process's exit
// code.
int run_gateway(const GatewayOptions& options);

}  // namespace laraman::server
