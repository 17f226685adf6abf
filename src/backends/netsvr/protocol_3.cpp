#include "backends/netsvr/protocol_3.h"

#include <algorithm>

#include "gateway/connection_id.h"
#include "netsvr.pb.h"

namespace laraman::backends::netsvr {
namespace {

namespace netsvr = wire::netsvr;
using netsvr::Command;

template <typename Message>
Message parsed(std::string_view bytes) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) message.Clear();
  return message;
}

bool is_connection_id(const std::string& text) { return gateway::ConnectionId::parse(text).has_value(); }

}  // namespace

bool is_of_protocol_3(Command command, std::string_view message) {
  switch (command) {
    case Command::kTopicCustomerIdToUniqIdsList:  // there TopicCustomerIdCount
      return parsed<netsvr::TopicCustomerIdCountReq>(message).count_all();
    case Command::kTopicCustomerIdCount: {  // there ConnInfo
      const auto info = parsed<netsvr::ConnInfoReq>(message);
      const bool names_connections =
          info.uniq_ids_size() > 0 && std::all_of(info.uniq_ids().begin(), info.uniq_ids().end(), is_connection_id);
      return names_connections || info.req_customer_id() || info.req_topic();
    }
    case Command::kConnInfo: {  // there ConnInfoByCustomerId
      const auto info = parsed<netsvr::ConnInfoByCustomerIdReq>(message);
      return info.customer_ids_size() > 0 &&
             std::none_of(info.customer_ids().begin(), info.customer_ids().end(), is_connection_id);
    }
    case Command::kConnInfoByCustomerId: return message.empty();  // there Metrics
    case Command::kMetrics: return !message.empty();              // there Limit
    default: return false;
  }
}

}  // namespace laraman::backends::netsvr
