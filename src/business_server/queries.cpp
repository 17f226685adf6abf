#include "business_server/queries.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/connection.h"
#include "netsvr.pb.h"
#include "websocket/utf8.h"

namespace laraman::business_server {
namespace {

namespace netsvr = wire::netsvr;
using gateway::Connection;
using gateway::ConnectionId;
using gateway::ConnectionInfo;
using gateway::Gateway;
using gateway::Shard;
using netsvr::Command;

using Strings = google::protobuf::RepeatedPtrField<std::string>;
using NameSet = absl::flat_hash_set<std::string>;
using NameSets = absl::flat_hash_map<std::string, NameSet>;

// Who asks, and who gets the answer.
struct Asker {
  Gateway& gateway;
  Shard& shard;
  OnReply on_reply;

  // Reads a T on every shard, then makes the reply from all of them.
  template <typename T>
  void gather(std::function<T(Shard&)> read, std::function<void(std::vector<T>, const OnReply&)> make_reply) {
    gateway.gather<T>(shard, std::move(read),
                      [make_reply = std::move(make_reply), reply_to = on_reply](std::vector<T> parts) {
                        make_reply(std::move(parts), reply_to);
                      });
  }
};

// Calls `visit` with the name and the members of each of `channels` that exists on the shard, or of all of them.
template <typename Visit>
void visit_channels(const Shard& shard, const Strings& channels, bool all, const Visit& visit) {
  if (all) {
    for (const auto& [name, members] : shard.channels()) visit(name, members);
    return;
  }
  for (const std::string& name : channels) {
    const auto it = shard.channels().find(name);
    if (it != shard.channels().end()) visit(name, it->second);
  }
}

NameSet users_among(const Shard::Members& members) {
  NameSet users;
  for (const Connection* connection : members) {
    if (!connection->info().user.empty()) users.insert(connection->info().user);
  }
  return users;
}

// The users in each channel.
std::function<NameSets(Shard&)> read_users(std::shared_ptr<const Strings> channels, bool all) {
  return [channels = std::move(channels), all](Shard& shard) {
    NameSets users;
    visit_channels(shard, *channels, all, [&](const std::string& name, const Shard::Members& members) {
      users.emplace(name, users_among(members));
    });
    return users;
  };
}

NameSets merge(std::vector<NameSets> parts) {
  NameSets merged = std::move(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) {
    for (auto& [name, set] : parts[i]) merged[name].insert(set.begin(), set.end());
  }
  return merged;
}

std::shared_ptr<const Strings> keep(const Strings& strings) { return std::make_shared<const Strings>(strings); }

// ---- lists and counts of everything

// Distinct names of a table that every shard has a part of.
void ask_names(Asker asker, const Shard::Index& (Shard::*table)() const,
               std::function<void(const NameSet&, const OnReply&)> make_reply) {
  asker.gather<NameSet>(
      [table](Shard& shard) {
        NameSet names;
        for (const auto& [name, members] : (shard.*table)()) names.insert(name);
        return names;
      },
      [make_reply = std::move(make_reply)](std::vector<NameSet> parts, const OnReply& on_reply) {
        NameSet names = std::move(parts.front());
        for (std::size_t i = 1; i < parts.size(); ++i) names.insert(parts[i].begin(), parts[i].end());
        make_reply(names, on_reply);
      });
}

template <typename Reply>
void ask_name_count(Asker asker, const Shard::Index& (Shard::*table)() const) {
  ask_names(std::move(asker), table, [](const NameSet& names, const OnReply& on_reply) {
    Reply reply;
    reply.set_count(static_cast<std::int32_t>(names.size()));
    on_reply(reply);
  });
}

void list_users(Asker asker) {
  ask_names(std::move(asker), &Shard::users, [](const NameSet& names, const OnReply& on_reply) {
    netsvr::CustomerIdListResp reply;
    for (const std::string& name : names) reply.add_customer_ids(name);
    on_reply(reply);
  });
}

void list_channels(Asker asker) {
  ask_names(std::move(asker), &Shard::channels, [](const NameSet& names, const OnReply& on_reply) {
    netsvr::TopicListResp reply;
    for (const std::string& name : names) reply.add_topics(name);
    on_reply(reply);
  });
}

void list_connections(Asker asker) {
  asker.gather<netsvr::UniqIdListResp>(
      [](Shard& shard) {
        netsvr::UniqIdListResp part;
        for (const auto& [id, connection] : shard.connections()) part.add_uniq_ids(id.hex());
        return part;
      },
      [](std::vector<netsvr::UniqIdListResp> parts, const OnReply& on_reply) {
        for (std::size_t i = 1; i < parts.size(); ++i) parts.front().MergeFrom(parts[i]);
        on_reply(parts.front());
      });
}

netsvr::ConnectionsRespItem describe(const Connection& connection) {
  const ConnectionInfo& info = connection.info();
  netsvr::ConnectionsRespItem item;
  item.set_uniq_id(connection.id().hex());
  item.set_remote_addr(std::string(info.request.remote_address()));
  item.set_path(websocket::as_utf8(info.request.path()));
  item.set_customer_id(info.user);
  for (const std::string& channel : info.channels) item.add_topics(channel);
  item.set_opened_at(connection.id().unix_seconds());
  const Connection::Traffic& traffic = connection.traffic();
  item.set_messages_in(traffic.messages_in);
  item.set_messages_out(traffic.messages_out);
  item.set_bytes_in(traffic.bytes_in);
  item.set_bytes_out(traffic.bytes_out);
  item.set_queued_bytes(connection.unsent());
  return item;
}

void describe_connections(Asker asker) {
  asker.gather<netsvr::ConnectionsResp>(
      [](Shard& shard) {
        netsvr::ConnectionsResp part;
        for (const auto& [id, connection] : shard.connections()) *part.add_connections() = describe(*connection);
        return part;
      },
      [](std::vector<netsvr::ConnectionsResp> parts, const OnReply& on_reply) {
        for (std::size_t i = 1; i < parts.size(); ++i) parts.front().MergeFrom(parts[i]);
        on_reply(parts.front());
      });
}

void count_connections(Asker asker) {
  asker.gather<std::size_t>([](Shard& shard) { return shard.size(); },
                            [](const std::vector<std::size_t>& parts, const OnReply& on_reply) {
                              std::size_t count = 0;
                              for (const std::size_t part : parts) count += part;
                              netsvr::UniqIdCountResp reply;
                              reply.set_count(static_cast<std::int32_t>(count));
                              on_reply(reply);
                            });
}

// ---- connections

void check_online(Asker asker, const netsvr::CheckOnlineReq& request) {
  const auto ids = keep(request.uniq_ids());
  // For each id: does the shard know it?
  using Known = std::vector<bool>;
  asker.gather<Known>(
      [ids](Shard& shard) {
        Known known;
        for (const std::string& text : *ids) {
          const std::optional<ConnectionId> id = ConnectionId::parse(text);
          known.push_back(id && shard.find(*id) != nullptr);
        }
        return known;
      },
      [ids](const std::vector<Known>& parts, const OnReply& on_reply) {
        netsvr::CheckOnlineResp reply;
        for (int i = 0; i < ids->size(); ++i) {
          bool known = false;
          for (const Known& part : parts) known = known || part[static_cast<std::size_t>(i)];
          if (known) reply.add_uniq_ids(ids->Get(i));
        }
        on_reply(reply);
      });
}

// Merges the parts of replies whose items are messages of lists: what the shards have under the same name is joined.
template <typename Reply>
void join_items(std::vector<Reply> parts, const OnReply& on_reply) {
  Reply& reply = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    for (const auto& [name, item] : parts[i].items()) (*reply.mutable_items())[name].MergeFrom(item);
  }
  on_reply(reply);
}

void info_of_connections(Asker asker, const netsvr::ConnInfoReq& request) {
  const auto asked = std::make_shared<const netsvr::ConnInfoReq>(request);
  asker.gather<netsvr::ConnInfoResp>(
      [asked](Shard& shard) {
        netsvr::ConnInfoResp part;
        for (const std::string& text : asked->uniq_ids()) {
          const std::optional<ConnectionId> id = ConnectionId::parse(text);
          const Connection* connection = id ? shard.find(*id) : nullptr;
          if (connection == nullptr) continue;
          const ConnectionInfo& info = connection->info();
          netsvr::ConnInfoRespItem item;
          if (asked->req_session()) item.set_session(info.session);
          if (asked->req_customer_id()) item.set_customer_id(info.user);
          if (asked->req_topic()) {
            for (const std::string& channel : info.channels) item.add_topics(channel);
          }
          (*part.mutable_items())[text] = std::move(item);
        }
        return part;
      },
      &join_items<netsvr::ConnInfoResp>);
}

void info_of_users(Asker asker, const netsvr::ConnInfoByCustomerIdReq& request) {
  const auto asked = std::make_shared<const netsvr::ConnInfoByCustomerIdReq>(request);
  asker.gather<netsvr::ConnInfoByCustomerIdResp>(
      [asked](Shard& shard) {
        netsvr::ConnInfoByCustomerIdResp part;
        for (const std::string& user : asked->customer_ids()) {
          const auto found = shard.users().find(user);
          if (found == shard.users().end()) continue;
          netsvr::ConnInfoByCustomerIdRespItems items;
          for (const Connection* connection : found->second) {
            const ConnectionInfo& info = connection->info();
            netsvr::ConnInfoByCustomerIdRespItem& item = *items.add_items();
            if (asked->req_session()) item.set_session(info.session);
            if (asked->req_uniq_id()) item.set_uniq_id(connection->id().hex());
            if (!asked->req_topic()) continue;
            for (const std::string& channel : info.channels) item.add_topics(channel);
          }
          (*part.mutable_items())[user] = std::move(items);
        }
        return part;
      },
      &join_items<netsvr::ConnInfoByCustomerIdResp>);
}

// ---- channels

void connections_of_channels(Asker asker, const netsvr::TopicUniqIdListReq& request) {
  const auto channels = keep(request.topics());
  asker.gather<netsvr::TopicUniqIdListResp>(
      [channels](Shard& shard) {
        netsvr::TopicUniqIdListResp part;
        visit_channels(shard, *channels, false, [&](const std::string& name, const Shard::Members& members) {
          netsvr::TopicUniqIdListRespItem item;
          for (const Connection* connection : members) item.add_uniq_ids(connection->id().hex());
          (*part.mutable_items())[name] = std::move(item);
        });
        return part;
      },
      &join_items<netsvr::TopicUniqIdListResp>);
}

void count_connections_of_channels(Asker asker, const netsvr::TopicUniqIdCountReq& request) {
  using Counts = absl::flat_hash_map<std::string, std::size_t>;
  asker.gather<Counts>(
      [channels = keep(request.topics()), all = request.count_all()](Shard& shard) {
        Counts counts;
        visit_channels(shard, *channels, all,
                       [&](const std::string& name, const Shard::Members& members) { counts[name] = members.size(); });
        return counts;
      },
      [](const std::vector<Counts>& parts, const OnReply& on_reply) {
        netsvr::TopicUniqIdCountResp reply;
        for (const Counts& part : parts) {
          for (const auto& [name, count] : part) (*reply.mutable_items())[name] += static_cast<std::int32_t>(count);
        }
        on_reply(reply);
      });
}

void users_of_channels(Asker asker, const netsvr::TopicCustomerIdListReq& request) {
  asker.gather<NameSets>(read_users(keep(request.topics()), false),
                         [](std::vector<NameSets> parts, const OnReply& on_reply) {
                           netsvr::TopicCustomerIdListResp reply;
                           for (const auto& [channel, users] : merge(std::move(parts))) {
                             auto& item = (*reply.mutable_items())[channel];
                             for (const std::string& user : users) item.add_customer_ids(user);
                           }
                           on_reply(reply);
                         });
}

void count_users_of_channels(Asker asker, const netsvr::TopicCustomerIdCountReq& request) {
  asker.gather<NameSets>(read_users(keep(request.topics()), request.count_all()),
                         [](std::vector<NameSets> parts, const OnReply& on_reply) {
                           netsvr::TopicCustomerIdCountResp reply;
                           for (const auto& [channel, users] : merge(std::move(parts))) {
                             (*reply.mutable_items())[channel] = static_cast<std::int32_t>(users.size());
                           }
                           on_reply(reply);
                         });
}

// First the users in each channel, then all connections of these users, wherever they are and in whatever channel.
void connections_of_users_of_channels(Asker asker, const netsvr::TopicCustomerIdToUniqIdsListReq& request) {
  using Reply = netsvr::TopicCustomerIdToUniqIdsListResp;
  asker.gather<NameSets>(
      read_users(keep(request.topics()), false),
      [&gateway = asker.gateway, &shard = asker.shard](std::vector<NameSets> parts, const OnReply& on_reply) {
        const auto channels = std::make_shared<const NameSets>(merge(std::move(parts)));
        const auto all_users = std::make_shared<NameSet>();
        for (const auto& [channel, users] : *channels) all_users->insert(users.begin(), users.end());
        Asker again{gateway, shard, on_reply};
        again.gather<NameSets>(
            [all_users](Shard& of) {
              NameSets connections;
              for (const std::string& user : *all_users) {
                const auto found = of.users().find(user);
                if (found == of.users().end()) continue;
                for (const Connection* connection : found->second) connections[user].insert(connection->id().hex());
              }
              return connections;
            },
            [channels](std::vector<NameSets> lists, const OnReply& reply_to) {
              const NameSets connections = merge(std::move(lists));
              Reply reply;
              for (const auto& [channel, users] : *channels) {
                auto& item = (*reply.mutable_items())[channel];
                for (const std::string& user : users) {
                  const auto found = connections.find(user);
                  if (found == connections.end()) continue;  // gone meanwhile
                  auto& ids = (*item.mutable_items())[user];
                  for (const std::string& id : found->second) ids.add_uniq_ids(id);
                }
              }
              reply_to(reply);
            });
      });
}

// ---- limits

void limit(Asker asker, const netsvr::LimitReq& request) {
  gateway::Limits& limits = asker.gateway.limits();
  limits.change(static_cast<std::uint32_t>(std::max(request.on_open(), 0)),
                static_cast<std::uint32_t>(std::max(request.on_message(), 0)));
  netsvr::LimitResp reply;
  reply.set_on_open(static_cast<std::int32_t>(limits.opens()));
  reply.set_on_message(static_cast<std::int32_t>(limits.messages()));
  const OnReply on_reply = std::move(asker.on_reply);
  on_reply(reply);
}

template <typename Request>
QueryOutcome ask(Asker asker, std::string_view bytes, void (*query)(Asker, const Request&)) {
  Request request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return QueryOutcome::kMalformed;
  query(std::move(asker), request);
  return QueryOutcome::kAsked;
}

}  // namespace

QueryOutcome run_query(Gateway& gateway, Shard& shard, Command command, std::string_view message, OnReply on_reply) {
  Asker asker{gateway, shard, std::move(on_reply)};
  switch (command) {
    case Command::kCheckOnline: return ask(std::move(asker), message, &check_online);
    case Command::kTopicUniqIdList: return ask(std::move(asker), message, &connections_of_channels);
    case Command::kTopicUniqIdCount: return ask(std::move(asker), message, &count_connections_of_channels);
    case Command::kTopicCustomerIdList: return ask(std::move(asker), message, &users_of_channels);
    case Command::kTopicCustomerIdToUniqIdsList:
      return ask(std::move(asker), message, &connections_of_users_of_channels);
    case Command::kTopicCustomerIdCount: return ask(std::move(asker), message, &count_users_of_channels);
    case Command::kConnInfo: return ask(std::move(asker), message, &info_of_connections);
    case Command::kConnInfoByCustomerId: return ask(std::move(asker), message, &info_of_users);
    case Command::kLimit: return ask(std::move(asker), message, &limit);
    // Those without a message: what is there is ignored.
    case Command::kCustomerIdList: list_users(std::move(asker)); return QueryOutcome::kAsked;
    case Command::kCustomerIdCount:
      ask_name_count<netsvr::CustomerIdCountResp>(std::move(asker), &Shard::users);
      return QueryOutcome::kAsked;
    case Command::kUniqIdList: list_connections(std::move(asker)); return QueryOutcome::kAsked;
    case Command::kUniqIdCount: count_connections(std::move(asker)); return QueryOutcome::kAsked;
    case Command::kConnections: describe_connections(std::move(asker)); return QueryOutcome::kAsked;
    case Command::kTopicList: list_channels(std::move(asker)); return QueryOutcome::kAsked;
    case Command::kTopicCount:
      ask_name_count<netsvr::TopicCountResp>(std::move(asker), &Shard::channels);
      return QueryOutcome::kAsked;
    default: return QueryOutcome::kNoQuery;
  }
}

}  // namespace laraman::business_server
