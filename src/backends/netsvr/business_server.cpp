#include "backends/netsvr/business_server.h"

#include <utility>

#include "backends/netsvr/business_connection.h"
#include "base/log.h"
#include "net/socket.h"

namespace laraman::backends::netsvr {

BusinessServer::BusinessServer(gateway::Gateway& gateway, dispatch::Dispatch& dispatch, const Scoreboard* scoreboard,
                               Options options)
    : context_{gateway, dispatch.dispatcher(), scoreboard, std::move(options)},
      sweep_timer_(context_.loop(), [this] { sweep(); }) {
  if (context_.options.read_timeout > Duration::zero()) sweep_timer_.start(context_.options.read_timeout / 8);
}

BusinessServer::~BusinessServer() = default;

Result<void> BusinessServer::listen(UniqueFd fd, const std::string& heartbeat) {
  auto listener = net::Listener::open(context_.loop(), std::move(fd),
                                      [this, text = heartbeat.empty() ? context_.options.heartbeat : heartbeat](
                                          UniqueFd accepted) { accept(std::move(accepted), text); });
  if (!listener) return std::move(listener.error());
  listeners_.push_back(std::move(*listener));
  return {};
}

void BusinessServer::accept(UniqueFd fd, const std::string& heartbeat) {
  const net::SocketAddress peer = net::SocketAddress::of_peer(fd.get());
  const net::Networks& allowed = context_.options.allowed;
  if (!allowed.empty() && !peer.is_unix() && !allowed.contain(peer.host())) {
    return context_.count_refused("it comes from no allowed network", peer.to_string());
  }
  auto connection =
      std::make_shared<BusinessConnection>(context_, static_cast<BusinessConnectionOwner&>(*this), heartbeat);
  if (Result<void> opened = connection->open(std::move(fd)); !opened) {
    log::error("business refused error=\"{}\"", opened.error().message());
    return;
  }
  connections_.emplace(connection.get(), std::move(connection));
}

void BusinessServer::forget(BusinessConnection& connection) {
  const auto it = connections_.find(&connection);
  context_.loop().destroy_later(std::move(it->second));
  connections_.erase(it);
}

void BusinessServer::sweep() {
  for (const auto& [raw, connection] : connections_) connection->check_silence(context_.options.read_timeout);
  sweep_timer_.start(context_.options.read_timeout / 8);
}

}  // namespace laraman::backends::netsvr
