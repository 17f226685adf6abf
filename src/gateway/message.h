// OutgoingMessage: one message to clients, encoded once for each wire format and shared by all its receivers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/shared_bytes.h"
#include "websocket/deflate.h"

namespace laraman::gateway {

enum class MessageType : std::uint8_t { kText, kBinary };

class OutgoingMessage {
 public:
  OutgoingMessage() = default;  // no message: empty() is true
  OutgoingMessage(MessageType type, std::string_view payload);

  bool empty() const { return !content_; }
  MessageType type() const;
  std::string_view payload() const;
  // The whole RFC 6455 frame, unmasked.
  net::SharedBytes websocket_frame() const;
  // The same with the payload compressed by itself (RFC 7692), or websocket_frame() if that is not larger. Made by the
  // first who asks, with their `deflater`, which keeps no context; all threads must have equal ones.
  net::SharedBytes deflated_frame(websocket::Deflater& deflater) const;

 private:
  struct Content;

  std::shared_ptr<const Content> content_;
};

// A frame with the message compressed by `deflater`, whatever its size.
std::string deflate_frame(const OutgoingMessage& message, websocket::Deflater& deflater);

}  // namespace laraman::gateway
