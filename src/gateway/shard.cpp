#include "gateway/shard.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "base/log_limiter.h"
#include "base/try.h"
#include "gateway/connection.h"
#include "gateway/gateway.h"
#include "websocket/frame.h"

namespace laraman::gateway {
namespace {

constexpr std::size_t kMailboxBatches = 4096;
constexpr std::size_t kMaxPostedTasks = 65'536;  // waiting for one other loop; above it this one is congested

constexpr std::array<const char*, kOpenRefusals> kOpenRefusalNames = {
    "too many connections", "too many opens a second", "too many close events wait", "origin not allowed"};

Duration sweep_interval(const ShardOptions& options) {
  if (options.heartbeat <= Duration::zero()) return std::chrono::seconds(1);
  return std::min<Duration>(options.heartbeat / 8, std::chrono::seconds(1));
}

bool excepted(std::span<const ConnectionId> except, const ConnectionId& id) {
  return std::find(except.begin(), except.end(), id) != except.end();
}

}  // namespace

class Shard::TurnEnd final : public net::TurnEndHandler {
 public:
  explicit TurnEnd(Shard& shard) : shard_(shard) {}
  void on_turn_end() override {
    registered_ = false;
    shard_.close_overflowed();
    shard_.send_posted();
  }
  void want() {
    if (registered_) return;
    registered_ = true;
    shard_.loop_.at_turn_end(*this);
  }

 private:
  Shard& shard_;
  bool registered_ = false;
};

Result<std::unique_ptr<Shard>> Shard::create(Gateway& gateway, std::uint8_t index, net::EventLoop& loop,
                                             const GatewayAddress& address, const ShardOptions& options,
                                             LoopSlot* slot) {
  std::unique_ptr<Shard> shard(new Shard(gateway, index, loop, address, options, slot));
  RETURN_IF_ERROR(shard->open_mailbox());
  return shard;
}

Shard::Shard(Gateway& gateway, std::uint8_t index, net::EventLoop& loop, const GatewayAddress& address,
             const ShardOptions& options, LoopSlot* slot)
    : gateway_(gateway),
      index_(index),
      loop_(loop),
      options_(options),
      limits_(gateway.limits()),
      slot_(slot != nullptr ? slot : &own_slot_),
      ids_(address, index),
      channels_(*this, options.channels),
      turn_end_(std::make_unique<TurnEnd>(*this)),
      sweep_timer_(loop, [this] { sweep(); }) {
  slot_->connections.reset();  // of a gateway before this one
  sweep_timer_.start(sweep_interval(options_));
}

Shard::~Shard() = default;

Result<void> Shard::open_mailbox() {
  auto mailbox =
      net::Mailbox<TaskBatch>::open(loop_, kMailboxBatches, [this](TaskBatch batch) { receive(std::move(batch)); });
  if (!mailbox) return std::move(mailbox.error());
  mailbox_ = std::move(*mailbox);
  return {};
}

// ---- connections

ConnectionId Shard::next_id() {
  const ConnectionId id = ids_.next(static_cast<std::uint32_t>(unix_seconds()));
  handshake_commands_.begin(id);
  return id;
}

std::optional<Close> Shard::enter() {
  const std::optional<OpenRefusal> refusal = limits_.enter(loop_.now());
  if (!refusal) return std::nullopt;
  count_refusal(*refusal);
  return Close{1013, "try again later"};
}

bool Shard::refuses_handshake() {
  if (refuses_handshakes_) count_refusal(OpenRefusal::kCloses);
  return refuses_handshakes_;
}

void Shard::count_refusal(OpenRefusal refusal) {
  const auto reason = static_cast<std::size_t>(refusal);
  counters_.opens_refused[reason].add();
  if (!std::exchange(open_refusal_logged_[reason], true)) {
    log::warning("handshake refused reason=\"{}\"", kOpenRefusalNames[reason]);
  }
}

void Shard::count_dropped_message(MessageRefusal refusal, const ConnectionId& id) {
  const auto reason = static_cast<std::size_t>(refusal);
  counters_.messages_dropped[reason].add();
  if (!std::exchange(message_refusal_logged_[reason], true)) {
    log::warning("message of a client dropped reason=\"{}\" connection={}",
                 refusal == MessageRefusal::kWindow ? "too many in its window" : "too many a second of all clients",
                 id.hex());
  }
}

void Shard::count_foreign_origin() { counters_.opens_refused[static_cast<std::size_t>(OpenRefusal::kOrigin)].add(); }

void Shard::give_up(const ConnectionId& id) {
  handshake_commands_.end(id);
  limits_.leave();
}

void Shard::open(std::unique_ptr<Transport> transport, Opening opening) {
  auto owned =
      std::make_unique<Connection>(*this, std::move(transport), *opening.protocol, opening.id, std::move(opening.info));
  Connection& connection = *owned;
  connections_.emplace(opening.id, std::move(owned));
  slot_->connections.add();
  counters_.opened.add();
  index_under(connection);
  connection.begin();
  Event event = connection.event(Event::Kind::kOpen);
  event.data = net::SharedBytes(opening.offered_protocols);
  emit(std::move(event));
  for (const std::string& channel : opening.channels) join(connection, channel, {});
  connection.protocol().on_open(connection);
  catch_up(connection);
  for (const Message& message : opening.messages) connection.send(message);
  if (opening.close) connection.close(*opening.close);
}

// The application has let it in, so the client gets its 101 and then the close frame, and close() is called.
void Shard::catch_up(Connection& connection) {
  const HandshakeCommands::Missed missed = handshake_commands_.end(connection.id());
  const bool is_known = !connection.info().user.empty() || !connection.info().login.empty();
  if (!missed.complete && is_known) {
    static LogLimiter limiter;
    if (const auto times = limiter.admit(loop_.now())) {
      log::warning("connection closed reason=\"too many closes of users and log-ins during its handshake\" times={}",
                   times);
    }
    return connection.close({websocket::close_code::kTryAgainLater, "try again later"});
  }
  for (const auto& command : missed.commands) {
    std::visit([&](const auto& one) { carry_out(one, connection); }, *command);
  }
}

void Shard::open_gone(Opening opening) {
  give_up(opening.id);
  counters_.opened.add();
  counters_.closed.add();
  Event event;
  event.kind = Event::Kind::kOpen;
  event.received = loop_.now();
  event.connection = opening.id;
  event.info = std::make_shared<const ConnectionInfo>(std::move(opening.info));
  event.data = net::SharedBytes(opening.offered_protocols);
  emit(Event(event));
  if (!opening.channels.empty()) {
    event.channels = std::make_shared<const std::vector<std::string>>(std::move(opening.channels));
  }
  event.kind = Event::Kind::kClose;
  event.data = {};
  event.close_code = websocket::close_code::kAbnormal;
  emit(std::move(event));
}

Connection* Shard::find(const ConnectionId& id) const {
  const auto it = connections_.find(id);
  return it == connections_.end() ? nullptr : it->second.get();
}

void Shard::detach(Connection& connection, const Ending& ending) {
  const auto it = connections_.find(connection.id());
  if (it == connections_.end()) return;
  std::unique_ptr<Connection> owned = std::move(it->second);
  connections_.erase(it);
  closing_.emplace(&connection, std::move(owned));
  slot_->connections.subtract();
  counters_.closed.add();
  limits_.leave();
  stopped_.erase(&connection);
  Event close = connection.event(Event::Kind::kClose);
  close.close_code = ending.code;
  close.by_gateway = ending.by_gateway;
  if (!ending.reason.empty()) close.data = net::SharedBytes(ending.reason);
  unindex(connection);
  if (close.channels && wanted_.contain(Event::Kind::kLeave)) {
    for (const std::string& channel : *close.channels) leave(connection, channel);
  }
  channels_.leave_all(connection);
  connection.protocol().on_close(connection);
  emit(std::move(close));
}

void Shard::destroy(Connection& connection) {
  const auto it = closing_.find(&connection);
  loop_.destroy_later(std::shared_ptr<Connection>(std::move(it->second)));
  closing_.erase(it);
}

void Shard::add(Index& index, const std::string& name, Connection& connection) { index[name].insert(&connection); }

void Shard::remove(Index& index, const std::string& name, Connection& connection) {
  const auto it = index.find(name);
  if (it == index.end()) return;
  it->second.erase(&connection);
  if (it->second.empty()) index.erase(it);
}

void Shard::index_under(Connection& connection) {
  const ConnectionInfo& info = connection.info();
  if (!info.user.empty()) add(users_, info.user, connection);
  if (!info.login.empty()) add(logins_, info.login, connection);
}

void Shard::unindex(Connection& connection) {
  const ConnectionInfo& info = connection.info();
  if (!info.user.empty()) remove(users_, info.user, connection);
  if (!info.login.empty()) remove(logins_, info.login, connection);
}

// ---- commands

void Shard::change(const ConnectionId& id, const Change& change) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  if (change.user || change.session || change.login || !change.meta.empty()) change_info(*connection, change);
  if (change.channels) {
    const absl::flat_hash_set<std::string_view> kept(change.channels->begin(), change.channels->end());
    if (const auto names = connection->channel_names()) {
      for (const std::string& name : *names) {
        if (!kept.contains(name)) leave(*connection, name);
      }
    }
    for (const std::string& name : *change.channels) join(*connection, name, change.member_data);
    channels_.put_in_order(*connection, *change.channels);
  }
  for (const std::string& name : change.leave) leave(*connection, name);
  for (const std::string& name : change.join) join(*connection, name, change.member_data);
}

void Shard::change_info(Connection& connection, const Change& change) {
  const bool changes_user = change.user && *change.user != connection.info().user;
  unindex(connection);
  if (changes_user) channels_.remove_members(connection);
  ConnectionInfo info = connection.info();
  if (change.user) info.user = *change.user;
  if (change.session) info.session = *change.session;
  if (change.login) info.login = *change.login;
  for (const auto& [name, value] : change.meta) set_meta(info, name, value);
  connection.set_info(std::move(info));
  if (changes_user) channels_.add_members(connection);
  index_under(connection);
}

void Shard::join(Connection& connection, const std::string& channel, std::string_view member_data) {
  if (!channels_.join(connection, channel, member_data).changed) return;
  connection.protocol().on_join(connection, channel);
  emit_channel_event(Event::Kind::kJoin, connection, channel);
}

void Shard::leave(Connection& connection, const std::string& channel) {
  if (!channels_.leave(connection, channel).changed) return;
  if (connection.is_open()) connection.protocol().on_leave(connection, channel);
  emit_channel_event(Event::Kind::kLeave, connection, channel);
}

void Shard::emit_channel_event(Event::Kind kind, const Connection& connection, const std::string& channel) {
  if (!wanted_.contain(kind)) return;
  Event event = connection.event(kind);
  event.data = net::SharedBytes(channel);
  emit(std::move(event));
}

void Shard::send(const ConnectionId& id, const Message& message) {
  if (Connection* connection = find(id)) connection->send(message);
}

void Shard::deliver(const Delivery& delivery) {
  std::visit([this](const auto& one) { deliver(one); }, delivery);
}

void Shard::deliver(const Publication& publication) {
  const Channel* const channel = channels_.find(publication.channel);
  if (channel == nullptr) return;
  for (Connection* connection : channel->connections()) {
    if (!excepted(publication.except, connection->id())) connection->send(publication.message);
  }
}

void Shard::deliver(const UserMessage& message) {
  const auto it = users_.find(message.user);
  if (it == users_.end()) return;
  for (Connection* connection : it->second) {
    if (!excepted(message.except, connection->id())) connection->send(message.message);
  }
}

void Shard::deliver(const Broadcast& broadcast) {
  for (const auto& [id, connection] : connections_) {
    if (!excepted(broadcast.except, id)) connection->send(broadcast.message);
  }
}

void Shard::deliver(const ChannelsChange& command) {
  Change change;
  change.join = command.join;
  change.leave = command.leave;
  for (const ConnectionId& id : connections_of(command.audience)) this->change(id, change);
}

absl::flat_hash_set<ConnectionId> Shard::connections_of(const Audience& audience) const {
  absl::flat_hash_set<ConnectionId> ids(audience.ids.begin(), audience.ids.end());
  if (audience.everybody) {
    for (const auto& [id, connection] : connections_) ids.insert(id);
  }
  for (const std::string& name : audience.channels) {
    const Channel* const channel = channels_.find(name);
    if (channel == nullptr) continue;
    for (const Connection* connection : channel->connections()) ids.insert(connection->id());
  }
  for (const std::string& user : audience.users) {
    for (const Connection* connection : members_of(users_, user)) ids.insert(connection->id());
  }
  for (const ConnectionId& id : audience.except) ids.erase(id);
  return ids;
}

void Shard::close(const ConnectionId& id, const Close& close) {
  if (Connection* connection = find(id)) connection->close(close);
}

// A copy, since closing and changing take connections out of the table.
std::vector<Connection*> Shard::members_of(const Index& index, const std::string& name) {
  const auto it = index.find(name);
  if (it == index.end()) return {};
  return {it->second.begin(), it->second.end()};
}

void Shard::carry_out(const UserClose& command, Connection& connection) {
  const ConnectionInfo& info = connection.info();
  if (info.user != command.user || (!command.except_login.empty() && info.login == command.except_login)) return;
  if (connection.id() == command.opening || excepted(command.except, connection.id())) return;
  connection.send(command.last);
  connection.close(command.close);
}

void Shard::carry_out(const LoginClose& command, Connection& connection) {
  if (connection.info().login == command.login) connection.close(command.close);
}

void Shard::carry_out(const LoginChange& command, Connection& connection) {
  if (connection.info().login == command.login) change(connection.id(), command.change);
}

void Shard::deliver(const UserClose& command) {
  for (Connection* connection : members_of(users_, command.user)) carry_out(command, *connection);
  if (command.opening == ConnectionId()) handshake_commands_.add(command);
}

void Shard::deliver(const LoginClose& command) {
  for (Connection* connection : members_of(logins_, command.login)) carry_out(command, *connection);
  handshake_commands_.add(command);
}

void Shard::deliver(const LoginChange& command) {
  for (Connection* connection : members_of(logins_, command.login)) carry_out(command, *connection);
  handshake_commands_.add(command);
}

void Shard::close_all(const Close& close) {
  std::vector<Connection*> all;
  all.reserve(connections_.size());
  for (const auto& [id, connection] : connections_) all.push_back(connection.get());
  for (Connection* connection : all) connection->close(close);
}

void Shard::close_at_turn_end(const ConnectionId& slow) {
  overflowed_.push_back(slow);
  turn_end_->want();
}

void Shard::close_overflowed() {
  for (const ConnectionId& id : std::exchange(overflowed_, {})) {
    static LogLimiter limiter;
    if (const auto times = limiter.admit(loop_.now())) {
      log::warning("connection closed reason=\"reads too slowly\" connection={} times={}", id.hex(), times);
    }
    close(id, {1013, "reads too slowly"});
  }
}

// Pings the silent, and closes those that stay silent.
void Shard::ping_silent(Duration interval) {
  std::vector<Connection*> gone;
  for (const auto& [id, connection] : connections_) {
    const Duration silence = connection->silence();
    if (silence >= 2 * options_.heartbeat - interval) {
      gone.push_back(connection.get());
    } else if (silence >= options_.heartbeat - interval) {
      connection->ping();
    }
  }
  for (Connection* connection : gone) connection->close({1001, "heartbeat timeout"});
}

void Shard::sweep() {
  const Duration interval = sweep_interval(options_);
  if (options_.heartbeat > Duration::zero()) ping_silent(interval);
  for (const auto& [connection, owned] : closing_) connection->check_close_deadline();
  sweep_timer_.start(interval);
}

// ---- back-pressure

void Shard::stop_reading(bool stop) {
  reading_stopped_ = stop;
  if (stop) return;  // each is stopped when it sends
  for (Connection* connection : std::exchange(stopped_, {}))
    connection->stop_reading(Connection::kGatewayIsFull, false);
}

void Shard::confirm_events(const ConnectionId& id) {
  if (Connection* connection = find(id)) connection->confirm_events();
}

// ---- other loops

void Shard::post(std::uint8_t to, Task task) {
  if (to == index_) {
    task(*this);
    return;
  }
  post_later(to, std::move(task));
}

void Shard::post_later(std::uint8_t to, Task task) {
  if (posted_.size() <= to) posted_.resize(gateway_.shard_count());
  posted_[to].push_back(std::move(task));
  turn_end_->want();
}

void Shard::send_posted() {
  congested_ = false;
  bool left = false;
  if (posted_.size() > index_) receive(std::exchange(posted_[index_], {}));
  for (std::size_t to = 0; to < posted_.size(); ++to) {
    TaskBatch& batch = posted_[to];
    if (batch.empty() || gateway_.shard(to).mailbox_->try_send(batch)) {
      batch.clear();
      continue;
    }
    left = true;
    congested_ = congested_ || batch.size() > kMaxPostedTasks;
  }
  if (left) turn_end_->want();
}

void Shard::receive(TaskBatch batch) {
  for (Task& task : batch) task(*this);
}

}  // namespace laraman::gateway
