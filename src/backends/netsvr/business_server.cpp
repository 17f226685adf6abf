#include "backends/netsvr/business_server.h"

#include <bit>
#include <utility>

#include "backends/netsvr/business_connection.h"
#include "base/log.h"
#include "net/socket.h"

namespace laraman::backends::netsvr {

BusinessServer::BusinessServer(gateway::Gateway& gateway, dispatch::Dispatch& dispatch, const Scoreboard* scoreboard,
                               Options options)
    : gateway_(gateway),
      dispatcher_(dispatch.dispatcher()),
      scoreboard_(scoreboard),
      options_(std::move(options)),
      commands_(gateway, gateway.shard(0), options_.message_type),
      metrics_(gateway, dispatcher_, options_.metrics_items),
      sweep_timer_(gateway.shard(0).loop(), [this] { sweep(); }) {
  if (options_.read_timeout > Duration::zero()) sweep_timer_.start(options_.read_timeout / 8);
}

BusinessServer::~BusinessServer() = default;

Result<void> BusinessServer::listen(UniqueFd fd, const std::string& heartbeat) {
  auto listener = net::Listener::open(gateway_.shard(0).loop(), std::move(fd),
                                      [this, text = heartbeat.empty() ? options_.heartbeat : heartbeat](
                                          UniqueFd accepted) { accept(std::move(accepted), text); });
  if (!listener) return std::move(listener.error());
  listeners_.push_back(std::move(*listener));
  return {};
}

void BusinessServer::accept(UniqueFd fd, const std::string& heartbeat) {
  const net::SocketAddress peer = net::SocketAddress::of_peer(fd.get());
  if (!options_.allowed.empty() && !peer.is_unix() && !options_.allowed.contain(peer.host())) {
    return count_refused("it comes from no allowed network", peer.to_string());
  }
  auto connection = std::make_shared<BusinessConnection>(*this, heartbeat);
  if (Result<void> opened = connection->open(std::move(fd)); !opened) {
    log::error("business refused error=\"{}\"", opened.error().message());
    return;
  }
  connections_.emplace(connection.get(), std::move(connection));
}

void BusinessServer::count_refused(std::string_view reason, const std::string& peer) {
  if (!std::has_single_bit(++refused_)) return;
  log::warning("business refused reason=\"{}\" peer={} refused_so_far={}", reason, peer, refused_);
}

void BusinessServer::forget(BusinessConnection& connection) {
  const auto it = connections_.find(&connection);
  gateway_.shard(0).loop().destroy_later(std::move(it->second));
  connections_.erase(it);
}

void BusinessServer::sweep() {
  for (const auto& [raw, connection] : connections_) connection->check_silence(options_.read_timeout);
  sweep_timer_.start(options_.read_timeout / 8);
}

}  // namespace laraman::backends::netsvr
