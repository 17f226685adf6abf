#include "clients/raw_protocol.h"

#include <nlohmann/json.hpp>

#include "gateway/connection.h"

namespace laraman::clients {

void RawProtocol::append_event(std::string& out, const gateway::Message& message) const {
  using nlohmann::json;
  out.append(R"({"event":)");
  out.append(json(message.name()).dump(-1, ' ', false, json::error_handler_t::replace));
  out.append(R"(,"data":)").append(message.data()).append("}");
}

void RawProtocol::on_message(gateway::Connection& connection, gateway::MessageType type,
                             std::string_view payload) const {
  if (!payload.empty() && payload == heartbeat_) {
    connection.count_heartbeat();
  } else {
    connection.hand_over(type, payload);
  }
}

}  // namespace laraman::clients
