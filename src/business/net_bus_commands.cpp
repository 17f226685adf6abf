// NetBus: what both halves share, and the commands.
#include <google/protobuf/message_lite.h>

#include <utility>

#include "business/net_bus_parts.h"

namespace laraman::business {
namespace {

namespace netsvr = wire::netsvr;
using netsvr::Command;
using netsvr::to_id;

template <typename Message>
void set_payload(Message& message, const Payload& payload) {
  message.set_data(payload.data.data(), payload.data.size());
  message.set_data_type(static_cast<netsvr::DataType>(payload.type));
}

template <typename Message>
void set_close(Message& message, const Close& how, const Payload& last) {
  set_payload(message, last);
  message.set_code(how.code);
  message.set_reason(how.reason);
}

template <typename Message>
void add_data(Message& message, const Strings& data, DataType type) {
  for (const std::string& one : data) message.add_data(one);
  message.set_data_type(static_cast<netsvr::DataType>(type));
}

}  // namespace

std::string Outcome::message() const {
  std::string all;
  for (const Failure& failure : failures) {
    if (!all.empty()) all += "; ";
    // Most errors of a socket name the gateway themselves.
    const bool named = failure.gateway.empty() || failure.error.subject == failure.gateway;
    all += named ? failure.error.message() : failure.gateway + ": " + failure.error.message();
  }
  return all;
}

NetBus::NetBus(Transport& transport) : transport_(transport) {
  for (const GatewayAddress& gateway : transport.gateways()) prefixes_.push_back(gateway.id);
}

// ---- which gateway

std::optional<std::size_t> NetBus::gateway_of(std::string_view connection) const {
  if (gateway_count() == 1) return 0;
  for (std::size_t i = 0; i < gateway_count(); ++i) {
    if (connection.starts_with(prefixes_[i])) return i;
  }
  return std::nullopt;
}

void NetBus::failed(Outcome& outcome, std::size_t gateway, Error error) const {
  const GatewayAddress& address = transport_.gateways()[gateway];
  outcome.failures.push_back({address.task.empty() ? address.worker : address.task, std::move(error)});
}

NetBus::Positions NetBus::split(std::span<const std::string> connections, Outcome& outcome) const {
  Positions positions(gateway_count());
  for (std::size_t i = 0; i < connections.size(); ++i) {
    if (const std::optional<std::size_t> gateway = gateway_of(connections[i])) {
      positions[*gateway].push_back(i);
    } else {
      outcome.failures.push_back({"", {ErrorCode::kNotFound, "no gateway has such ids", connections[i], ""}});
    }
  }
  return positions;
}

void NetBus::command(Outcome& outcome, std::size_t gateway, std::uint32_t id,
                     const google::protobuf::MessageLite& message) {
  Result<void> taken = transport_.command(gateway, id, message.SerializeAsString());
  if (!taken) failed(outcome, gateway, std::move(taken.error()));
}

Outcome NetBus::command_to_one(std::string_view connection, std::uint32_t id,
                               const google::protobuf::MessageLite& message) {
  Outcome outcome;
  if (const std::optional<std::size_t> gateway = gateway_of(connection)) {
    command(outcome, *gateway, id, message);
  } else {
    outcome.failures.push_back({"", {ErrorCode::kNotFound, "no gateway has such ids", std::string(connection), ""}});
  }
  return outcome;
}

Outcome NetBus::command_to_all(std::uint32_t id, const google::protobuf::MessageLite& message) {
  Outcome outcome;
  for (std::size_t i = 0; i < gateway_count(); ++i) command(outcome, i, id, message);
  return outcome;
}

// ---- what a connection is

Outcome NetBus::update(std::string_view connection, const ConnectionUpdate& update, const Payload& payload) {
  netsvr::ConnInfoUpdate message;
  message.set_uniq_id(std::string(connection));
  message.set_new_session(update.session);
  message.set_new_customer_id(update.user);
  add_strings(*message.mutable_new_topics(), update.channels);
  set_payload(message, payload);
  return command_to_one(connection, to_id(Command::kConnInfoUpdate), message);
}

Outcome NetBus::clear(std::string_view connection, Fields fields, const Payload& payload) {
  netsvr::ConnInfoDelete message;
  message.set_uniq_id(std::string(connection));
  message.set_del_session(fields.session);
  message.set_del_customer_id(fields.user);
  message.set_del_topic(fields.channels);
  set_payload(message, payload);
  return command_to_one(connection, to_id(Command::kConnInfoDelete), message);
}

Outcome NetBus::join(std::string_view connection, const Strings& channels, const Payload& payload) {
  netsvr::TopicSubscribe message;
  message.set_uniq_id(std::string(connection));
  add_strings(*message.mutable_topics(), channels);
  set_payload(message, payload);
  return command_to_one(connection, to_id(Command::kTopicSubscribe), message);
}

Outcome NetBus::leave(std::string_view connection, const Strings& channels, const Payload& payload) {
  netsvr::TopicUnsubscribe message;
  message.set_uniq_id(std::string(connection));
  add_strings(*message.mutable_topics(), channels);
  set_payload(message, payload);
  return command_to_one(connection, to_id(Command::kTopicUnsubscribe), message);
}

// ---- to connections

Outcome NetBus::send(std::string_view connection, const Payload& payload) {
  netsvr::SingleCast message;
  message.set_uniq_id(std::string(connection));
  set_payload(message, payload);
  return command_to_one(connection, to_id(Command::kSingleCast), message);
}

Outcome NetBus::send_to(const Strings& connections, const Payload& payload) {
  Outcome outcome;
  const Positions positions = split(connections, outcome);
  for (std::size_t gateway = 0; gateway < positions.size(); ++gateway) {
    if (positions[gateway].empty()) continue;
    netsvr::Multicast message;
    for (const std::size_t i : positions[gateway]) message.add_uniq_ids(connections[i]);
    set_payload(message, payload);
    command(outcome, gateway, to_id(Command::kMulticast), message);
  }
  return outcome;
}

// netsvr pairs one id with several data, or equal numbers of both. So one message to one connection is a pair.
Outcome NetBus::send_all(std::string_view connection, const Strings& messages, DataType type) {
  if (messages.empty()) return {};
  netsvr::SingleCastBulk message;
  message.add_uniq_ids(std::string(connection));
  add_data(message, messages, type);
  return command_to_one(connection, to_id(Command::kSingleCastBulk), message);
}

Outcome NetBus::send_each(const Pairs& messages, DataType type) {
  Outcome outcome;
  Strings connections;
  connections.reserve(messages.size());
  for (const auto& [connection, data] : messages) connections.push_back(connection);
  const Positions positions = split(connections, outcome);
  for (std::size_t gateway = 0; gateway < positions.size(); ++gateway) {
    if (positions[gateway].empty()) continue;
    netsvr::SingleCastBulk message;
    for (const std::size_t i : positions[gateway]) {
      message.add_uniq_ids(messages[i].first);
      message.add_data(messages[i].second);
    }
    message.set_data_type(static_cast<netsvr::DataType>(type));
    command(outcome, gateway, to_id(Command::kSingleCastBulk), message);
  }
  return outcome;
}

Outcome NetBus::broadcast(const Payload& payload, const Strings& except) {
  netsvr::Broadcast message;
  set_payload(message, payload);
  add_strings(*message.mutable_except(), except);
  return command_to_all(to_id(Command::kBroadcast), message);
}

// ---- to users

Outcome NetBus::send_to_user(const std::string& user, const Payload& payload, const Strings& except) {
  netsvr::SingleCastByCustomerId message;
  message.set_customer_id(user);
  set_payload(message, payload);
  add_strings(*message.mutable_except(), except);
  return command_to_all(to_id(Command::kSingleCastByCustomerId), message);
}

Outcome NetBus::send_to_users(const Strings& users, const Payload& payload, const Strings& except) {
  netsvr::MulticastByCustomerId message;
  add_strings(*message.mutable_customer_ids(), users);
  set_payload(message, payload);
  add_strings(*message.mutable_except(), except);
  return command_to_all(to_id(Command::kMulticastByCustomerId), message);
}

Outcome NetBus::send_all_to_user(const std::string& user, const Strings& messages, DataType type) {
  if (messages.empty()) return {};
  netsvr::SingleCastBulkByCustomerId message;
  message.add_customer_ids(user);
  add_data(message, messages, type);
  return command_to_all(to_id(Command::kSingleCastBulkByCustomerId), message);
}

Outcome NetBus::send_each_to_users(const Pairs& messages, DataType type) {
  if (messages.empty()) return {};
  netsvr::SingleCastBulkByCustomerId message;
  for (const auto& [user, data] : messages) {
    message.add_customer_ids(user);
    message.add_data(data);
  }
  message.set_data_type(static_cast<netsvr::DataType>(type));
  return command_to_all(to_id(Command::kSingleCastBulkByCustomerId), message);
}

// ---- channels

Outcome NetBus::publish(const std::string& channel, const Payload& payload, const Strings& except) {
  netsvr::TopicPublish message;
  message.add_topics(channel);
  set_payload(message, payload);
  add_strings(*message.mutable_except(), except);
  return command_to_all(to_id(Command::kTopicPublish), message);
}

Outcome NetBus::publish_to(const Strings& channels, const Payload& payload, const Strings& except) {
  netsvr::TopicPublish message;
  add_strings(*message.mutable_topics(), channels);
  set_payload(message, payload);
  add_strings(*message.mutable_except(), except);
  return command_to_all(to_id(Command::kTopicPublish), message);
}

Outcome NetBus::publish_all(const std::string& channel, const Strings& messages, DataType type) {
  if (messages.empty()) return {};
  netsvr::TopicPublishBulk message;
  message.add_topics(channel);
  add_data(message, messages, type);
  return command_to_all(to_id(Command::kTopicPublishBulk), message);
}

Outcome NetBus::publish_each(const Pairs& messages, DataType type) {
  if (messages.empty()) return {};
  netsvr::TopicPublishBulk message;
  for (const auto& [channel, data] : messages) {
    message.add_topics(channel);
    message.add_data(data);
  }
  message.set_data_type(static_cast<netsvr::DataType>(type));
  return command_to_all(to_id(Command::kTopicPublishBulk), message);
}

Outcome NetBus::delete_channels(const Strings& channels, const Payload& payload) {
  netsvr::TopicDelete message;
  add_strings(*message.mutable_topics(), channels);
  set_payload(message, payload);
  return command_to_all(to_id(Command::kTopicDelete), message);
}

// ---- closing

Outcome NetBus::close(std::string_view connection, const Close& how, const Payload& last) {
  netsvr::ForceOffline message;
  message.add_uniq_ids(std::string(connection));
  set_close(message, how, last);
  return command_to_one(connection, to_id(Command::kForceOffline), message);
}

Outcome NetBus::close_connections(const Strings& connections, const Close& how, const Payload& last) {
  Outcome outcome;
  const Positions positions = split(connections, outcome);
  for (std::size_t gateway = 0; gateway < positions.size(); ++gateway) {
    if (positions[gateway].empty()) continue;
    netsvr::ForceOffline message;
    for (const std::size_t i : positions[gateway]) message.add_uniq_ids(connections[i]);
    set_close(message, how, last);
    command(outcome, gateway, to_id(Command::kForceOffline), message);
  }
  return outcome;
}

Outcome NetBus::close_users(const Strings& users, const Close& how, const Payload& last) {
  netsvr::ForceOfflineByCustomerId message;
  add_strings(*message.mutable_customer_ids(), users);
  set_close(message, how, last);
  return command_to_all(to_id(Command::kForceOfflineByCustomerId), message);
}

Outcome NetBus::close_guests(const Strings& connections, std::chrono::seconds delay, const Payload& last) {
  Outcome outcome;
  const Positions positions = split(connections, outcome);
  for (std::size_t gateway = 0; gateway < positions.size(); ++gateway) {
    if (positions[gateway].empty()) continue;
    netsvr::ForceOfflineGuest message;
    for (const std::size_t i : positions[gateway]) message.add_uniq_ids(connections[i]);
    message.set_delay(static_cast<std::int32_t>(delay.count()));
    set_payload(message, last);
    command(outcome, gateway, to_id(Command::kForceOfflineGuest), message);
  }
  return outcome;
}

}  // namespace laraman::business
