// Port: the public port on one event loop: accepts clients and holds their HTTP connections until they end or become
// WebSocket connections of the gateway.
//
// For the loop's thread only.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <memory>

#include "base/result.h"
#include "net/listener.h"
#include "server/port_context.h"

namespace laraman::server {

class ProxyHandshake;

class Port final : private ConnectionOwner {
 public:
  // Takes the listening socket. `shard` and `websockets`, which its WebSockets are made of, outlive the port.
  static Result<std::unique_ptr<Port>> open(gateway::Shard& shard, clients::WebSockets& websockets, Router router,
                                            const PortOptions& options, UniqueFd listening, PortShares shares = {});
  ~Port();

  // Connections accepted from now on speak TLS with these certificates (null: none); the others go on as they are.
  void set_tls(std::shared_ptr<const net::TlsContext> tls) { context_.tls = std::move(tls); }

  // Accepts no more clients; connections end after the request that they have begun.
  void stop();
  std::size_t connections() const { return http_connections_.size() + http2_connections_.size() + openings_.size(); }

 private:
  Port(gateway::Shard& shard, clients::WebSockets& websockets, Router router, const PortOptions& options,
       PortShares shares);
  void accept(UniqueFd socket);
  void read_proxy_header(UniqueFd socket, backends::application::RequestOrigin origin);
  void begin_http(UniqueFd socket, backends::application::RequestOrigin origin);
  void log_turned_away(const Error& error);
  void sweep();

  // ConnectionOwner
  void forget(HttpConnection& connection) override;
  void begin_http2(std::unique_ptr<net::Stream> stream, backends::application::RequestOrigin origin) override;
  void forget(Http2Connection& connection) override;
  WebSocketOpening& make_opening(WebSocketOpening::Carrier& carrier, http::Request request,
                                 backends::application::RequestOrigin origin) override;
  void forget(WebSocketOpening& opening) override;

  PortContext context_;  // outlives those that share it
  std::unique_ptr<net::Listener> listener_;
  absl::flat_hash_map<WebSocketOpening*, std::unique_ptr<WebSocketOpening>> openings_;  // outlive their connections
  absl::flat_hash_map<HttpConnection*, std::unique_ptr<HttpConnection>> http_connections_;
  absl::flat_hash_map<Http2Connection*, std::unique_ptr<Http2Connection>> http2_connections_;
  absl::flat_hash_map<ProxyHandshake*, std::shared_ptr<ProxyHandshake>> proxy_handshakes_;
  net::Timer sweep_timer_;
  bool proxy_refusal_logged_ = false;
};

}  // namespace laraman::server
