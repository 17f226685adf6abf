// OutgoingMessage: one message to clients, encoded once for each wire format and shared by all its receivers.
#pragma once

#include <cstdint>
#include <string_view>

#include "net/shared_bytes.h"

namespace laraman::gateway {

enum class MessageType : std::uint8_t { kText, kBinary };

class OutgoingMessage {
 public:
  OutgoingMessage() = default;  // no message: empty() is true
  OutgoingMessage(MessageType type, std::string_view payload);

  bool empty() const { return !websocket_frame_; }
  // The whole RFC 6455 frame, unmasked.
  const net::SharedBytes& websocket_frame() const { return websocket_frame_; }

 private:
  net::SharedBytes websocket_frame_;
};

}  // namespace laraman::gateway
