// NetBus: the queries, and how the answers of several gateways become one.
#include <set>
#include <utility>

#include "business/net_bus_parts.h"

namespace laraman::business {
namespace {

namespace netsvr = wire::netsvr;
using netsvr::Command;
using netsvr::to_id;

using Names = std::set<std::string>;
using NameSets = std::map<std::string, Names>;

const google::protobuf::MessageLite& no_request() {
  static const netsvr::CheckOnlineReq empty;  // any message without content
  return empty;
}

Strings to_list(const Names& names) { return {names.begin(), names.end()}; }

StringMap to_lists(const NameSets& sets) {
  StringMap lists;
  for (const auto& [name, set] : sets) lists.emplace(name, to_list(set));
  return lists;
}

template <typename List>
void append(Strings& to, const List& from) {
  to.insert(to.end(), from.begin(), from.end());
}

template <typename T>
Answer<T> answer(Outcome&& outcome, T value) {
  Answer<T> made;
  made.failures = std::move(outcome.failures);
  made.value = std::move(value);
  return made;
}

}  // namespace

bool NetBus::query(Outcome& outcome, std::size_t gateway, std::uint32_t id,
                   const google::protobuf::MessageLite& request, google::protobuf::MessageLite& reply) {
  Result<std::string> bytes = transport_.query(gateway, id, request.SerializeAsString());
  if (!bytes) {
    failed(outcome, gateway, std::move(bytes.error()));
    return false;
  }
  if (!reply.ParseFromString(*bytes)) {
    failed(outcome, gateway, {ErrorCode::kInvalid, "malformed reply to command " + std::to_string(id), "", ""});
    return false;
  }
  return true;
}

template <typename Reply, typename Take>
void NetBus::query_all(Outcome& outcome, std::uint32_t id, const google::protobuf::MessageLite& request,
                       const Take& take) {
  for (std::size_t gateway = 0; gateway < gateway_count(); ++gateway) {
    Reply reply;
    if (query(outcome, gateway, id, request, reply)) take(gateway, reply);
  }
}

// ---- connections and users

Answer<Strings> NetBus::online(const Strings& connections) {
  Outcome outcome;
  const Positions positions = split(connections, outcome);
  Names known;
  for (std::size_t gateway = 0; gateway < positions.size(); ++gateway) {
    if (positions[gateway].empty()) continue;
    netsvr::CheckOnlineReq request;
    for (const std::size_t i : positions[gateway]) request.add_uniq_ids(connections[i]);
    netsvr::CheckOnlineResp reply;
    if (!query(outcome, gateway, to_id(Command::kCheckOnline), request, reply)) continue;
    known.insert(reply.uniq_ids().begin(), reply.uniq_ids().end());
  }
  Strings open;
  for (const std::string& connection : connections) {
    if (known.contains(connection)) open.push_back(connection);
  }
  return answer(std::move(outcome), std::move(open));
}

Answer<Strings> NetBus::users() {
  Outcome outcome;
  Names users;
  query_all<netsvr::CustomerIdListResp>(
      outcome, to_id(Command::kCustomerIdList), no_request(),
      [&](std::size_t, const auto& reply) { users.insert(reply.customer_ids().begin(), reply.customer_ids().end()); });
  return answer(std::move(outcome), to_list(users));
}

// A user may be at several gateways: the sum of their counts would count it twice, so the lists are merged.
Answer<std::uint64_t> NetBus::count_users() {
  if (gateway_count() > 1) {
    Answer<Strings> all = users();
    return answer(std::move(all), std::uint64_t{all.value.size()});
  }
  Outcome outcome;
  std::uint64_t count = 0;
  query_all<netsvr::CustomerIdCountResp>(
      outcome, to_id(Command::kCustomerIdCount), no_request(),
      [&](std::size_t, const auto& reply) { count = static_cast<std::uint64_t>(reply.count()); });
  return answer(std::move(outcome), count);
}

Answer<Strings> NetBus::connections() {
  Outcome outcome;
  Strings all;
  query_all<netsvr::UniqIdListResp>(outcome, to_id(Command::kUniqIdList), no_request(),
                                    [&](std::size_t, const auto& reply) { append(all, reply.uniq_ids()); });
  return answer(std::move(outcome), std::move(all));
}

Answer<std::uint64_t> NetBus::count_connections() {
  Outcome outcome;
  std::uint64_t count = 0;
  query_all<netsvr::UniqIdCountResp>(
      outcome, to_id(Command::kUniqIdCount), no_request(),
      [&](std::size_t, const auto& reply) { count += static_cast<std::uint64_t>(reply.count()); });
  return answer(std::move(outcome), count);
}

Answer<Strings> NetBus::channels() {
  Outcome outcome;
  Names channels;
  query_all<netsvr::TopicListResp>(
      outcome, to_id(Command::kTopicList), no_request(),
      [&](std::size_t, const auto& reply) { channels.insert(reply.topics().begin(), reply.topics().end()); });
  return answer(std::move(outcome), to_list(channels));
}

Answer<std::uint64_t> NetBus::count_channels() {
  if (gateway_count() > 1) {
    Answer<Strings> all = channels();
    return answer(std::move(all), std::uint64_t{all.value.size()});
  }
  Outcome outcome;
  std::uint64_t count = 0;
  query_all<netsvr::TopicCountResp>(
      outcome, to_id(Command::kTopicCount), no_request(),
      [&](std::size_t, const auto& reply) { count = static_cast<std::uint64_t>(reply.count()); });
  return answer(std::move(outcome), count);
}

// ---- members of channels

Answer<StringMap> NetBus::connections_in(const Strings& channels) {
  netsvr::TopicUniqIdListReq request;
  add_strings(*request.mutable_topics(), channels);
  Outcome outcome;
  StringMap lists;
  query_all<netsvr::TopicUniqIdListResp>(outcome, to_id(Command::kTopicUniqIdList), request,
                                         [&](std::size_t, const auto& reply) {
                                           for (const auto& [channel, item] : reply.items())
                                             append(lists[channel], item.uniq_ids());
                                         });
  return answer(std::move(outcome), std::move(lists));
}

Answer<Counts> NetBus::count_connections_with(const Strings& channels, bool all) {
  netsvr::TopicUniqIdCountReq request;
  add_strings(*request.mutable_topics(), channels);
  request.set_count_all(all);
  Outcome outcome;
  Counts counts;
  query_all<netsvr::TopicUniqIdCountResp>(outcome, to_id(Command::kTopicUniqIdCount), request,
                                          [&](std::size_t, const auto& reply) {
                                            for (const auto& [channel, count] : reply.items())
                                              counts[channel] += static_cast<std::uint64_t>(count);
                                          });
  return answer(std::move(outcome), std::move(counts));
}

Answer<Counts> NetBus::count_connections_in(const Strings& channels) { return count_connections_with(channels, false); }

Answer<Counts> NetBus::count_connections_in_all() { return count_connections_with({}, true); }

Answer<StringMap> NetBus::users_in(const Strings& channels) {
  netsvr::TopicCustomerIdListReq request;
  add_strings(*request.mutable_topics(), channels);
  Outcome outcome;
  NameSets users;
  query_all<netsvr::TopicCustomerIdListResp>(
      outcome, to_id(Command::kTopicCustomerIdList), request, [&](std::size_t, const auto& reply) {
        for (const auto& [channel, item] : reply.items())
          users[channel].insert(item.customer_ids().begin(), item.customer_ids().end());
      });
  return answer(std::move(outcome), to_lists(users));
}

// As count_users(): over several gateways the users themselves are needed.
Answer<Counts> NetBus::count_users_with(const Strings& channels, bool all) {
  if (gateway_count() > 1) {
    Outcome outcome;
    Strings asked = channels;
    if (all) {
      Answer<Strings> every = this->channels();
      outcome.failures = std::move(every.failures);
      asked = std::move(every.value);
    }
    Answer<StringMap> users = users_in(asked);
    for (Failure& failure : users.failures) outcome.failures.push_back(std::move(failure));
    Counts counts;
    for (const auto& [channel, list] : users.value) counts.emplace(channel, list.size());
    return answer(std::move(outcome), std::move(counts));
  }
  netsvr::TopicCustomerIdCountReq request;
  add_strings(*request.mutable_topics(), channels);
  request.set_count_all(all);
  Outcome outcome;
  Counts counts;
  query_all<netsvr::TopicCustomerIdCountResp>(outcome, to_id(Command::kTopicCustomerIdCount), request,
                                              [&](std::size_t, const auto& reply) {
                                                for (const auto& [channel, count] : reply.items())
                                                  counts[channel] = static_cast<std::uint64_t>(count);
                                              });
  return answer(std::move(outcome), std::move(counts));
}

Answer<Counts> NetBus::count_users_in(const Strings& channels) { return count_users_with(channels, false); }

Answer<Counts> NetBus::count_users_in_all() { return count_users_with({}, true); }

// A user who is in a channel at one gateway may have connections at others, where the channel has no member. So over
// several gateways: first the users, then the connections of these users everywhere.
Answer<std::map<std::string, StringMap>> NetBus::connections_of_users_in(const Strings& channels) {
  using Lists = std::map<std::string, StringMap>;
  Lists lists;
  if (gateway_count() == 1) {
    netsvr::TopicCustomerIdToUniqIdsListReq request;
    add_strings(*request.mutable_topics(), channels);
    Outcome outcome;
    query_all<netsvr::TopicCustomerIdToUniqIdsListResp>(outcome, to_id(Command::kTopicCustomerIdToUniqIdsList), request,
                                                        [&](std::size_t, const auto& reply) {
                                                          for (const auto& [channel, item] : reply.items()) {
                                                            StringMap& users = lists[channel];
                                                            for (const auto& [user, ids] : item.items())
                                                              append(users[user], ids.uniq_ids());
                                                          }
                                                        });
    return answer(std::move(outcome), std::move(lists));
  }
  Answer<StringMap> users = users_in(channels);
  Names all;
  for (const auto& [channel, list] : users.value) all.insert(list.begin(), list.end());
  auto infos = info_of_users(to_list(all), {});
  for (const auto& [channel, list] : users.value) {
    StringMap& in_channel = lists[channel];
    for (const std::string& user : list) {
      const auto found = infos.value.find(user);
      if (found == infos.value.end()) continue;  // gone meanwhile
      for (const ConnectionInfo& info : found->second) in_channel[user].push_back(info.connection);
    }
  }
  Outcome outcome = std::move(users);
  for (Failure& failure : infos.failures) outcome.failures.push_back(std::move(failure));
  return answer(std::move(outcome), std::move(lists));
}

// ---- about connections and users

Answer<std::map<std::string, ConnectionInfo>> NetBus::info(const Strings& connections, Fields fields) {
  Outcome outcome;
  std::map<std::string, ConnectionInfo> infos;
  const Positions positions = split(connections, outcome);
  for (std::size_t gateway = 0; gateway < positions.size(); ++gateway) {
    if (positions[gateway].empty()) continue;
    netsvr::ConnInfoReq request;
    for (const std::size_t i : positions[gateway]) request.add_uniq_ids(connections[i]);
    request.set_req_session(fields.session);
    request.set_req_customer_id(fields.user);
    request.set_req_topic(fields.channels);
    netsvr::ConnInfoResp reply;
    if (!query(outcome, gateway, to_id(Command::kConnInfo), request, reply)) continue;
    for (const auto& [id, item] : reply.items()) {
      ConnectionInfo& info = infos[id];
      info = {id, item.customer_id(), item.session(), {}};
      append(info.channels, item.topics());
    }
  }
  return answer(std::move(outcome), std::move(infos));
}

Answer<std::map<std::string, std::vector<ConnectionInfo>>> NetBus::info_of_users(const Strings& users, Fields fields) {
  netsvr::ConnInfoByCustomerIdReq request;
  add_strings(*request.mutable_customer_ids(), users);
  request.set_req_session(fields.session);
  request.set_req_uniq_id(true);
  request.set_req_topic(fields.channels);
  Outcome outcome;
  std::map<std::string, std::vector<ConnectionInfo>> infos;
  query_all<netsvr::ConnInfoByCustomerIdResp>(outcome, to_id(Command::kConnInfoByCustomerId), request,
                                              [&](std::size_t, const auto& reply) {
                                                for (const auto& [user, items] : reply.items()) {
                                                  for (const auto& item : items.items()) {
                                                    ConnectionInfo& info = infos[user].emplace_back();
                                                    info = {item.uniq_id(), user, item.session(), {}};
                                                    append(info.channels, item.topics());
                                                  }
                                                }
                                              });
  return answer(std::move(outcome), std::move(infos));
}

// ---- the gateways themselves

Answer<std::map<std::int32_t, Metric>> NetBus::metrics() {
  Outcome outcome;
  std::map<std::int32_t, Metric> metrics;
  query_all<netsvr::MetricsResp>(outcome, to_id(Command::kMetrics), no_request(), [&](std::size_t, const auto& reply) {
    for (const auto& [number, item] : reply.items()) {
      Metric& metric = metrics[number];
      metric.count += item.count();
      metric.mean_rate += item.mean_rate();
      metric.rate_1 += item.rate1();
      metric.rate_5 += item.rate5();
      metric.rate_15 += item.rate15();
    }
  });
  return answer(std::move(outcome), std::move(metrics));
}

Answer<std::vector<GatewayLimits>> NetBus::limit(std::int32_t opens, std::int32_t messages) {
  netsvr::LimitReq request;
  request.set_on_open(opens);
  request.set_on_message(messages);
  Outcome outcome;
  std::vector<GatewayLimits> limits;
  query_all<netsvr::LimitResp>(outcome, to_id(Command::kLimit), request, [&](std::size_t gateway, const auto& reply) {
    limits.push_back({transport_.gateways()[gateway].task, reply.on_open(), reply.on_message()});
  });
  return answer(std::move(outcome), std::move(limits));
}

}  // namespace laraman::business
