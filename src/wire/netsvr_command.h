// The commands of the netsvr protocol: what a frame's id means. Messages are in proto/netsvr.proto.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace laraman::wire::netsvr {

enum class Command : std::uint32_t {
  // Events, gateway to business.
  kConnOpen = 900001001,
  kConnClose = 900001002,
  kTransfer = 900001003,

  // One-way commands, business to gateway.
  kConnInfoUpdate = 900002001,
  kConnInfoDelete = 900002002,
  kBroadcast = 900002003,
  kMulticast = 900002004,
  kMulticastByCustomerId = 900002005,
  kSingleCast = 900002006,
  kSingleCastBulk = 900002007,
  kSingleCastByCustomerId = 900002008,
  kSingleCastBulkByCustomerId = 900002009,
  kTopicSubscribe = 900002010,
  kTopicUnsubscribe = 900002011,
  kTopicDelete = 900002012,
  kTopicPublish = 900002013,
  kTopicPublishBulk = 900002014,
  kForceOffline = 900002015,
  kForceOfflineByCustomerId = 900002016,
  kForceOfflineGuest = 900002017,

  // Commands with a reply, which has the same id.
  kRegister = 900003001,
  kUnRegister = 900003002,
  kCheckOnline = 900003003,
  kCustomerIdList = 900003004,
  kCustomerIdCount = 900003005,
  kUniqIdList = 900003006,
  kUniqIdCount = 900003007,
  kTopicList = 900003008,
  kTopicCount = 900003009,
  kTopicUniqIdList = 900003010,
  kTopicUniqIdCount = 900003011,
  kTopicCustomerIdList = 900003012,
  kTopicCustomerIdToUniqIdsList = 900003013,
  kTopicCustomerIdCount = 900003014,
  kConnInfo = 900003015,
  kConnInfoByCustomerId = 900003016,
  kMetrics = 900003017,
  kLimit = 900003018,

  // Laraman's own, outside netsvr's range.
  kAcknowledge = 900004001,   // business to gateway
  kTakenBack = 900004002,     // gateway to business
  kAuthenticate = 900004003,  // business to gateway, with a reply
  kConnections = 900004004,   // the same
  kLoginClose = 900004005,    // business to gateway
  kLoginUpdate = 900004006,   // the same
  kFrameLimit = 900004007,    // business to gateway, with a reply
  kRefused = 900004008,       // gateway to business, in place of a reply
  kJoined = 900004009,        // gateway to business: events
  kLeft = 900004010,
  kChannelsUpdate = 900004011,  // business to gateway
};

struct CommandName {
  Command command;
  std::string_view name;  // as netsvr's documents call it: "TopicPublish"
};

// All commands, in the order of their ids.
std::span<const CommandName> all_commands();

// The command of that id; empty if there is none.
std::optional<Command> find_command(std::uint32_t id);

// The same in protocol 3, which lacks TopicCustomerIdToUniqIdsList: what comes after it has the id before its own.
std::optional<Command> find_command_of_protocol_3(std::uint32_t id);
std::uint32_t to_id_of_protocol_3(Command command);

std::string_view to_string(Command command);

// One-way commands that close connections of clients.
bool closes_connections(Command command);

constexpr std::uint32_t to_id(Command command) { return static_cast<std::uint32_t>(command); }

}  // namespace laraman::wire::netsvr
