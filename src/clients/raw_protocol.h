// RawProtocol: a client's messages are the application's, as they are; events for the client are JSON text,
// {"event": name, "data": …}.
#pragma once

#include <string>
#include <string_view>

#include "gateway/client_protocol.h"

namespace laraman::clients {

class RawProtocol final : public gateway::ClientProtocol {
 public:
  // `heartbeat`: a message that shows only that the client is there; empty: none.
  explicit RawProtocol(std::string heartbeat = {}) : heartbeat_(std::move(heartbeat)) {}

  void append_event(std::string& out, const gateway::Message& message) const override;
  void on_message(gateway::Connection& connection, gateway::MessageType type, std::string_view payload) const override;

 private:
  const std::string heartbeat_;
};

}  // namespace laraman::clients
