// NetBus: every command and query of a gateway as a function, over one gateway or several.
//
// A command about a connection goes to the gateway that its id names; one about users, channels or all goes to every
// gateway; the answers of several are merged. A gateway that fails does not keep the others from being asked: what
// failed is in the outcome, with the gateway and the error.
//
// Ids, users and channels that do not exist are skipped by the gateways, without an error. Commands have no reply: an
// outcome that is ok says that the gateways' sockets took them. They are carried out in the order in which one thread
// gave them, for each receiver, and a query sees the commands before it; so a query after a command confirms it.
//
// As thread-safe as its Transport: over a TaskSocketManager any number of threads may use one NetBus.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "laraman/business/transport.h"

namespace google::protobuf {
class MessageLite;
}

namespace laraman::business {

// A gateway that did not do its part.
struct Failure {
  std::string gateway;  // its task address; empty if there is none: an id that belongs to no gateway
  Error error;
};

// Ok if every gateway that was needed did its part. A caller that can do nothing about it may ignore that of a command.
struct Outcome {
  std::vector<Failure> failures{};

  bool ok() const { return failures.empty(); }
  explicit operator bool() const { return ok(); }
  // All failures in one line; empty if there is none.
  std::string message() const;
};

// What the gateways that did answer know, merged.
template <typename T>
struct [[nodiscard]] Answer : Outcome {
  T value{};
};

enum class DataType : std::uint8_t { kConfigured = 0, kText = 1, kBinary = 2 };

// What goes to a client. Of type kConfigured (the gateway's setting, text by default) an empty one is no message at
// all; an empty text or binary message is sent. Refers to the bytes: they must outlive the call.
struct Payload {
  Payload() = default;
  Payload(std::string_view bytes, DataType as = DataType::kConfigured) : data(bytes), type(as) {}
  Payload(const std::string& bytes) : data(bytes) {}
  Payload(const char* text) : data(text) {}

  std::string_view data{};
  DataType type = DataType::kConfigured;
};
inline Payload text(std::string_view data) { return {data, DataType::kText}; }
inline Payload binary(std::string_view data) { return {data, DataType::kBinary}; }

// How a connection is closed. Code 0 is netsvr's: 1008 with its reason, if none is given.
struct Close {
  std::uint16_t code = 0;
  std::string reason{};
};

using Strings = std::vector<std::string>;
using StringMap = std::map<std::string, Strings>;
using Counts = std::map<std::string, std::uint64_t>;

// What update() sets. What is empty stays as it is.
struct ConnectionUpdate {
  std::string session{};
  std::string user{};
  Strings channels{};  // replace all that it is in
};

// What clear() takes away, and what info() asks for.
struct Fields {
  bool session = false;
  bool user = false;
  bool channels = false;
};
inline constexpr Fields kAllFields{true, true, true};

struct ConnectionInfo {
  std::string connection{};
  std::string user{};
  std::string session{};
  Strings channels{};
};

// netsvr's metrics, added up over the gateways: a number since the start, and its rates a second.
struct Metric {
  std::int64_t count = 0;
  double mean_rate = 0;
  double rate_1 = 0;  // over 1, 5, 15 minutes
  double rate_5 = 0;
  double rate_15 = 0;
};

// The limits in force at one gateway, a second; 0: none.
struct GatewayLimits {
  std::string gateway;  // its task address
  std::int32_t opens = 0;
  std::int32_t messages = 0;
};

class NetBus {
 public:
  // `transport` outlives the NetBus.
  explicit NetBus(Transport& transport);

  // ---- what a connection is (each then sends `payload` to it)
  // ConnInfoUpdate: sets session, user, channels.
  Outcome update(std::string_view connection, const ConnectionUpdate& update, const Payload& payload = {});
  // ConnInfoDelete: takes them away.
  Outcome clear(std::string_view connection, Fields fields, const Payload& payload = {});
  // TopicSubscribe. Without a channel nothing happens, not even the payload is sent.
  Outcome join(std::string_view connection, const Strings& channels, const Payload& payload = {});
  // TopicUnsubscribe; the same.
  Outcome leave(std::string_view connection, const Strings& channels, const Payload& payload = {});

  // ---- to connections
  // SingleCast.
  Outcome send(std::string_view connection, const Payload& payload);
  // Multicast. A connection listed twice gets it twice.
  Outcome send_to(const Strings& connections, const Payload& payload);
  // SingleCastBulk, several messages to one connection, in order. Empty ones are left out if the type is kConfigured.
  Outcome send_all(std::string_view connection, const Strings& messages, DataType type = DataType::kConfigured);
  // SingleCastBulk, each connection its own message: pairs of connection and message, in order.
  Outcome send_each(const std::vector<std::pair<std::string, std::string>>& messages,
                    DataType type = DataType::kConfigured);
  // Broadcast, to every connection of every gateway but those in `except`.
  Outcome broadcast(const Payload& payload, const Strings& except = {});

  // ---- to users: to all connections of each
  // SingleCastByCustomerId.
  Outcome send_to_user(const std::string& user, const Payload& payload, const Strings& except = {});
  // MulticastByCustomerId. A user listed twice gets it once.
  Outcome send_to_users(const Strings& users, const Payload& payload, const Strings& except = {});
  // SingleCastBulkByCustomerId, as send_all() and send_each().
  Outcome send_all_to_user(const std::string& user, const Strings& messages, DataType type = DataType::kConfigured);
  Outcome send_each_to_users(const std::vector<std::pair<std::string, std::string>>& messages,
                             DataType type = DataType::kConfigured);

  // ---- channels
  // TopicPublish, to one channel; publish_to(): once for each channel listed.
  Outcome publish(const std::string& channel, const Payload& payload, const Strings& except = {});
  Outcome publish_to(const Strings& channels, const Payload& payload, const Strings& except = {});
  // TopicPublishBulk, several messages to one channel, in order, also empty ones.
  Outcome publish_all(const std::string& channel, const Strings& messages, DataType type = DataType::kConfigured);
  // TopicPublishBulk, pairs of channel and message; empty messages are left out.
  Outcome publish_each(const std::vector<std::pair<std::string, std::string>>& messages,
                       DataType type = DataType::kConfigured);
  // TopicDelete: all connections leave them. Each that was in any of them gets the payload, once.
  Outcome delete_channels(const Strings& channels, const Payload& payload = {});

  // ---- closing; each first sends `last`
  // ForceOffline.
  Outcome close(std::string_view connection, const Close& how = {}, const Payload& last = {});
  Outcome close_connections(const Strings& connections, const Close& how = {}, const Payload& last = {});
  // ForceOfflineByCustomerId.
  Outcome close_users(const Strings& users, const Close& how = {}, const Payload& last = {});
  // ForceOfflineGuest: closes those that have neither user nor session when `delay` is over. `last` goes only to them.
  Outcome close_guests(const Strings& connections, std::chrono::seconds delay = {}, const Payload& last = {});

  // ---- connections and users. Lists of users and channels are sorted and without duplicates; those of connections
  // have no order. CheckOnline: those of `connections` that are open, in that order, duplicates kept.
  Answer<Strings> online(const Strings& connections);
  // CustomerIdList, CustomerIdCount. One user at two gateways is one.
  Answer<Strings> users();
  Answer<std::uint64_t> count_users();
  // UniqIdList, UniqIdCount.
  Answer<Strings> connections();
  Answer<std::uint64_t> count_connections();
  // TopicList, TopicCount. One channel at two gateways is one.
  Answer<Strings> channels();
  Answer<std::uint64_t> count_channels();

  // ---- members of channels; channels without members are absent
  // TopicUniqIdList, TopicUniqIdCount (of all channels: count_all).
  Answer<StringMap> connections_in(const Strings& channels);
  Answer<Counts> count_connections_in(const Strings& channels);
  Answer<Counts> count_connections_in_all();
  // TopicCustomerIdList, TopicCustomerIdCount. A channel whose connections have no users is there, without any.
  Answer<StringMap> users_in(const Strings& channels);
  Answer<Counts> count_users_in(const Strings& channels);
  Answer<Counts> count_users_in_all();
  // TopicCustomerIdToUniqIdsList: by channel, its users; by user, all connections, also those that are not in the
  // channel.
  Answer<std::map<std::string, StringMap>> connections_of_users_in(const Strings& channels);

  // ---- about connections and users; unknown ones are absent
  // ConnInfo, by connection.
  Answer<std::map<std::string, ConnectionInfo>> info(const Strings& connections, Fields fields = kAllFields);
  // ConnInfoByCustomerId, by user: one for each connection, with its id and user always.
  Answer<std::map<std::string, std::vector<ConnectionInfo>>> info_of_users(const Strings& users,
                                                                           Fields fields = kAllFields);

  // ---- the gateways themselves
  // Metrics, by netsvr's number of the item (1 opened … 13); those that are counted.
  Answer<std::map<std::int32_t, Metric>> metrics();
  // Limit: opens and messages a second. 0 leaves a limit as it is, and one that is off stays off.
  Answer<std::vector<GatewayLimits>> limit(std::int32_t opens = 0, std::int32_t messages = 0);

 private:
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  // Positions in a list of connections, by gateway.
  using Positions = std::vector<std::vector<std::size_t>>;

  std::size_t gateway_count() const { return prefixes_.size(); }
  // The gateway of a connection; none if it belongs to no gateway.
  std::optional<std::size_t> gateway_of(std::string_view connection) const;
  Positions split(std::span<const std::string> connections, Outcome& outcome) const;
  void failed(Outcome& outcome, std::size_t gateway, Error error) const;

  void command(Outcome& outcome, std::size_t gateway, std::uint32_t id, const google::protobuf::MessageLite& message);
  Outcome command_to_one(std::string_view connection, std::uint32_t id, const google::protobuf::MessageLite& message);
  Outcome command_to_all(std::uint32_t id, const google::protobuf::MessageLite& message);
  // Asks one gateway; false, with the failure in `outcome`, if there is no good answer.
  bool query(Outcome& outcome, std::size_t gateway, std::uint32_t id, const google::protobuf::MessageLite& request,
             google::protobuf::MessageLite& reply);
  // Asks every gateway for a Reply, and calls `take(gateway, reply)` for each that there is.
  template <typename Reply, typename Take>
  void query_all(Outcome& outcome, std::uint32_t id, const google::protobuf::MessageLite& request, const Take& take);

  Answer<Counts> count_connections_with(const Strings& channels, bool all);
  Answer<Counts> count_users_with(const Strings& channels, bool all);

  Transport& transport_;
  Strings prefixes_;  // of the gateways' connection ids; empty for a single one
};

}  // namespace laraman::business
