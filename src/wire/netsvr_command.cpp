#include "wire/netsvr_command.h"

#include <algorithm>

namespace laraman::wire::netsvr {
namespace {

constexpr CommandName kCommands[] = {
    {Command::kConnOpen, "ConnOpen"},
    {Command::kConnClose, "ConnClose"},
    {Command::kTransfer, "Transfer"},
    {Command::kConnInfoUpdate, "ConnInfoUpdate"},
    {Command::kConnInfoDelete, "ConnInfoDelete"},
    {Command::kBroadcast, "Broadcast"},
    {Command::kMulticast, "Multicast"},
    {Command::kMulticastByCustomerId, "MulticastByCustomerId"},
    {Command::kSingleCast, "SingleCast"},
    {Command::kSingleCastBulk, "SingleCastBulk"},
    {Command::kSingleCastByCustomerId, "SingleCastByCustomerId"},
    {Command::kSingleCastBulkByCustomerId, "SingleCastBulkByCustomerId"},
    {Command::kTopicSubscribe, "TopicSubscribe"},
    {Command::kTopicUnsubscribe, "TopicUnsubscribe"},
    {Command::kTopicDelete, "TopicDelete"},
    {Command::kTopicPublish, "TopicPublish"},
    {Command::kTopicPublishBulk, "TopicPublishBulk"},
    {Command::kForceOffline, "ForceOffline"},
    {Command::kForceOfflineByCustomerId, "ForceOfflineByCustomerId"},
    {Command::kForceOfflineGuest, "ForceOfflineGuest"},
    {Command::kRegister, "Register"},
    {Command::kUnRegister, "UnRegister"},
    {Command::kCheckOnline, "CheckOnline"},
    {Command::kCustomerIdList, "CustomerIdList"},
    {Command::kCustomerIdCount, "CustomerIdCount"},
    {Command::kUniqIdList, "UniqIdList"},
    {Command::kUniqIdCount, "UniqIdCount"},
    {Command::kTopicList, "TopicList"},
    {Command::kTopicCount, "TopicCount"},
    {Command::kTopicUniqIdList, "TopicUniqIdList"},
    {Command::kTopicUniqIdCount, "TopicUniqIdCount"},
    {Command::kTopicCustomerIdList, "TopicCustomerIdList"},
    {Command::kTopicCustomerIdToUniqIdsList, "TopicCustomerIdToUniqIdsList"},
    {Command::kTopicCustomerIdCount, "TopicCustomerIdCount"},
    {Command::kConnInfo, "ConnInfo"},
    {Command::kConnInfoByCustomerId, "ConnInfoByCustomerId"},
    {Command::kMetrics, "Metrics"},
    {Command::kLimit, "Limit"},
    {Command::kAcknowledge, "Acknowledge"},
    {Command::kTakenBack, "TakenBack"},
    {Command::kAuthenticate, "Authenticate"},
    {Command::kConnections, "Connections"},
    {Command::kLoginClose, "LoginClose"},
    {Command::kLoginUpdate, "LoginUpdate"},
    {Command::kFrameLimit, "FrameLimit"},
    {Command::kRefused, "Refused"},
    {Command::kJoined, "Joined"},
    {Command::kLeft, "Left"},
    {Command::kChannelsUpdate, "ChannelsUpdate"},
};

const CommandName* find(std::uint32_t id) {
  const auto found =
      std::lower_bound(std::begin(kCommands), std::end(kCommands), id,
                       [](const CommandName& row, std::uint32_t wanted) { return to_id(row.command) < wanted; });
  return found != std::end(kCommands) && to_id(found->command) == id ? found : nullptr;
}

}  // namespace

std::span<const CommandName> all_commands() { return kCommands; }

std::optional<Command> find_command(std::uint32_t id) {
  const CommandName* row = find(id);
  if (row == nullptr) return std::nullopt;
  return row->command;
}

std::optional<Command> find_command_of_protocol_3(std::uint32_t id) {
  if (id == to_id(Command::kLimit)) return std::nullopt;
  const bool is_shifted = id >= to_id(Command::kTopicCustomerIdToUniqIdsList) && id < to_id(Command::kLimit);
  return find_command(is_shifted ? id + 1 : id);
}

std::uint32_t to_id_of_protocol_3(Command command) {
  const bool is_shifted = command > Command::kTopicCustomerIdToUniqIdsList && command <= Command::kLimit;
  return is_shifted ? to_id(command) - 1 : to_id(command);
}

std::string_view to_string(Command command) {
  const CommandName* row = find(to_id(command));
  return row == nullptr ? "unknown" : row->name;
}

bool closes_connections(Command command) {
  switch (command) {
    case Command::kForceOffline:
    case Command::kForceOfflineByCustomerId:
    case Command::kForceOfflineGuest:
    case Command::kLoginClose: return true;
    default: return false;
  }
}

}  // namespace laraman::wire::netsvr
