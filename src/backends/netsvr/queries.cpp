#include "backends/netsvr/queries.h"

#include <absl/container/flat_hash_map.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/gateway.h"
#include "netsvr.pb.h"
#include "websocket/utf8.h"

namespace laraman::backends::netsvr {
namespace {

namespace netsvr = wire::netsvr;
using gateway::Commands;
using gateway::ConnectionId;
using gateway::ConnectionState;
using netsvr::Command;

using Strings = google::protobuf::RepeatedPtrField<std::string>;

// Where a query comes from, and where its reply goes.
struct Asker {
  gateway::Gateway& gateway;
  gateway::Shard& shard;
  OnReply on_reply;

  Commands& commands() const { return gateway.commands(); }
};

std::vector<std::string> names(const Strings& strings) { return {strings.begin(), strings.end()}; }

Commands::Selection select(const Strings& channels, bool all) {
  return all ? Commands::Selection() : Commands::Selection(names(channels));
}

// Ids as the business wrote them: replies name connections in the same way. Texts that are no ids are left out.
struct AskedIds {
  explicit AskedIds(const Strings& texts) {
    for (const std::string& text : texts) {
      const std::optional<ConnectionId> id = ConnectionId::parse(text);
      if (id) list.emplace_back(*id, text);
    }
  }
  std::vector<ConnectionId> ids() const {
    std::vector<ConnectionId> ids;
    ids.reserve(list.size());
    for (const auto& [id, text] : list) ids.push_back(id);
    return ids;
  }

  std::vector<std::pair<ConnectionId, std::string>> list;
};

template <typename Item>
void add_topics(Item& item, const ConnectionState& state) {
  if (!state.channels) return;
  for (const std::string& channel : *state.channels) item.add_topics(channel);
}

// ---- lists and counts of everything

void list_users(const Asker& asker) {
  asker.commands().users(asker.shard, [on_reply = asker.on_reply](const Commands::Names& users) {
    netsvr::CustomerIdListResp reply;
    for (const std::string& user : users) reply.add_customer_ids(user);
    on_reply(reply);
  });
}

void count_users(const Asker& asker) {
  asker.commands().users(asker.shard, [on_reply = asker.on_reply](const Commands::Names& users) {
    netsvr::CustomerIdCountResp reply;
    reply.set_count(static_cast<std::int32_t>(users.size()));
    on_reply(reply);
  });
}

void list_channels(const Asker& asker) {
  asker.commands().channels(asker.shard, [on_reply = asker.on_reply](const Commands::Names& channels) {
    netsvr::TopicListResp reply;
    for (const std::string& channel : channels) reply.add_topics(channel);
    on_reply(reply);
  });
}

void count_channels(const Asker& asker) {
  asker.commands().channels(asker.shard, [on_reply = asker.on_reply](const Commands::Names& channels) {
    netsvr::TopicCountResp reply;
    reply.set_count(static_cast<std::int32_t>(channels.size()));
    on_reply(reply);
  });
}

void list_connections(const Asker& asker) {
  asker.commands().connections(asker.shard, [on_reply = asker.on_reply](const std::vector<ConnectionId>& ids) {
    netsvr::UniqIdListResp reply;
    for (const ConnectionId& id : ids) reply.add_uniq_ids(id.hex());
    on_reply(reply);
  });
}

void count_connections(const Asker& asker) {
  asker.commands().count_connections(asker.shard, [on_reply = asker.on_reply](std::size_t count) {
    netsvr::UniqIdCountResp reply;
    reply.set_count(static_cast<std::int32_t>(count));
    on_reply(reply);
  });
}

void describe_connections(const Asker& asker) {
  asker.commands().report_connections(
      asker.shard, [on_reply = asker.on_reply](const std::vector<gateway::ConnectionReport>& reports) {
        netsvr::ConnectionsResp reply;
        for (const gateway::ConnectionReport& report : reports) {
          const gateway::ConnectionInfo& info = *report.state.info;
          netsvr::ConnectionsRespItem& item = *reply.add_connections();
          item.set_uniq_id(report.state.id.hex());
          item.set_remote_addr(std::string(info.request.remote_address()));
          item.set_path(websocket::as_utf8(info.request.path()));
          item.set_customer_id(info.user);
          add_topics(item, report.state);
          item.set_opened_at(report.state.id.unix_seconds());
          item.set_messages_in(report.traffic.messages_in);
          item.set_messages_out(report.traffic.messages_out);
          item.set_bytes_in(report.traffic.bytes_in);
          item.set_bytes_out(report.traffic.bytes_out);
          item.set_queued_bytes(report.unsent);
        }
        on_reply(reply);
      });
}

// ---- connections

void check_online(const Asker& asker, const netsvr::CheckOnlineReq& request) {
  AskedIds asked(request.uniq_ids());
  std::vector<ConnectionId> ids = asked.ids();
  asker.commands().online(asker.shard, std::move(ids),
                          [asked = std::move(asked), on_reply = asker.on_reply](const Commands::Ids& online) {
                            netsvr::CheckOnlineResp reply;
                            for (const auto& [id, text] : asked.list) {
                              if (online.contains(id)) reply.add_uniq_ids(text);
                            }
                            on_reply(reply);
                          });
}

void info_of_connections(const Asker& asker, const netsvr::ConnInfoReq& request) {
  AskedIds asked(request.uniq_ids());
  std::vector<ConnectionId> ids = asked.ids();
  asker.commands().states(
      asker.shard, std::move(ids),
      [asked = std::move(asked), request, on_reply = asker.on_reply](const std::vector<ConnectionState>& states) {
        absl::flat_hash_map<ConnectionId, const ConnectionState*> by_id;
        for (const ConnectionState& state : states) by_id.emplace(state.id, &state);
        netsvr::ConnInfoResp reply;
        for (const auto& [id, text] : asked.list) {
          const auto found = by_id.find(id);
          if (found == by_id.end()) continue;
          netsvr::ConnInfoRespItem item;
          if (request.req_session()) item.set_session(found->second->info->session);
          if (request.req_customer_id()) item.set_customer_id(found->second->info->user);
          if (request.req_topic()) add_topics(item, *found->second);
          (*reply.mutable_items())[text] = std::move(item);
        }
        on_reply(reply);
      });
}

void info_of_users(const Asker& asker, const netsvr::ConnInfoByCustomerIdReq& request) {
  asker.commands().states_of_users(
      asker.shard, names(request.customer_ids()),
      [request, on_reply = asker.on_reply](const Commands::ByName<std::vector<ConnectionState>>& users) {
        netsvr::ConnInfoByCustomerIdResp reply;
        for (const auto& [user, states] : users) {
          netsvr::ConnInfoByCustomerIdRespItems& items = (*reply.mutable_items())[user];
          for (const ConnectionState& state : states) {
            netsvr::ConnInfoByCustomerIdRespItem& item = *items.add_items();
            if (request.req_session()) item.set_session(state.info->session);
            if (request.req_uniq_id()) item.set_uniq_id(state.id.hex());
            if (request.req_topic()) add_topics(item, state);
          }
        }
        on_reply(reply);
      });
}

// ---- channels

void connections_of_channels(const Asker& asker, const netsvr::TopicUniqIdListReq& request) {
  asker.commands().connections_of_channels(
      asker.shard, names(request.topics()),
      [on_reply = asker.on_reply](const Commands::ByName<std::vector<ConnectionId>>& channels) {
        netsvr::TopicUniqIdListResp reply;
        for (const auto& [channel, ids] : channels) {
          auto& item = (*reply.mutable_items())[channel];
          for (const ConnectionId& id : ids) item.add_uniq_ids(id.hex());
        }
        on_reply(reply);
      });
}

void count_connections_of_channels(const Asker& asker, const netsvr::TopicUniqIdCountReq& request) {
  asker.commands().count_connections_of_channels(
      asker.shard, select(request.topics(), request.count_all()),
      [on_reply = asker.on_reply](const Commands::ByName<std::size_t>& channels) {
        netsvr::TopicUniqIdCountResp reply;
        for (const auto& [channel, count] : channels) {
          (*reply.mutable_items())[channel] = static_cast<std::int32_t>(count);
        }
        on_reply(reply);
      });
}

void users_of_channels(const Asker& asker, const netsvr::TopicCustomerIdListReq& request) {
  asker.commands().users_of_channels(asker.shard, names(request.topics()),
                                     [on_reply = asker.on_reply](const Commands::ByName<Commands::Names>& channels) {
                                       netsvr::TopicCustomerIdListResp reply;
                                       for (const auto& [channel, users] : channels) {
                                         auto& item = (*reply.mutable_items())[channel];
                                         for (const std::string& user : users) item.add_customer_ids(user);
                                       }
                                       on_reply(reply);
                                     });
}

void count_users_of_channels(const Asker& asker, const netsvr::TopicCustomerIdCountReq& request) {
  asker.commands().users_of_channels(asker.shard, select(request.topics(), request.count_all()),
                                     [on_reply = asker.on_reply](const Commands::ByName<Commands::Names>& channels) {
                                       netsvr::TopicCustomerIdCountResp reply;
                                       for (const auto& [channel, users] : channels) {
                                         (*reply.mutable_items())[channel] = static_cast<std::int32_t>(users.size());
                                       }
                                       on_reply(reply);
                                     });
}

// First the users in each channel, then all connections of these users, wherever they are and in whatever channel.
void connections_of_users_of_channels(const Asker& asker, const netsvr::TopicCustomerIdToUniqIdsListReq& request) {
  asker.commands().users_of_channels(
      asker.shard, names(request.topics()), [asker](Commands::ByName<Commands::Names> channels) {
        Commands::Names all;
        for (const auto& [channel, users] : channels) all.insert(users.begin(), users.end());
        asker.commands().states_of_users(asker.shard, {all.begin(), all.end()},
                                         [channels = std::move(channels), on_reply = asker.on_reply](
                                             const Commands::ByName<std::vector<ConnectionState>>& connections) {
                                           netsvr::TopicCustomerIdToUniqIdsListResp reply;
                                           for (const auto& [channel, users] : channels) {
                                             auto& item = (*reply.mutable_items())[channel];
                                             for (const std::string& user : users) {
                                               const auto found = connections.find(user);
                                               if (found == connections.end()) continue;  // gone meanwhile
                                               auto& ids = (*item.mutable_items())[user];
                                               for (const ConnectionState& state : found->second)
                                                 ids.add_uniq_ids(state.id.hex());
                                             }
                                           }
                                           on_reply(reply);
                                         });
      });
}

// ---- limits

void limit(const Asker& asker, const netsvr::LimitReq& request) {
  gateway::Limits& limits = asker.gateway.limits();
  limits.change(static_cast<std::uint32_t>(std::max(request.on_open(), 0)),
                static_cast<std::uint32_t>(std::max(request.on_message(), 0)));
  netsvr::LimitResp reply;
  reply.set_on_open(static_cast<std::int32_t>(limits.opens()));
  reply.set_on_message(static_cast<std::int32_t>(limits.messages()));
  asker.on_reply(reply);
}

template <typename Request>
QueryOutcome ask(const Asker& asker, std::string_view bytes, void (*query)(const Asker&, const Request&)) {
  Request request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return QueryOutcome::kMalformed;
  query(asker, request);
  return QueryOutcome::kAsked;
}

}  // namespace

QueryOutcome run_query(gateway::Gateway& gateway, gateway::Shard& shard, Command command, std::string_view message,
                       OnReply on_reply) {
  const Asker asker{gateway, shard, std::move(on_reply)};
  switch (command) {
    case Command::kCheckOnline: return ask(asker, message, &check_online);
    case Command::kTopicUniqIdList: return ask(asker, message, &connections_of_channels);
    case Command::kTopicUniqIdCount: return ask(asker, message, &count_connections_of_channels);
    case Command::kTopicCustomerIdList: return ask(asker, message, &users_of_channels);
    case Command::kTopicCustomerIdToUniqIdsList: return ask(asker, message, &connections_of_users_of_channels);
    case Command::kTopicCustomerIdCount: return ask(asker, message, &count_users_of_channels);
    case Command::kConnInfo: return ask(asker, message, &info_of_connections);
    case Command::kConnInfoByCustomerId: return ask(asker, message, &info_of_users);
    case Command::kLimit: return ask(asker, message, &limit);
    // Commands without a message: their bytes are ignored.
    case Command::kCustomerIdList: list_users(asker); return QueryOutcome::kAsked;
    case Command::kCustomerIdCount: count_users(asker); return QueryOutcome::kAsked;
    case Command::kUniqIdList: list_connections(asker); return QueryOutcome::kAsked;
    case Command::kUniqIdCount: count_connections(asker); return QueryOutcome::kAsked;
    case Command::kConnections: describe_connections(asker); return QueryOutcome::kAsked;
    case Command::kTopicList: list_channels(asker); return QueryOutcome::kAsked;
    case Command::kTopicCount: count_channels(asker); return QueryOutcome::kAsked;
    default: return QueryOutcome::kNoQuery;
  }
}

}  // namespace laraman::backends::netsvr
