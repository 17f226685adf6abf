// Port: the public port on one event loop: accepts clients and holds their HTTP sessions until they end or become
// WebSocket connections of the gateway.
//
// For the loop's thread only.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/application/application.h"
#include "base/clock.h"
#include "base/result.h"
#include "clients/websocket_transport.h"
#include "gateway/gateway.h"
#include "http/request_parser.h"
#include "net/listener.h"
#include "net/network.h"
#include "net/stream.h"
#include "net/tls.h"
#include "server/access_log.h"
#include "server/named_files.h"
#include "server/request_body.h"
#include "server/response_spool.h"
#include "server/router.h"
#include "server/websocket_opening.h"

namespace laraman::server {

class Http2Session;
class HttpSession;
class ProxyHandshake;
class Transaction;

struct PortOptions {
  std::string public_directory;                   // that requests name as their document root; may be empty
  std::vector<std::string> allowed_origins;       // for WebSockets, besides the same origin; "*" for all
  net::Networks trusted_proxies;                  // whose word on the client counts: X-Forwarded-*, PROXY headers
  bool proxy_protocol = false;                    // each connection begins with a PROXY header; others are closed
  std::vector<std::string> subprotocols;          // that are answered where the application names none
  std::string body_directory = "/tmp";            // of the temporary files of large request bodies
  std::shared_ptr<ResponseSpools> spools;         // of responses that clients take slowly; null: the port has its own
  std::uint64_t max_body_bytes = 2ULL << 30;      // of a request's body; above it 413
  bool compression = true;                        // of responses of compressible types
  std::uint64_t compression_threshold = 1024;     // bytes; shorter ones are sent as they are
  int compression_level = 4;                      // 1, fastest, to 9, smallest
  std::shared_ptr<const NamedFiles> named_files;  // that the application may send; null: only its own, by their paths
  std::shared_ptr<AccessLog> access_log;          // null: there is none
  http::RequestLimits request_limits;
  Duration head_timeout = std::chrono::seconds(10);  // for a request's head, whole: then 408
  Duration body_timeout = std::chrono::seconds(60);  // between two pieces of a body: then 408
  Duration idle_timeout = std::chrono::seconds(75);  // between two requests: then the connection closes
  Duration send_timeout = std::chrono::seconds(60);  // for a client that takes nothing of its response
};

class Port {
 public:
  // Takes the listening socket. `shard` and `websockets`, which its WebSockets are made of, outlive the port.
  static Result<std::unique_ptr<Port>> open(gateway::Shard& shard, clients::WebSockets& websockets, Router router,
                                            const PortOptions& options, UniqueFd listening);
  ~Port();

  // Connections accepted from now on speak TLS with these certificates (null: none); the others go on as they are.
  void set_tls(std::shared_ptr<const net::TlsContext> tls) { tls_ = std::move(tls); }

  // Accepts nobody any more; sessions end after the request that they have begun.
  void stop();
  std::size_t sessions() const { return sessions_.size() + http2_sessions_.size() + openings_.size(); }

 private:
  friend class Http2Session;
  friend class Http2Stream;
  friend class Http2Tunnel;
  friend class HttpSession;
  friend class Transaction;
  friend class WebSocketOpening;

  Port(gateway::Shard& shard, clients::WebSockets& websockets, Router router, const PortOptions& options);
  void accept(UniqueFd socket);
  void read_proxy_header(UniqueFd socket, backends::application::RequestOrigin origin);
  void begin_session(UniqueFd socket, backends::application::RequestOrigin origin);
  void log_turned_away(const Error& error) const;
  void forget(HttpSession& session);
  void begin_http2(std::unique_ptr<net::Stream> stream, backends::application::RequestOrigin origin);
  void forget(Http2Session& session);
  WebSocketOpening& make_opening(WebSocketOpening::Carrier& carrier, http::Request request,
                                 backends::application::RequestOrigin origin);
  void forget(WebSocketOpening& opening);
  // What every request is checked for before its body comes: 0, or the status of its refusal.
  int refusal_of(const http::Request& request) const;
  // Adds to a body: 0, or the status of the request's refusal.
  int keep_body(RequestBody& body, std::string_view piece) const;
  void sweep();
  void log_access(const AccessLog::Entry& entry) {
    if (options_.access_log) options_.access_log->add(entry);
  }
  const std::string& date();  // for the Date field

  gateway::Shard& shard_;
  clients::WebSockets& websockets_;
  const Router router_;
  const PortOptions options_;
  const std::shared_ptr<ResponseSpools> spools_;
  std::unique_ptr<net::Listener> listener_;
  std::shared_ptr<const net::TlsContext> tls_;
  absl::flat_hash_set<Transaction*> held_back_;  // whose workers wait for room; outlives them
  absl::flat_hash_map<WebSocketOpening*, std::unique_ptr<WebSocketOpening>> openings_;  // outlive their sessions
  absl::flat_hash_map<HttpSession*, std::unique_ptr<HttpSession>> sessions_;
  absl::flat_hash_map<Http2Session*, std::unique_ptr<Http2Session>> http2_sessions_;
  absl::flat_hash_map<ProxyHandshake*, std::shared_ptr<ProxyHandshake>> proxy_handshakes_;
  net::Timer sweep_timer_;
  std::string date_;
  std::int64_t date_of_ = 0;
  bool proxy_refusal_logged_ = false;
  bool stopping_ = false;
};

}  // namespace laraman::server
