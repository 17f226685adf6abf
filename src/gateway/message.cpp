#include "gateway/message.h"

#include "websocket/frame_writer.h"

namespace laraman::gateway {

OutgoingMessage::OutgoingMessage(MessageType type, std::string_view payload) {
  std::string frame;
  const auto opcode = type == MessageType::kText ? websocket::Opcode::kText : websocket::Opcode::kBinary;
  websocket::append_frame(frame, opcode, payload);
  websocket_frame_ = net::share(std::move(frame));
}

}  // namespace laraman::gateway
