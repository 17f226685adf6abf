#include "gateway/channel.h"

#include <algorithm>
#include <utility>

#include "gateway/connection.h"
#include "gateway/shard.h"

namespace laraman::gateway {

Channel::Channel(std::string name, bool presence)
    : name_(std::move(name)), members_(presence ? std::make_unique<Members>() : nullptr) {}

const std::shared_ptr<const Memberships::Names>& Memberships::names() {
  if (!names_ && !channels_.empty()) {
    auto names = std::make_shared<Names>();
    names->reserve(channels_.size());
    for (const Channel* channel : channels_) names->push_back(channel->name());
    names_ = std::move(names);
  }
  return names_;
}

void Memberships::add(Channel& channel) {
  channels_.push_back(&channel);
  names_.reset();
}

void Memberships::remove(const Channel& channel) {
  // Back to front: a channel that was joined last is often left first.
  const auto entry = std::find(channels_.rbegin(), channels_.rend(), &channel);
  channels_.erase(std::next(entry).base());
  names_.reset();
}

void Memberships::set(std::vector<Channel*> channels) {
  channels_ = std::move(channels);
  names_.reset();
}

Channels::Channels(Shard& shard, std::vector<ChannelRule> rules) : shard_(shard), rules_(std::move(rules)) {}

Channels::~Channels() = default;

const Channel* Channels::find(std::string_view name) const {
  const auto it = table_.find(name);
  return it == table_.end() ? nullptr : it->second.get();
}

// The first rule that fits decides.
bool Channels::has_presence(std::string_view name) const {
  for (const ChannelRule& rule : rules_) {
    const bool is_prefix = rule.pattern.ends_with('*');
    const std::string_view text = std::string_view(rule.pattern).substr(0, rule.pattern.size() - (is_prefix ? 1 : 0));
    if (is_prefix ? name.starts_with(text) : name == text) return rule.presence;
  }
  return false;
}

Channel& Channels::find_or_make(std::string_view name) {
  if (const auto it = table_.find(name); it != table_.end()) return *it->second;
  auto made = std::make_unique<Channel>(std::string(name), has_presence(name));
  Channel& channel = *made;
  table_.emplace(channel.name(), std::move(made));
  return channel;
}

bool Channels::add_member(Channel& channel, const Connection& connection, std::string_view data) {
  const std::string& user = connection.info().user;
  if (!channel.has_presence() || user.empty()) return false;
  Member& member = channel.members()[user];
  if (++member.connections > 1) return false;
  member.data = data;
  for (ChannelObserver* observer : observers_) observer->on_member_added(shard_, channel, user, member);
  return true;
}

bool Channels::remove_member(Channel& channel, const Connection& connection) {
  const std::string& user = connection.info().user;
  if (!channel.has_presence() || user.empty()) return false;
  const auto it = channel.members().find(user);
  if (--it->second.connections > 0) return false;
  channel.members().erase(it);
  for (ChannelObserver* observer : observers_) observer->on_member_removed(shard_, channel, user);
  return true;
}

Channels::Outcome Channels::join(Connection& connection, std::string_view name, std::string_view member_data) {
  Channel& channel = find_or_make(name);
  if (!channel.connections().insert(&connection).second) return {};
  connection.memberships().add(channel);
  Outcome outcome{.changed = true, .first_or_last = channel.connections().size() == 1};
  if (outcome.first_or_last) {
    for (ChannelObserver* observer : observers_) observer->on_occupied(shard_, channel);
  }
  outcome.user_changed = add_member(channel, connection, member_data);
  return outcome;
}

Channels::Outcome Channels::leave(Connection& connection, std::string_view name) {
  const auto it = table_.find(name);
  if (it == table_.end() || !it->second->connections().contains(&connection)) return {};
  connection.memberships().remove(*it->second);
  return remove(*it->second, connection);
}

void Channels::leave_all(Connection& connection) {
  if (!connection.has_memberships()) return;
  const std::vector<Channel*> channels = connection.memberships().channels();
  connection.memberships().set({});
  for (Channel* channel : channels) remove(*channel, connection);
}

void Channels::put_in_order(Connection& connection, const std::vector<std::string>& names) {
  std::vector<Channel*> channels;
  channels.reserve(names.size());
  for (const std::string& name : names) channels.push_back(table_.find(name)->second.get());
  connection.memberships().set(std::move(channels));
}

// `channel` is gone afterwards if the connection was its last.
Channels::Outcome Channels::remove(Channel& channel, Connection& connection) {
  channel.connections().erase(&connection);
  Outcome outcome{.changed = true, .first_or_last = channel.connections().empty()};
  outcome.user_changed = remove_member(channel, connection);
  if (outcome.first_or_last) {
    for (ChannelObserver* observer : observers_) observer->on_vacated(shard_, channel);
    table_.erase(table_.find(channel.name()));
  }
  return outcome;
}

void Channels::remove_members(Connection& connection) {
  if (!connection.has_memberships()) return;
  for (Channel* channel : connection.memberships().channels()) remove_member(*channel, connection);
}

void Channels::add_members(Connection& connection) {
  if (!connection.has_memberships()) return;
  for (Channel* channel : connection.memberships().channels()) add_member(*channel, connection, {});
}

}  // namespace laraman::gateway
