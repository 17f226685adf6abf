#include "business_server/commands.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "gateway/connection.h"
#include "websocket/frame.h"

namespace laraman::business_server {
namespace {

namespace netsvr = wire::netsvr;
using gateway::Change;
using gateway::Close;
using gateway::ConnectionId;
using gateway::MessageType;
using gateway::OutgoingMessage;
using gateway::Shard;
using netsvr::Command;

using Strings = google::protobuf::RepeatedPtrField<std::string>;

// Ids that are none are left out: nobody has them.
std::vector<ConnectionId> parse_ids(const Strings& texts) {
  std::vector<ConnectionId> ids;
  ids.reserve(static_cast<std::size_t>(texts.size()));
  for (const std::string& text : texts) {
    if (const std::optional<ConnectionId> id = ConnectionId::parse(text)) ids.push_back(*id);
  }
  return ids;
}

// Each name once, in the order of their first appearance, empty ones left out.
std::vector<std::string> distinct(const Strings& names) {
  std::vector<std::string> once;
  absl::flat_hash_set<std::string_view> seen;
  for (const std::string& name : names) {
    if (!name.empty() && seen.insert(name).second) once.push_back(name);
  }
  return once;
}

Close close_frame(std::uint32_t code, const std::string& reason, std::string_view default_reason) {
  // A business that names a code means what it says, also when it gives no reason.
  const bool is_named = code <= 0xffff && websocket::may_be_sent(static_cast<std::uint16_t>(code));
  Close close{websocket::close_code::kPolicyViolation,
              reason.empty() && !is_named ? std::string(default_reason) : reason};
  if (is_named) close.code = static_cast<std::uint16_t>(code);
  return close;
}

}  // namespace

Commands::Commands(gateway::Gateway& gateway, Shard& shard, MessageType configured)
    : gateway_(gateway), shard_(shard), configured_(configured), timer_(shard.loop(), [this] { run_due(); }) {}

template <typename Message>
Commands::Outcome Commands::parse_and_do(std::string_view bytes, void (Commands::*carry_out)(const Message&)) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Outcome::kMalformed;
  (this->*carry_out)(message);
  return Outcome::kDone;
}

Commands::Outcome Commands::run(Command command, std::string_view message) {
  switch (command) {
    case Command::kConnInfoUpdate: return parse_and_do(message, &Commands::update);
    case Command::kConnInfoDelete: return parse_and_do(message, &Commands::clear);
    case Command::kBroadcast: return parse_and_do(message, &Commands::broadcast);
    case Command::kMulticast: return parse_and_do(message, &Commands::multicast);
    case Command::kMulticastByCustomerId: return parse_and_do(message, &Commands::multicast_to_users);
    case Command::kSingleCast: return parse_and_do(message, &Commands::cast);
    case Command::kSingleCastBulk: return parse_and_do(message, &Commands::cast_bulk);
    case Command::kSingleCastByCustomerId: return parse_and_do(message, &Commands::cast_to_user);
    case Command::kSingleCastBulkByCustomerId: return parse_and_do(message, &Commands::cast_bulk_to_users);
    case Command::kTopicSubscribe: return parse_and_do(message, &Commands::subscribe);
    case Command::kTopicUnsubscribe: return parse_and_do(message, &Commands::unsubscribe);
    case Command::kTopicDelete: return parse_and_do(message, &Commands::delete_channels);
    case Command::kTopicPublish: return parse_and_do(message, &Commands::publish);
    case Command::kTopicPublishBulk: return parse_and_do(message, &Commands::publish_bulk);
    case Command::kForceOffline: return parse_and_do(message, &Commands::close);
    case Command::kForceOfflineByCustomerId: return parse_and_do(message, &Commands::close_users);
    case Command::kForceOfflineGuest: return parse_and_do(message, &Commands::close_guests);
    case Command::kLoginClose: return parse_and_do(message, &Commands::close_logins);
    case Command::kLoginUpdate: return parse_and_do(message, &Commands::update_login);
    default: return Outcome::kNotOneWay;
  }
}

OutgoingMessage Commands::encode(netsvr::DataType type, std::string_view payload) const {
  switch (type) {
    case netsvr::TEXT: return {MessageType::kText, payload};
    case netsvr::BINARY: return {MessageType::kBinary, payload};
    default: return {configured_, payload};
  }
}

OutgoingMessage Commands::encode_unless_empty(netsvr::DataType type, std::string_view payload) const {
  return payload.empty() && type == netsvr::CONFIGURED ? OutgoingMessage() : encode(type, payload);
}

Commands::Pairing Commands::pair(Command command, int receivers, int payloads) {
  if (receivers == 1 && payloads > 1) return Pairing::kAllToOne;
  if (receivers == payloads) return Pairing::kPairs;
  if (const std::uint64_t times = unpaired_.admit(shard_.loop().now())) {
    log::warning("command dropped command={} receivers={} messages={} times={}", netsvr::to_string(command), receivers,
                 payloads, times);
  }
  return Pairing::kNone;
}

void Commands::send(std::string_view uniq_id, const OutgoingMessage& message) {
  if (const std::optional<ConnectionId> id = ConnectionId::parse(uniq_id)) gateway_.send(shard_, *id, message);
}

// ---- one connection's state

void Commands::update(const netsvr::ConnInfoUpdate& message) {
  const std::optional<ConnectionId> id = ConnectionId::parse(message.uniq_id());
  if (!id) return;
  Change change;
  if (!message.new_session().empty()) change.session = message.new_session();
  if (!message.new_customer_id().empty()) change.user = message.new_customer_id();
  if (!message.new_topics().empty()) change.channels = distinct(message.new_topics());
  change.meta.assign(message.meta().begin(), message.meta().end());
  gateway_.change(shard_, *id, std::move(change));
  gateway_.send(shard_, *id, encode_unless_empty(message.data_type(), message.data()));
}

void Commands::clear(const netsvr::ConnInfoDelete& message) {
  const std::optional<ConnectionId> id = ConnectionId::parse(message.uniq_id());
  if (!id) return;
  Change change;
  if (message.del_session()) change.session.emplace();
  if (message.del_customer_id()) change.user.emplace();
  if (message.del_topic()) change.channels.emplace();
  gateway_.change(shard_, *id, std::move(change));
  gateway_.send(shard_, *id, encode_unless_empty(message.data_type(), message.data()));
}

void Commands::subscribe(const netsvr::TopicSubscribe& message) {
  const std::optional<ConnectionId> id = ConnectionId::parse(message.uniq_id());
  if (!id || message.topics().empty()) return;
  Change change;
  change.join = distinct(message.topics());
  gateway_.change(shard_, *id, std::move(change));
  gateway_.send(shard_, *id, encode_unless_empty(message.data_type(), message.data()));
}

void Commands::unsubscribe(const netsvr::TopicUnsubscribe& message) {
  const std::optional<ConnectionId> id = ConnectionId::parse(message.uniq_id());
  if (!id || message.topics().empty()) return;
  Change change;
  change.leave = distinct(message.topics());
  gateway_.change(shard_, *id, std::move(change));
  gateway_.send(shard_, *id, encode_unless_empty(message.data_type(), message.data()));
}

// ---- messages to connections and users

void Commands::broadcast(const netsvr::Broadcast& message) {
  gateway_.broadcast(shard_, encode_unless_empty(message.data_type(), message.data()), parse_ids(message.except()));
}

void Commands::multicast(const netsvr::Multicast& message) {
  const OutgoingMessage outgoing = encode_unless_empty(message.data_type(), message.data());
  for (const std::string& id : message.uniq_ids()) send(id, outgoing);
}

void Commands::multicast_to_users(const netsvr::MulticastByCustomerId& message) {
  const OutgoingMessage outgoing = encode_unless_empty(message.data_type(), message.data());
  const std::vector<ConnectionId> except = parse_ids(message.except());
  for (std::string& user : distinct(message.customer_ids())) {
    gateway_.send_to_user(shard_, std::move(user), outgoing, except);
  }
}

void Commands::cast(const netsvr::SingleCast& message) {
  send(message.uniq_id(), encode_unless_empty(message.data_type(), message.data()));
}

void Commands::cast_bulk(const netsvr::SingleCastBulk& message) {
  const Pairing how = pair(Command::kSingleCastBulk, message.uniq_ids_size(), message.data_size());
  if (how == Pairing::kNone) return;
  for (int i = 0; i < message.data_size(); ++i) {
    send(message.uniq_ids(how == Pairing::kAllToOne ? 0 : i),
         encode_unless_empty(message.data_type(), message.data(i)));
  }
}

void Commands::cast_to_user(const netsvr::SingleCastByCustomerId& message) {
  if (message.customer_id().empty()) return;
  gateway_.send_to_user(shard_, message.customer_id(), encode_unless_empty(message.data_type(), message.data()),
                        parse_ids(message.except()));
}

void Commands::cast_bulk_to_users(const netsvr::SingleCastBulkByCustomerId& message) {
  const Pairing how = pair(Command::kSingleCastBulkByCustomerId, message.customer_ids_size(), message.data_size());
  if (how == Pairing::kNone) return;
  for (int i = 0; i < message.data_size(); ++i) {
    const std::string& user = message.customer_ids(how == Pairing::kAllToOne ? 0 : i);
    if (user.empty()) continue;
    gateway_.send_to_user(shard_, user, encode_unless_empty(message.data_type(), message.data(i)));
  }
}

// ---- channels

void Commands::delete_channels(const netsvr::TopicDelete& message) {
  Change change;
  change.leave = distinct(message.topics());
  const OutgoingMessage outgoing = encode_unless_empty(message.data_type(), message.data());
  gateway_.on_every_shard(shard_, [change, outgoing](Shard& shard) {
    absl::flat_hash_set<ConnectionId> members;
    for (const std::string& channel : change.leave) {
      const auto it = shard.channels().find(channel);
      if (it == shard.channels().end()) continue;
      for (const gateway::Connection* connection : it->second) members.insert(connection->id());
    }
    for (const ConnectionId& id : members) {
      shard.change(id, change);
      shard.send(id, outgoing);
    }
  });
}

void Commands::publish(const netsvr::TopicPublish& message) {
  const OutgoingMessage outgoing = encode_unless_empty(message.data_type(), message.data());
  if (outgoing.empty()) return;
  const std::vector<ConnectionId> except = parse_ids(message.except());
  for (const std::string& channel : message.topics()) gateway_.publish(shard_, {channel, outgoing, except});
}

void Commands::publish_bulk(const netsvr::TopicPublishBulk& message) {
  const Pairing how = pair(Command::kTopicPublishBulk, message.topics_size(), message.data_size());
  if (how == Pairing::kNone) return;
  for (int i = 0; i < message.data_size(); ++i) {
    // Several messages to one channel: empty ones are sent too.
    if (how == Pairing::kAllToOne) {
      gateway_.publish(shard_, {message.topics(0), encode(message.data_type(), message.data(i)), {}});
    } else if (!message.data(i).empty()) {
      gateway_.publish(shard_, {message.topics(i), encode(message.data_type(), message.data(i)), {}});
    }
  }
}

// ---- closing

void Commands::close(const netsvr::ForceOffline& message) {
  const OutgoingMessage last = encode_unless_empty(message.data_type(), message.data());
  const Close close = close_frame(message.code(), message.reason(), "forceOffline");
  for (const ConnectionId& id : parse_ids(message.uniq_ids())) {
    gateway_.send(shard_, id, last);
    gateway_.close(shard_, id, close);
  }
}

void Commands::close_users(const netsvr::ForceOfflineByCustomerId& message) {
  gateway::UserClose command{"", close_frame(message.code(), message.reason(), "forceOfflineByCustomerId")};
  command.last = encode_unless_empty(message.data_type(), message.data());
  command.except_login = message.except_login();
  command.except = parse_ids(message.except());
  command.opening = ConnectionId::parse(message.opening()).value_or(ConnectionId());
  for (std::string& user : distinct(message.customer_ids())) {
    command.user = std::move(user);
    gateway_.close_user(shard_, command);
  }
}

void Commands::close_logins(const netsvr::LoginClose& message) {
  const Close close = close_frame(message.code(), message.reason(), "");
  for (const std::string& login : distinct(message.logins())) gateway_.close_login(shard_, {login, close});
}

void Commands::update_login(const netsvr::LoginUpdate& message) {
  if (message.login().empty()) return;
  Change change;
  if (!message.new_login().empty()) change.login = message.new_login();
  change.meta.assign(message.meta().begin(), message.meta().end());
  gateway_.change_login(shard_, {message.login(), std::move(change)});
}

void Commands::close_guests(const netsvr::ForceOfflineGuest& message) {
  auto task = [this, ids = parse_ids(message.uniq_ids()),
               last = encode_unless_empty(message.data_type(), message.data())] {
    for (const ConnectionId& id : ids) {
      if (id.loop() >= gateway_.shard_count()) continue;
      shard_.post(id.loop(), [id, last](Shard& shard) {
        const gateway::Connection* connection = shard.find(id);
        if (connection == nullptr || !connection->info().user.empty() || !connection->info().session.empty()) return;
        shard.send(id, last);
        shard.close(id, {websocket::close_code::kPolicyViolation, "forceOfflineGuest"});
      });
    }
  };
  if (message.delay() <= 0) {
    task();
  } else {
    run_later(std::chrono::seconds(message.delay()), std::move(task));
  }
}

void Commands::run_later(Duration delay, std::function<void()> task) {
  const auto at = later_.emplace(shard_.loop().now() + delay, std::move(task));
  if (at == later_.begin()) timer_.start(delay);
}

void Commands::run_due() {
  const TimePoint now = shard_.loop().now();
  while (!later_.empty() && later_.begin()->first <= now) {
    const std::function<void()> task = std::move(later_.begin()->second);
    later_.erase(later_.begin());
    task();
  }
  if (!later_.empty()) timer_.start(later_.begin()->first - now);
}

}  // namespace laraman::business_server
