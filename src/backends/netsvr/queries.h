// Queries: answers netsvr's commands that have a reply. Each is asked of every shard, since each knows a part of the
// connections, and the parts are put together.
#pragma once

#include <functional>
#include <string_view>

#include "gateway/gateway.h"
#include "wire/netsvr_command.h"

namespace google::protobuf {
class MessageLite;
}

namespace laraman::backends::netsvr {

enum class QueryOutcome {
  kAsked,
  kMalformed,  // the message is not what the command's id says; there will be no reply
  kNoQuery,    // another kind of command
};

// Gets the reply's message.
using OnReply = std::function<void(const google::protobuf::MessageLite& reply)>;

// Asks on the thread of `shard`. There `on_reply` is called, perhaps before this returns.
QueryOutcome run_query(gateway::Gateway& gateway, gateway::Shard& shard, wire::netsvr::Command command,
                       std::string_view message, OnReply on_reply);

}  // namespace laraman::backends::netsvr
