// The gateway role: `laraman gateway`. Event loops on threads, the public port on each, the business ports on the
// first.
#pragma once

#include <string>
#include <vector>

#include "backends/callbacks/callbacks.h"
#include "backends/netsvr/business_server.h"
#include "base/clock.h"
#include "base/result.h"
#include "clients/websocket_transport.h"
#include "dispatch/limits.h"
#include "gateway/connection_id.h"
#include "gateway/limits.h"
#include "gateway/shard.h"
#include "net/socket.h"
#include "server/access_log.h"
#include "server/certificates.h"
#include "server/named_files.h"
#include "server/port_context.h"

namespace laraman::server {

// The options of the parts of which the role consists, and its own.
struct GatewayOptions {
  net::ListenOptions listen;  // of the public port
  CertificateOptions tls;     // of the public port; SIGHUP reloads the files
  // Of the public port on each loop. No allowed origins without an application mean all: there are no cookies to abuse.
  PortOptions port;
  AccessLog::Options access_log;
  std::vector<FileLocation> sendfile;        // that X-Sendfile and X-Accel-Redirect may name
  std::vector<std::string> websocket_paths;  // as PathPatterns has them; empty: every path
  clients::WebSocketOptions websocket;
  std::string heartbeat_message;  // a client's text that shows only that it is there; empty: none
  gateway::ShardOptions shard;
  gateway::LimitOptions limits;
  dispatch::Limits dispatch;
  // PHP workers answer requests and handshakes. If not, requests get 404, and handshakes are asked of the callbacks or
  // all accepted.
  bool application = false;
  backends::callbacks::CallbackOptions callbacks;  // only without an application
  std::string worker_socket;          // address of the worker port ("unix:/path" or "host:port"); empty: none
  std::string task_socket;            // of the task port
  std::string netsvr_worker_address;  // of further worker and task ports; empty: none
  std::string netsvr_task_address;
  backends::netsvr::BusinessServerOptions business;
  std::string task_heartbeat;  // the text of a heartbeat at the task ports; empty: that of `business`
  std::string id;  // "IPv4:port", the address in connection ids; empty: that of the task port where it is IPv4
  std::string metrics_address;                       // where /metrics is served ("host:port"); empty: nowhere
  Duration stop_timeout = std::chrono::seconds(10);  // of a graceful stop: for clients and businesses; 0: at once
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
