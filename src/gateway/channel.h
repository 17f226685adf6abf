// Channel: a named set of connections, as one shard knows it. Channels: all channels of a shard.
//
// For the shard's thread only.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace laraman::gateway {

class Channels;
class Connection;
class Shard;

// What is set for channels by their names.
struct ChannelRule {
  std::string pattern;    // a name; "presence-*": all names with this prefix
  bool presence = false;  // the channel knows its users as members
};

// A user of a presence channel.
struct Member {
  std::string data;               // of the user's first connection; stays while the user has any
  std::uint32_t connections = 0;  // of the user, in the channel on this shard
};

class Channel {
 public:
  using Connections = absl::flat_hash_set<Connection*>;
  using Members = absl::flat_hash_map<std::string, Member>;  // by user

  Channel(std::string name, bool presence);

  const std::string& name() const { return name_; }
  const Connections& connections() const { return connections_; }
  bool has_presence() const { return members_ != nullptr; }
  // Of a presence channel only. Connections without a user are no members.
  const Members& members() const { return *members_; }

  // ---- for Channels; others see channels as constant
  Connections& connections() { return connections_; }
  Members& members() { return *members_; }

 private:
  const std::string name_;
  Connections connections_;
  std::unique_ptr<Members> members_;  // null: no presence
};

// Sees what changes in the channels of a shard, on its thread. Must not join or leave channels.
class ChannelObserver {
 public:
  // The channel has its first connection on this shard.
  virtual void on_occupied(Shard& shard, const Channel& channel) = 0;
  // The channel has lost its last connection on this shard.
  virtual void on_vacated(Shard& shard, const Channel& channel) = 0;
  // Of presence channels: a user's first connection has joined on this shard, or its last has left.
  virtual void on_member_added(Shard& shard, const Channel& channel, const std::string& user, const Member& member) = 0;
  virtual void on_member_removed(Shard& shard, const Channel& channel, const std::string& user) = 0;

 protected:
  ~ChannelObserver() = default;
};

// The channels of one connection.
class Memberships {
 public:
  using Names = std::vector<std::string>;

  // In the order of joining.
  const std::vector<Channel*>& channels() const { return channels_; }
  // Their names at this moment, for events; made at the first call after a change. Null: no channel.
  const std::shared_ptr<const Names>& names();

  // ---- for Channels
  void add(Channel& channel);
  void remove(const Channel& channel);
  // All of them, in another order.
  void set(std::vector<Channel*> channels);

 private:
  std::vector<Channel*> channels_;
  std::shared_ptr<const Names> names_;
};

class Channels {
 public:
  // By name; the key is Channel::name().
  using Table = absl::flat_hash_map<std::string_view, std::unique_ptr<Channel>>;

  // What a join or a leave changed on this shard.
  struct Outcome {
    bool changed = false;        // the connection was no member before, or was one
    bool first_or_last = false;  // it is the channel's first connection, or was its last
    bool user_changed = false;   // of a presence channel: it is the user's first connection there, or was its last
  };

  Channels(Shard& shard, std::vector<ChannelRule> rules);
  ~Channels();

  // `observer` outlives this.
  void add_observer(ChannelObserver& observer) { observers_.push_back(&observer); }

  const Table& table() const { return table_; }
  std::size_t size() const { return table_.size(); }
  // Null: no connection of this shard is in a channel of that name.
  const Channel* find(std::string_view name) const;

  // `member_data` is what the channel keeps of the connection's user, if it has presence. Each costs the same in
  // however many channels the connection is.
  Outcome join(Connection& connection, std::string_view name, std::string_view member_data = {});
  Outcome leave(Connection& connection, std::string_view name);
  void leave_all(Connection& connection);
  // Puts the connection's channels in the order of `names`, which are these channels.
  void put_in_order(Connection& connection, const std::vector<std::string>& names);
  // The connection gets another user: its presence channels follow. To be called before and after it.
  void remove_members(Connection& connection);
  void add_members(Connection& connection);

 private:
  Channel& find_or_make(std::string_view name);
  bool has_presence(std::string_view name) const;
  bool add_member(Channel& channel, const Connection& connection, std::string_view data);
  bool remove_member(Channel& channel, const Connection& connection);
  Outcome remove(Channel& channel, Connection& connection);

  Shard& shard_;
  const std::vector<ChannelRule> rules_;
  std::vector<ChannelObserver*> observers_;
  Table table_;
};

}  // namespace laraman::gateway
