// PortContext: what the connections, requests and handshakes of one port share, and their way back to the port.
//
// For the loop's thread only.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/application/application.h"
#include "base/clock.h"
#include "clients/websocket_transport.h"
#include "gateway/shard.h"
#include "http/request_parser.h"
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

class Http2Connection;
class HttpConnection;
class Transaction;

struct PortOptions {
  std::string public_directory;              // that requests name as their document root; may be empty
  std::vector<std::string> allowed_origins;  // for WebSockets, besides the same origin; "*" for all
  net::Networks trusted_proxies;             // whose word on the client counts: X-Forwarded-*, PROXY headers
  bool proxy_protocol = false;               // each connection begins with a PROXY header; others are closed
  std::vector<std::string> subprotocols;     // that are answered where the application names none
  SpoolLimits spool;  // of responses that clients take slowly; large request bodies are in its directory, too
  std::uint64_t max_body_bytes = 2ULL << 30;   // of a request's body; above it 413
  bool compression = true;                     // of responses of compressible types
  std::uint64_t compression_threshold = 1024;  // bytes; shorter ones are sent as they are
  int compression_level = 4;                   // 1, fastest, to 9, smallest
  http::RequestLimits request_limits;
  Duration head_timeout = std::chrono::seconds(10);  // for a request's head, whole: then 408
  Duration body_timeout = std::chrono::seconds(60);  // between two pieces of a body: then 408
  Duration idle_timeout = std::chrono::seconds(75);  // between two requests: then the connection closes
  Duration send_timeout = std::chrono::seconds(60);  // for a client that takes nothing of its response
};

// What the ports of all loops share.
struct PortShares {
  std::shared_ptr<ResponseSpools> spools;         // null: each port has its own
  std::shared_ptr<const NamedFiles> named_files;  // that the application may send; null: only its own, by their paths
  std::shared_ptr<AccessLog> access_log;          // null: there is none
};

// The present time for Date fields, written once a second.
class HttpDate {
 public:
  const std::string& now();

 private:
  std::string text_;
  std::int64_t second_ = 0;
};

// Owns the HTTP connections and handshakes of a port. What is forgotten is destroyed at the turn's end.
class ConnectionOwner {
 public:
  virtual void forget(HttpConnection& connection) = 0;
  // The client of a new connection speaks HTTP/2.
  virtual void begin_http2(std::unique_ptr<net::Stream> stream, backends::application::RequestOrigin origin) = 0;
  virtual void forget(Http2Connection& connection) = 0;
  virtual WebSocketOpening& make_opening(WebSocketOpening::Carrier& carrier, http::Request request,
                                         backends::application::RequestOrigin origin) = 0;
  virtual void forget(WebSocketOpening& opening) = 0;

 protected:
  ~ConnectionOwner() = default;
};

// `shard`, `websockets` and `owner` outlive it.
struct PortContext {
  gateway::Shard& shard;
  clients::WebSockets& websockets;
  const Router router;
  const PortOptions options;
  const PortShares shares;
  ConnectionOwner& owner;
  const std::shared_ptr<ResponseSpools> spools =
      shares.spools ? shares.spools : std::make_shared<ResponseSpools>(options.spool);
  std::shared_ptr<const net::TlsContext> tls{};   // of connections that are accepted from now on; null: none
  absl::flat_hash_set<Transaction*> held_back{};  // whose workers wait for room
  bool stopping = false;                          // no request after the present one
  HttpDate date{};                                // for the Date field

  net::EventLoop& loop() { return shard.loop(); }
  // What every request is checked for before its body comes: 0, or the status of its refusal.
  int refusal_of(const http::Request& request) const;
  // Adds to a body: 0, or the status of the request's refusal.
  int keep_body(RequestBody& body, std::string_view piece) const;
  void log_access(const AccessLog::Entry& entry) {
    if (shares.access_log) shares.access_log->add(entry);
  }
};

}  // namespace laraman::server
