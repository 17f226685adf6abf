#include "gateway/broker.h"

#include <utility>

#include "gateway/gateway.h"

namespace laraman::gateway {

void LocalBroker::deliver(Shard& from, Delivery delivery) { from.gateway().deliver(from, std::move(delivery)); }

void LocalBroker::members(Shard& from, std::string channel, std::function<void(Members)> done) {
  from.gateway().members(from, std::move(channel), std::move(done));
}

void merge_members(Broker::Members& all, const Broker::Members& more) {
  for (const auto& [user, member] : more) {
    const auto [it, added] = all.try_emplace(user, member);
    if (!added) it->second.connections += member.connections;
  }
}

}  // namespace laraman::gateway
