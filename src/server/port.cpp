#include "server/port.h"

#include "base/escape.h"
#include "base/log.h"
#include "base/log_limiter.h"
#include "net/socket.h"
#include "server/http2_connection.h"
#include "server/http_connection.h"
#include "server/proxy_handshake.h"
#include "server/transaction.h"

namespace laraman::server {
namespace {

constexpr Duration kSweepInterval = std::chrono::seconds(1);
constexpr const char* kLoopback = "127.0.0.1";
constexpr std::uint16_t kHttpPort = 80;

}  // namespace

Result<std::unique_ptr<Port>> Port::open(gateway::Shard& shard, clients::WebSockets& websockets, Router router,
                                         const PortOptions& options, UniqueFd listening, PortShares shares) {
  std::unique_ptr<Port> port(new Port(shard, websockets, std::move(router), options, std::move(shares)));
  auto listener = net::Listener::open(shard.loop(), std::move(listening),
                                      [raw = port.get()](UniqueFd socket) { raw->accept(std::move(socket)); });
  if (!listener) return std::move(listener.error());
  port->listener_ = std::move(*listener);
  return port;
}

Port::Port(gateway::Shard& shard, clients::WebSockets& websockets, Router router, const PortOptions& options,
           PortShares shares)
    : context_{shard, websockets, std::move(router), options, std::move(shares), *this},
      sweep_timer_(shard.loop(), [this] { sweep(); }) {
  sweep_timer_.start(kSweepInterval);
}

Port::~Port() = default;

void Port::accept(UniqueFd socket) {
  const net::SocketAddress peer = net::SocketAddress::of_peer(socket.get());
  const net::SocketAddress local = net::SocketAddress::of_local(socket.get());
  backends::application::RequestOrigin origin{peer.host(),  peer.port(), local.host(),
                                              local.port(), false,       context_.options.public_directory};
  if (peer.is_unix()) {  // it is on this machine, and the application wants to see an IP address
    origin.remote_address = kLoopback;
    origin.server_address = kLoopback;
    origin.server_port = kHttpPort;
  }
  if (context_.options.proxy_protocol) {
    read_proxy_header(std::move(socket), std::move(origin));
  } else {
    begin_http(std::move(socket), std::move(origin));
  }
}

void Port::read_proxy_header(UniqueFd socket, backends::application::RequestOrigin origin) {
  if (!context_.options.trusted_proxies.contain(origin.remote_address)) {
    if (!proxy_refusal_logged_) {
      log::warning("client turned away reason=\"not a trusted proxy\" address={} hint=\"proxy-trusted\"",
                   origin.remote_address);
    }
    proxy_refusal_logged_ = true;
    return;
  }
  Result<std::unique_ptr<ProxyHandshake>> handshake = ProxyHandshake::open(context_.loop(), std::move(socket));
  if (!handshake) {
    log_turned_away(handshake.error());
    return;
  }
  ProxyHandshake* raw = handshake->get();
  proxy_handshakes_.emplace(raw, std::move(*handshake));
  raw->set_on_done([this, raw, origin = std::move(origin)](UniqueFd client, const net::ProxyHeader* header) {
    auto node = proxy_handshakes_.extract(raw);
    context_.loop().destroy_later(std::move(node.mapped()));
    if (header == nullptr) {
      log::debug("client turned away reason=\"no PROXY header\" address={}", origin.remote_address);
      return;
    }
    backends::application::RequestOrigin told = origin;
    if (header->has_addresses) {
      told.remote_address = header->source_address;
      told.remote_port = header->source_port;
      told.server_address = header->destination_address;
      told.server_port = header->destination_port;
    }
    told.secure = header->secure;
    begin_http(std::move(client), std::move(told));
  });
}

void Port::begin_http(UniqueFd socket, backends::application::RequestOrigin origin) {
  origin.secure = origin.secure || context_.tls != nullptr;
  Result<std::unique_ptr<HttpConnection>> connection =
      HttpConnection::open(context_, std::move(socket), std::move(origin));
  if (!connection) {
    log_turned_away(connection.error());
    return;
  }
  HttpConnection* raw = connection->get();
  http_connections_.emplace(raw, std::move(*connection));
}

void Port::log_turned_away(const Error& error) {
  static LogLimiter limiter;
  if (const auto times = limiter.admit(context_.loop().now())) {
    log::error("client turned away error={} times={}", quote(error.message()), times);
  }
}

void Port::forget(HttpConnection& connection) {
  auto node = http_connections_.extract(&connection);
  context_.loop().destroy_later(std::shared_ptr<HttpConnection>(std::move(node.mapped())));
}

void Port::begin_http2(std::unique_ptr<net::Stream> stream, backends::application::RequestOrigin origin) {
  std::unique_ptr<Http2Connection> connection = Http2Connection::open(context_, std::move(stream), std::move(origin));
  Http2Connection* raw = connection.get();
  http2_connections_.emplace(raw, std::move(connection));
  if (context_.stopping) raw->stop();
}

void Port::forget(Http2Connection& connection) {
  auto node = http2_connections_.extract(&connection);
  context_.loop().destroy_later(std::shared_ptr<Http2Connection>(std::move(node.mapped())));
}

WebSocketOpening& Port::make_opening(WebSocketOpening::Carrier& carrier, http::Request request,
                                     backends::application::RequestOrigin origin) {
  auto opening = std::make_unique<WebSocketOpening>(context_, carrier, std::move(request), std::move(origin));
  WebSocketOpening* raw = opening.get();
  openings_.emplace(raw, std::move(opening));
  return *raw;
}

void Port::forget(WebSocketOpening& opening) {
  auto node = openings_.extract(&opening);
  context_.loop().destroy_later(std::shared_ptr<WebSocketOpening>(std::move(node.mapped())));
}

void Port::stop() {
  context_.stopping = true;
  listener_.reset();
  proxy_handshakes_.clear();
  for (const auto& [connection, owned] : http_connections_) connection->stop();
  for (const auto& [connection, owned] : http2_connections_) connection->stop();
}

void Port::sweep() {
  const TimePoint too_old = context_.loop().now() - context_.options.head_timeout;
  absl::erase_if(proxy_handshakes_, [&](const auto& entry) { return entry.first->begun_at() < too_old; });
  for (const auto& [connection, owned] : http_connections_) connection->check_deadline();
  for (const auto& [connection, owned] : http2_connections_) connection->check_deadline();
  for (Transaction* transaction : std::vector<Transaction*>(context_.held_back.begin(), context_.held_back.end())) {
    transaction->try_room();
  }
  sweep_timer_.start(kSweepInterval);
}

}  // namespace laraman::server
