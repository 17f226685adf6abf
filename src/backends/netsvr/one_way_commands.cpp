#include "backends/netsvr/one_way_commands.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "websocket/frame.h"

namespace laraman::backends::netsvr {
namespace {

namespace netsvr = wire::netsvr;
using gateway::Change;
using gateway::Close;
using gateway::ConnectionId;
using gateway::MessageType;
using gateway::Shard;
using netsvr::Command;

using Strings = google::protobuf::RepeatedPtrField<std::string>;

// Malformed ids are left out: no connection has them.
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

OneWayCommands::OneWayCommands(gateway::Gateway& gateway, Shard& shard, MessageType configured)
    : commands_(gateway.commands()),
      shard_(shard),
      configured_(configured),
      timer_(shard.loop(), [this] { run_due(); }) {}

template <typename Message>
OneWayCommands::Outcome OneWayCommands::parse_and_do(std::string_view bytes,
                                                     void (OneWayCommands::*carry_out)(const Message&)) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Outcome::kMalformed;
  (this->*carry_out)(message);
  return Outcome::kDone;
}

OneWayCommands::Outcome OneWayCommands::run(Command command, std::string_view message) {
  switch (command) {
    case Command::kConnInfoUpdate: return parse_and_do(message, &OneWayCommands::update);
    case Command::kConnInfoDelete: return parse_and_do(message, &OneWayCommands::clear);
    case Command::kBroadcast: return parse_and_do(message, &OneWayCommands::broadcast);
    case Command::kMulticast: return parse_and_do(message, &OneWayCommands::multicast);
    case Command::kMulticastByCustomerId: return parse_and_do(message, &OneWayCommands::multicast_to_users);
    case Command::kSingleCast: return parse_and_do(message, &OneWayCommands::cast);
    case Command::kSingleCastBulk: return parse_and_do(message, &OneWayCommands::cast_bulk);
    case Command::kSingleCastByCustomerId: return parse_and_do(message, &OneWayCommands::cast_to_user);
    case Command::kSingleCastBulkByCustomerId: return parse_and_do(message, &OneWayCommands::cast_bulk_to_users);
    case Command::kTopicSubscribe: return parse_and_do(message, &OneWayCommands::subscribe);
    case Command::kTopicUnsubscribe: return parse_and_do(message, &OneWayCommands::unsubscribe);
    case Command::kTopicDelete: return parse_and_do(message, &OneWayCommands::delete_channels);
    case Command::kTopicPublish: return parse_and_do(message, &OneWayCommands::publish);
    case Command::kTopicPublishBulk: return parse_and_do(message, &OneWayCommands::publish_bulk);
    case Command::kForceOffline: return parse_and_do(message, &OneWayCommands::close);
    case Command::kForceOfflineByCustomerId: return parse_and_do(message, &OneWayCommands::close_users);
    case Command::kForceOfflineGuest: return parse_and_do(message, &OneWayCommands::close_guests);
    case Command::kLoginClose: return parse_and_do(message, &OneWayCommands::close_logins);
    case Command::kLoginUpdate: return parse_and_do(message, &OneWayCommands::update_login);
    case Command::kChannelsUpdate: return parse_and_do(message, &OneWayCommands::change_channels);
    default: return Outcome::kNotOneWay;
  }
}

template <typename Message>
gateway::Message OneWayCommands::encode(const Message& command, std::string_view data) const {
  if (!command.event().empty()) return gateway::Message::event(command.event(), data.empty() ? "null" : data);
  switch (command.data_type()) {
    case netsvr::TEXT: return {MessageType::kText, data};
    case netsvr::BINARY: return {MessageType::kBinary, data};
    default: return {configured_, data};
  }
}

template <typename Message>
gateway::Message OneWayCommands::encode_unless_empty(const Message& command, std::string_view data) const {
  if (data.empty() && command.event().empty() && command.data_type() == netsvr::CONFIGURED) return {};
  return encode(command, data);
}

OneWayCommands::Pairing OneWayCommands::pair(Command command, int receivers, int payloads) {
  if (receivers == 1 && payloads > 1) return Pairing::kAllToOne;
  if (receivers == payloads) return Pairing::kPairs;
  if (const std::uint64_t times = unpaired_.admit(shard_.loop().now())) {
    log::warning("command dropped command={} receivers={} messages={} times={}", netsvr::to_string(command), receivers,
                 payloads, times);
  }
  return Pairing::kNone;
}

void OneWayCommands::send(std::string_view uniq_id, const gateway::Message& message) {
  if (const std::optional<ConnectionId> id = ConnectionId::parse(uniq_id)) commands_.send(shard_, *id, message);
}

// ---- one connection's state

void OneWayCommands::update(const netsvr::ConnInfoUpdate& message) {
  const std::optional<ConnectionId> id = ConnectionId::parse(message.uniq_id());
  if (!id) return;
  Change change;
  if (!message.new_session().empty()) change.session = message.new_session();
  if (!message.new_customer_id().empty()) change.user = message.new_customer_id();
  if (!message.new_topics().empty()) change.channels = distinct(message.new_topics());
  change.meta.assign(message.meta().begin(), message.meta().end());
  commands_.change(shard_, *id, std::move(change));
  commands_.send(shard_, *id, encode_unless_empty(message));
}

void OneWayCommands::clear(const netsvr::ConnInfoDelete& message) {
  const std::optional<ConnectionId> id = ConnectionId::parse(message.uniq_id());
  if (!id) return;
  Change change;
  if (message.del_session()) change.session.emplace();
  if (message.del_customer_id()) change.user.emplace();
  if (message.del_topic()) change.channels.emplace();
  commands_.change(shard_, *id, std::move(change));
  commands_.send(shard_, *id, encode_unless_empty(message));
}

void OneWayCommands::subscribe(const netsvr::TopicSubscribe& message) {
  const std::optional<ConnectionId> id = ConnectionId::parse(message.uniq_id());
  if (!id || message.topics().empty()) return;
  Change change;
  change.join = distinct(message.topics());
  commands_.change(shard_, *id, std::move(change));
  commands_.send(shard_, *id, encode_unless_empty(message));
}

void OneWayCommands::unsubscribe(const netsvr::TopicUnsubscribe& message) {
  const std::optional<ConnectionId> id = ConnectionId::parse(message.uniq_id());
  if (!id || message.topics().empty()) return;
  Change change;
  change.leave = distinct(message.topics());
  commands_.change(shard_, *id, std::move(change));
  commands_.send(shard_, *id, encode_unless_empty(message));
}

// ---- messages to connections and users

void OneWayCommands::broadcast(const netsvr::Broadcast& message) {
  commands_.broadcast(shard_, {encode_unless_empty(message), parse_ids(message.except())});
}

void OneWayCommands::multicast(const netsvr::Multicast& message) {
  const gateway::Message outgoing = encode_unless_empty(message);
  for (const std::string& id : message.uniq_ids()) send(id, outgoing);
}

void OneWayCommands::multicast_to_users(const netsvr::MulticastByCustomerId& message) {
  const gateway::Message outgoing = encode_unless_empty(message);
  const std::vector<ConnectionId> except = parse_ids(message.except());
  for (std::string& user : distinct(message.customer_ids())) {
    commands_.send_to_user(shard_, {std::move(user), outgoing, except});
  }
}

void OneWayCommands::cast(const netsvr::SingleCast& message) { send(message.uniq_id(), encode_unless_empty(message)); }

void OneWayCommands::cast_bulk(const netsvr::SingleCastBulk& message) {
  const Pairing how = pair(Command::kSingleCastBulk, message.uniq_ids_size(), message.data_size());
  if (how == Pairing::kNone) return;
  for (int i = 0; i < message.data_size(); ++i) {
    send(message.uniq_ids(how == Pairing::kAllToOne ? 0 : i), encode_unless_empty(message, message.data(i)));
  }
}

void OneWayCommands::cast_to_user(const netsvr::SingleCastByCustomerId& message) {
  commands_.send_to_user(shard_, {message.customer_id(), encode_unless_empty(message), parse_ids(message.except())});
}

void OneWayCommands::cast_bulk_to_users(const netsvr::SingleCastBulkByCustomerId& message) {
  const Pairing how = pair(Command::kSingleCastBulkByCustomerId, message.customer_ids_size(), message.data_size());
  if (how == Pairing::kNone) return;
  for (int i = 0; i < message.data_size(); ++i) {
    const std::string& user = message.customer_ids(how == Pairing::kAllToOne ? 0 : i);
    commands_.send_to_user(shard_, {user, encode_unless_empty(message, message.data(i))});
  }
}

// ---- channels

void OneWayCommands::change_channels(const netsvr::ChannelsUpdate& message) {
  gateway::Audience audience;
  audience.channels = distinct(message.topics());
  audience.users = distinct(message.customer_ids());
  audience.ids = parse_ids(message.uniq_ids());
  audience.everybody = message.all();
  audience.except = parse_ids(message.except());
  commands_.change_channels(shard_, {std::move(audience), distinct(message.join()), distinct(message.leave())});
}

void OneWayCommands::delete_channels(const netsvr::TopicDelete& message) {
  commands_.vacate(shard_, distinct(message.topics()), encode_unless_empty(message));
}

void OneWayCommands::publish(const netsvr::TopicPublish& message) {
  const gateway::Message outgoing = encode_unless_empty(message);
  if (outgoing.empty()) return;
  const std::vector<ConnectionId> except = parse_ids(message.except());
  for (const std::string& channel : message.topics()) commands_.publish(shard_, {channel, outgoing, except});
}

void OneWayCommands::publish_bulk(const netsvr::TopicPublishBulk& message) {
  const Pairing how = pair(Command::kTopicPublishBulk, message.topics_size(), message.data_size());
  if (how == Pairing::kNone) return;
  for (int i = 0; i < message.data_size(); ++i) {
    // Several messages to one channel: empty ones are sent too.
    if (how == Pairing::kAllToOne) {
      commands_.publish(shard_, {message.topics(0), encode(message, message.data(i)), {}});
    } else if (!message.data(i).empty()) {
      commands_.publish(shard_, {message.topics(i), encode(message, message.data(i)), {}});
    }
  }
}

// ---- closing

void OneWayCommands::close(const netsvr::ForceOffline& message) {
  const gateway::Message last = encode_unless_empty(message);
  const Close close = close_frame(message.code(), message.reason(), "forceOffline");
  for (const ConnectionId& id : parse_ids(message.uniq_ids())) commands_.close(shard_, id, close, last);
}

void OneWayCommands::close_users(const netsvr::ForceOfflineByCustomerId& message) {
  gateway::UserClose command{"", close_frame(message.code(), message.reason(), "forceOfflineByCustomerId")};
  command.last = encode_unless_empty(message);
  command.except_login = message.except_login();
  command.except = parse_ids(message.except());
  command.opening = ConnectionId::parse(message.opening()).value_or(ConnectionId());
  for (std::string& user : distinct(message.customer_ids())) {
    command.user = std::move(user);
    commands_.close_user(shard_, command);
  }
}

void OneWayCommands::close_logins(const netsvr::LoginClose& message) {
  const Close close = close_frame(message.code(), message.reason(), "");
  for (const std::string& login : distinct(message.logins())) commands_.close_login(shard_, {login, close});
}

void OneWayCommands::update_login(const netsvr::LoginUpdate& message) {
  if (message.login().empty()) return;
  Change change;
  if (!message.new_login().empty()) change.login = message.new_login();
  change.meta.assign(message.meta().begin(), message.meta().end());
  commands_.change_login(shard_, {message.login(), std::move(change)});
}

void OneWayCommands::close_guests(const netsvr::ForceOfflineGuest& message) {
  auto task = [this, ids = parse_ids(message.uniq_ids()), last = encode_unless_empty(message)] {
    const Close close{websocket::close_code::kPolicyViolation, "forceOfflineGuest"};
    for (const ConnectionId& id : ids) commands_.close_guest(shard_, id, close, last);
  };
  if (message.delay() <= 0) {
    task();
  } else {
    run_later(std::chrono::seconds(message.delay()), std::move(task));
  }
}

void OneWayCommands::run_later(Duration delay, std::function<void()> task) {
  const auto at = later_.emplace(shard_.loop().now() + delay, std::move(task));
  if (at == later_.begin()) timer_.start(delay);
}

void OneWayCommands::run_due() {
  const TimePoint now = shard_.loop().now();
  while (!later_.empty() && later_.begin()->first <= now) {
    const std::function<void()> task = std::move(later_.begin()->second);
    later_.erase(later_.begin());
    task();
  }
  if (!later_.empty()) timer_.start(later_.begin()->first - now);
}

}  // namespace laraman::backends::netsvr
