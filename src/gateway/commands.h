// Commands: all that can be asked of a gateway, in the core's words. Backends and handlers translate to these.
//
// Called on the thread of `from`, one of the gateway's shards. Unknown ids and names are skipped. What is given on one
// thread takes effect at each connection in that order; a query sees all that was given before it on its thread. The
// result of a query comes once, on the thread of `from`, perhaps within the call.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/connection_commands.h"
#include "gateway/connection_id.h"
#include "gateway/event.h"
#include "gateway/traffic.h"

namespace laraman::gateway {

class Gateway;
class Shard;

// A connection at the moment of a query.
struct ConnectionState {
  ConnectionId id;
  std::shared_ptr<const ConnectionInfo> info;
  std::shared_ptr<const std::vector<std::string>> channels;  // in the order of joining; null: none
};

struct ConnectionReport {
  ConnectionState state;
  Traffic traffic;
  std::uint64_t unsent = 0;  // bytes in its queue
};

class Commands {
 public:
  using Ids = absl::flat_hash_set<ConnectionId>;
  using Names = absl::flat_hash_set<std::string>;
  template <typename T>
  using ByName = absl::flat_hash_map<std::string, T>;
  // Names of channels; none: all channels.
  using Selection = std::optional<std::vector<std::string>>;
  template <typename T>
  using Done = std::function<void(T)>;

  explicit Commands(Gateway& gateway) : gateway_(gateway) {}

  // ---- messages
  void send(Shard& from, const ConnectionId& id, Message message);
  void send_to_user(Shard& from, UserMessage message);
  void publish(Shard& from, Publication publication);
  void broadcast(Shard& from, Broadcast broadcast);

  // ---- connections
  void change(Shard& from, const ConnectionId& id, Change change);
  void change_channels(Shard& from, ChannelsChange command);
  // `last` is sent before the close frame; it may be empty.
  void close(Shard& from, const ConnectionId& id, Close close, Message last = {});
  // The same, unless the connection has a user or a session.
  void close_guest(Shard& from, const ConnectionId& id, Close close, Message last = {});
  void close_user(Shard& from, UserClose command);
  void close_login(Shard& from, LoginClose command);
  void change_login(Shard& from, LoginChange command);
  // Takes all connections out of these channels, and sends each of them `last` once.
  void vacate(Shard& from, std::vector<std::string> channels, Message last);

  // ---- queries
  void online(Shard& from, std::vector<ConnectionId> ids, Done<Ids> done);
  void connections(Shard& from, Done<std::vector<ConnectionId>> done);
  void count_connections(Shard& from, Done<std::size_t> done);
  void report_connections(Shard& from, Done<std::vector<ConnectionReport>> done);
  void states(Shard& from, std::vector<ConnectionId> ids, Done<std::vector<ConnectionState>> done);
  void users(Shard& from, Done<Names> done);
  void states_of_users(Shard& from, std::vector<std::string> users, Done<ByName<std::vector<ConnectionState>>> done);
  void channels(Shard& from, Done<Names> done);
  void connections_of_channels(Shard& from, Selection channels, Done<ByName<std::vector<ConnectionId>>> done);
  void count_connections_of_channels(Shard& from, Selection channels, Done<ByName<std::size_t>> done);
  void users_of_channels(Shard& from, Selection channels, Done<ByName<Names>> done);

 private:
  Gateway& gateway_;
};

}  // namespace laraman::gateway
