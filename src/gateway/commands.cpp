#include "gateway/commands.h"

#include <utility>

#include "gateway/connection.h"
#include "gateway/gateway.h"

namespace laraman::gateway {
namespace {

ConnectionState state_of(const Connection& connection) {
  return {connection.id(), connection.shared_info(), connection.channel_names()};
}

// Calls `visit` with each selected channel that exists on the shard.
template <typename Visit>
void visit_channels(const Shard& shard, const Commands::Selection& selected, const Visit& visit) {
  if (!selected) {
    for (const auto& [name, channel] : shard.channels().table()) visit(*channel);
    return;
  }
  for (const std::string& name : *selected) {
    if (const Channel* channel = shard.channels().find(name)) visit(*channel);
  }
}

// Joins what the shards have said.
template <typename T>
void append(std::vector<T>& all, std::vector<T>&& part) {
  all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
}
template <typename T>
void append(absl::flat_hash_set<T>& all, absl::flat_hash_set<T>&& part) {
  all.merge(part);
}
void append(std::size_t& all, std::size_t part) { all += part; }
template <typename T>
void append(Commands::ByName<T>& all, Commands::ByName<T>&& part) {
  for (auto& [name, item] : part) append(all[name], std::move(item));
}

// Asks every shard, and gives `done` all answers as one.
template <typename T>
void ask(Gateway& gateway, Shard& from, std::function<T(Shard&)> read, Commands::Done<T> done) {
  gateway.gather<T>(from, std::move(read), [done = std::move(done)](std::vector<T> parts) {
    T all = std::move(parts.front());
    for (std::size_t i = 1; i < parts.size(); ++i) append(all, std::move(parts[i]));
    done(std::move(all));
  });
}

template <typename T>
std::shared_ptr<const T> share(T value) {
  return std::make_shared<const T>(std::move(value));
}

}  // namespace

// ---- messages

void Commands::send(Shard& from, const ConnectionId& id, Message message) {
  if (message.empty() || id.loop() >= gateway_.shard_count()) return;
  from.post(id.loop(), [id, message = std::move(message)](Shard& shard) { shard.send(id, message); });
}

void Commands::send_to_user(Shard& from, UserMessage message) {
  if (message.message.empty() || message.user.empty()) return;
  gateway_.broker().deliver(from, std::move(message));
}

void Commands::publish(Shard& from, Publication publication) {
  if (publication.message.empty()) return;
  gateway_.broker().deliver(from, std::move(publication));
}

void Commands::broadcast(Shard& from, Broadcast broadcast) {
  if (broadcast.message.empty()) return;
  gateway_.broker().deliver(from, std::move(broadcast));
}

// ---- connections

void Commands::change(Shard& from, const ConnectionId& id, Change change) {
  if (id.loop() >= gateway_.shard_count()) return;
  from.post(id.loop(), [id, change = std::move(change)](Shard& shard) { shard.change(id, change); });
}

void Commands::change_channels(Shard& from, ChannelsChange command) {
  gateway_.broker().deliver(from, std::move(command));
}

void Commands::close(Shard& from, const ConnectionId& id, Close close, Message last) {
  if (id.loop() >= gateway_.shard_count()) return;
  from.post(id.loop(), [id, close = std::move(close), last = std::move(last)](Shard& shard) {
    shard.send(id, last);
    shard.close(id, close);
  });
}

void Commands::close_guest(Shard& from, const ConnectionId& id, Close close, Message last) {
  if (id.loop() >= gateway_.shard_count()) return;
  from.post(id.loop(), [id, close = std::move(close), last = std::move(last)](Shard& shard) {
    const Connection* const connection = shard.find(id);
    if (connection == nullptr || !connection->info().user.empty() || !connection->info().session.empty()) return;
    shard.send(id, last);
    shard.close(id, close);
  });
}

void Commands::close_user(Shard& from, UserClose command) { gateway_.broker().deliver(from, std::move(command)); }

void Commands::close_login(Shard& from, LoginClose command) { gateway_.broker().deliver(from, std::move(command)); }

void Commands::change_login(Shard& from, LoginChange command) { gateway_.broker().deliver(from, std::move(command)); }

void Commands::vacate(Shard& from, std::vector<std::string> channels, Message last) {
  Change change;
  change.leave = std::move(channels);
  gateway_.on_every_shard(from, [change = share(std::move(change)), last = std::move(last)](Shard& shard) {
    Ids members;
    for (const std::string& name : change->leave) {
      const Channel* const channel = shard.channels().find(name);
      if (channel == nullptr) continue;
      for (const Connection* connection : channel->connections()) members.insert(connection->id());
    }
    for (const ConnectionId& id : members) {
      shard.change(id, *change);
      shard.send(id, last);
    }
  });
}

// ---- queries

void Commands::online(Shard& from, std::vector<ConnectionId> ids, Done<Ids> done) {
  ask<Ids>(
      gateway_, from,
      [ids = share(std::move(ids))](Shard& shard) {
        Ids here;
        for (const ConnectionId& id : *ids) {
          if (shard.find(id) != nullptr) here.insert(id);
        }
        return here;
      },
      std::move(done));
}

void Commands::connections(Shard& from, Done<std::vector<ConnectionId>> done) {
  ask<std::vector<ConnectionId>>(
      gateway_, from,
      [](Shard& shard) {
        std::vector<ConnectionId> ids;
        ids.reserve(shard.size());
        for (const auto& [id, connection] : shard.connections()) ids.push_back(id);
        return ids;
      },
      std::move(done));
}

void Commands::count_connections(Shard& from, Done<std::size_t> done) {
  ask<std::size_t>(
      gateway_, from, [](Shard& shard) { return shard.size(); }, std::move(done));
}

void Commands::report_connections(Shard& from, Done<std::vector<ConnectionReport>> done) {
  ask<std::vector<ConnectionReport>>(
      gateway_, from,
      [](Shard& shard) {
        std::vector<ConnectionReport> reports;
        reports.reserve(shard.size());
        for (const auto& [id, connection] : shard.connections()) {
          reports.push_back({state_of(*connection), connection->traffic(), connection->unsent()});
        }
        return reports;
      },
      std::move(done));
}

void Commands::states(Shard& from, std::vector<ConnectionId> ids, Done<std::vector<ConnectionState>> done) {
  ask<std::vector<ConnectionState>>(
      gateway_, from,
      [ids = share(std::move(ids))](Shard& shard) {
        std::vector<ConnectionState> states;
        for (const ConnectionId& id : *ids) {
          if (const Connection* connection = shard.find(id)) states.push_back(state_of(*connection));
        }
        return states;
      },
      std::move(done));
}

void Commands::users(Shard& from, Done<Names> done) {
  ask<Names>(
      gateway_, from,
      [](Shard& shard) {
        Names names;
        for (const auto& [user, connections] : shard.users()) names.insert(user);
        return names;
      },
      std::move(done));
}

void Commands::states_of_users(Shard& from, std::vector<std::string> users,
                               Done<ByName<std::vector<ConnectionState>>> done) {
  ask<ByName<std::vector<ConnectionState>>>(
      gateway_, from,
      [users = share(std::move(users))](Shard& shard) {
        ByName<std::vector<ConnectionState>> states;
        for (const std::string& user : *users) {
          const auto found = shard.users().find(user);
          if (found == shard.users().end()) continue;
          std::vector<ConnectionState>& of_user = states[user];
          of_user.clear();
          for (const Connection* connection : found->second) of_user.push_back(state_of(*connection));
        }
        return states;
      },
      std::move(done));
}

void Commands::channels(Shard& from, Done<Names> done) {
  ask<Names>(
      gateway_, from,
      [](Shard& shard) {
        Names names;
        for (const auto& [name, channel] : shard.channels().table()) names.insert(channel->name());
        return names;
      },
      std::move(done));
}

void Commands::connections_of_channels(Shard& from, Selection channels, Done<ByName<std::vector<ConnectionId>>> done) {
  ask<ByName<std::vector<ConnectionId>>>(
      gateway_, from,
      [channels = share(std::move(channels))](Shard& shard) {
        ByName<std::vector<ConnectionId>> ids;
        visit_channels(shard, *channels, [&](const Channel& channel) {
          std::vector<ConnectionId>& of_channel = ids[channel.name()];
          of_channel.clear();
          for (const Connection* connection : channel.connections()) of_channel.push_back(connection->id());
        });
        return ids;
      },
      std::move(done));
}

void Commands::count_connections_of_channels(Shard& from, Selection channels, Done<ByName<std::size_t>> done) {
  ask<ByName<std::size_t>>(
      gateway_, from,
      [channels = share(std::move(channels))](Shard& shard) {
        ByName<std::size_t> counts;
        visit_channels(shard, *channels,
                       [&](const Channel& channel) { counts[channel.name()] = channel.connections().size(); });
        return counts;
      },
      std::move(done));
}

void Commands::users_of_channels(Shard& from, Selection channels, Done<ByName<Names>> done) {
  ask<ByName<Names>>(
      gateway_, from,
      [channels = share(std::move(channels))](Shard& shard) {
        ByName<Names> users;
        visit_channels(shard, *channels, [&](const Channel& channel) {
          Names& of_channel = users[channel.name()];
          for (const Connection* connection : channel.connections()) {
            if (!connection->info().user.empty()) of_channel.insert(connection->info().user);
          }
        });
        return users;
      },
      std::move(done));
}

}  // namespace laraman::gateway
