#include "server/port.h"

#include <ctime>

#include "base/escape.h"
#include "base/log.h"
#include "base/log_limiter.h"
#include "http/http_date.h"
#include "net/socket.h"
#include "server/http2_session.h"
#include "server/http_session.h"
#include "server/proxy_handshake.h"
#include "server/transaction.h"

namespace laraman::server {
namespace {

constexpr Duration kSweepInterval = std::chrono::seconds(1);
constexpr const char* kLoopback = "127.0.0.1";
constexpr std::uint16_t kHttpPort = 80;

}  // namespace

Result<std::unique_ptr<Port>> Port::open(gateway::Shard& shard, clients::WebSockets& websockets, Router router,
                                         const PortOptions& options, UniqueFd listening) {
  std::unique_ptr<Port> port(new Port(shard, websockets, std::move(router), options));
  auto listener = net::Listener::open(shard.loop(), std::move(listening),
                                      [raw = port.get()](UniqueFd socket) { raw->accept(std::move(socket)); });
  if (!listener) return std::move(listener.error());
  port->listener_ = std::move(*listener);
  return port;
}

Port::Port(gateway::Shard& shard, clients::WebSockets& websockets, Router router, const PortOptions& options)
    : shard_(shard),
      websockets_(websockets),
      router_(std::move(router)),
      options_(options),
      spools_(options.spools ? options.spools : std::make_shared<ResponseSpools>()),
      sweep_timer_(shard.loop(), [this] { sweep(); }) {
  sweep_timer_.start(kSweepInterval);
}

Port::~Port() = default;

void Port::accept(UniqueFd socket) {
  const net::SocketAddress peer = net::SocketAddress::of_peer(socket.get());
  const net::SocketAddress local = net::SocketAddress::of_local(socket.get());
  backends::application::RequestOrigin origin{peer.host(),  peer.port(), local.host(),
                                              local.port(), false,       options_.public_directory};
  if (peer.is_unix()) {  // it is on this machine, and the application wants to see an IP address
    origin.remote_address = kLoopback;
    origin.server_address = kLoopback;
    origin.server_port = kHttpPort;
  }
  if (options_.proxy_protocol) {
    read_proxy_header(std::move(socket), std::move(origin));
  } else {
    begin_session(std::move(socket), std::move(origin));
  }
}

void Port::read_proxy_header(UniqueFd socket, backends::application::RequestOrigin origin) {
  if (!options_.trusted_proxies.contain(origin.remote_address)) {
    if (!proxy_refusal_logged_) {
      log::warning("client turned away reason=\"not a trusted proxy\" address={} hint=\"proxy-trusted\"",
                   origin.remote_address);
    }
    proxy_refusal_logged_ = true;
    return;
  }
  Result<std::unique_ptr<ProxyHandshake>> handshake = ProxyHandshake::open(shard_.loop(), std::move(socket));
  if (!handshake) {
    log_turned_away(handshake.error());
    return;
  }
  ProxyHandshake* raw = handshake->get();
  proxy_handshakes_.emplace(raw, std::move(*handshake));
  raw->set_on_done([this, raw, origin = std::move(origin)](UniqueFd client, const net::ProxyHeader* header) {
    auto node = proxy_handshakes_.extract(raw);
    shard_.loop().destroy_later(std::move(node.mapped()));
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
    begin_session(std::move(client), std::move(told));
  });
}

void Port::begin_session(UniqueFd socket, backends::application::RequestOrigin origin) {
  origin.secure = origin.secure || tls_ != nullptr;
  Result<std::unique_ptr<HttpSession>> session = HttpSession::open(*this, std::move(socket), std::move(origin));
  if (!session) {
    log_turned_away(session.error());
    return;
  }
  HttpSession* raw = session->get();
  sessions_.emplace(raw, std::move(*session));
}

void Port::log_turned_away(const Error& error) const {
  static LogLimiter limiter;
  if (const auto times = limiter.admit(shard_.loop().now())) {
    log::error("client turned away error={} times={}", quote(error.message()), times);
  }
}

void Port::forget(HttpSession& session) {
  auto node = sessions_.extract(&session);
  shard_.loop().destroy_later(std::shared_ptr<HttpSession>(std::move(node.mapped())));
}

int Port::refusal_of(const http::Request& request) const {
  if (request.content_length() > options_.max_body_bytes) return 413;
  return backends::application::has_reserved_content_type(request) ? 415 : 0;
}

int Port::keep_body(RequestBody& body, std::string_view piece) const {
  if (body.size() + piece.size() > options_.max_body_bytes) return 413;
  if (Result<void> kept = body.append(piece); !kept) {
    static LogLimiter limiter;
    if (const auto times = limiter.admit(shard_.loop().now())) {
      log::error("request body cannot be kept error={} times={}", quote(kept.error().message()), times);
    }
    return 507;
  }
  return 0;
}

void Port::begin_http2(std::unique_ptr<net::Stream> stream, backends::application::RequestOrigin origin) {
  std::unique_ptr<Http2Session> session = Http2Session::open(*this, std::move(stream), std::move(origin));
  Http2Session* raw = session.get();
  http2_sessions_.emplace(raw, std::move(session));
  if (stopping_) raw->stop();
}

void Port::forget(Http2Session& session) {
  auto node = http2_sessions_.extract(&session);
  shard_.loop().destroy_later(std::shared_ptr<Http2Session>(std::move(node.mapped())));
}

WebSocketOpening& Port::make_opening(WebSocketOpening::Carrier& carrier, http::Request request,
                                     backends::application::RequestOrigin origin) {
  auto opening = std::make_unique<WebSocketOpening>(*this, carrier, std::move(request), std::move(origin));
  WebSocketOpening* raw = opening.get();
  openings_.emplace(raw, std::move(opening));
  return *raw;
}

void Port::forget(WebSocketOpening& opening) {
  auto node = openings_.extract(&opening);
  shard_.loop().destroy_later(std::shared_ptr<WebSocketOpening>(std::move(node.mapped())));
}

void Port::stop() {
  stopping_ = true;
  listener_.reset();
  proxy_handshakes_.clear();
  for (const auto& [session, owned] : sessions_) session->stop();
  for (const auto& [session, owned] : http2_sessions_) session->stop();
}

void Port::sweep() {
  const TimePoint too_old = shard_.loop().now() - options_.head_timeout;
  absl::erase_if(proxy_handshakes_, [&](const auto& entry) { return entry.first->begun_at() < too_old; });
  for (const auto& [session, owned] : sessions_) session->check_deadline();
  for (const auto& [session, owned] : http2_sessions_) session->check_deadline();
  for (Transaction* transaction : std::vector<Transaction*>(held_back_.begin(), held_back_.end())) {
    transaction->try_room();
  }
  sweep_timer_.start(kSweepInterval);
}

const std::string& Port::date() {
  const std::int64_t now = std::time(nullptr);
  if (now != date_of_) {
    date_of_ = now;
    date_ = http::format_date(now);
  }
  return date_;
}

}  // namespace laraman::server
