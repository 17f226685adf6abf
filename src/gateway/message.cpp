#include "gateway/message.h"

#include "websocket/frame_writer.h"

namespace laraman::gateway {

Message::Message(MessageType type, std::string_view payload)
    : bytes_(net::SharedBytes::build([&](std::string& out) {
        const auto opcode = type == MessageType::kText ? websocket::Opcode::kText : websocket::Opcode::kBinary;
        websocket::append_frame(out, opcode, payload);
      })),
      offset_(static_cast<std::uint32_t>(bytes_.size() - payload.size())),
      type_(type) {}

Message Message::event(std::string_view name, std::string_view data) {
  net::SharedBytes bytes = net::SharedBytes::build([&](std::string& out) { out.append(name).append(data); });
  return {std::move(bytes), name.size(), MessageType::kText, true};
}

const net::SharedBytes& Message::websocket_frame(const MessageEncoding& encoding) const {
  if (!is_event_) return bytes_;
  return bytes_.derived(&encoding, [&](std::string& out) {
    std::string text;
    encoding.append_event(text, *this);
    websocket::append_frame(out, websocket::Opcode::kText, text);
  });
}

}  // namespace laraman::gateway
