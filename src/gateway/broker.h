// Broker: every delivery that may concern connections of other gateways, and what they have to know of channels here.
// A gateway has one; LocalBroker is that of a gateway that is alone.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "gateway/channel.h"
#include "gateway/connection_commands.h"

namespace laraman::gateway {

class Shard;

// What goes to all connections that have something in common, wherever they are.
using Delivery = std::variant<Publication, UserMessage, Broadcast, ChannelsChange, UserClose, LoginClose, LoginChange>;

class Broker {
 public:
  using Members = Channel::Members;

  virtual ~Broker() = default;

  // Brings the delivery to all shards of this gateway (Gateway::deliver()) and to the other gateways. On the thread of
  // `from`; what is given on one thread arrives at each connection in that order.
  virtual void deliver(Shard& from, Delivery delivery) = 0;

  // Calls `done` on the thread of `from` with the members of a presence channel of all gateways.
  virtual void members(Shard& from, std::string channel, std::function<void(Members)> done) = 0;

  // Sees the channels of all shards, each on its shard's thread: which are occupied and which users are in them. Null
  // if the broker does not need to know.
  virtual ChannelObserver* channel_observer() { return nullptr; }
};

class LocalBroker final : public Broker {
 public:
  void deliver(Shard& from, Delivery delivery) override;
  void members(Shard& from, std::string channel, std::function<void(Members)> done) override;
};

// Adds the members that another shard or gateway knows to `all`.
void merge_members(Broker::Members& all, const Broker::Members& more);

}  // namespace laraman::gateway
