#include "gateway/message.h"

#include <mutex>

#include "websocket/frame_writer.h"

namespace laraman::gateway {
namespace {

websocket::Opcode opcode_of(MessageType type) {
  return type == MessageType::kText ? websocket::Opcode::kText : websocket::Opcode::kBinary;
}

}  // namespace

struct OutgoingMessage::Content {
  std::string frame;
  MessageType type;
  std::uint8_t header_size;
  mutable std::once_flag deflated_once;
  mutable std::string deflated;  // empty if it would not be smaller
};

OutgoingMessage::OutgoingMessage(MessageType type, std::string_view payload) {
  const auto content = std::make_shared<Content>();
  websocket::append_frame(content->frame, opcode_of(type), payload);
  content->type = type;
  content->header_size = static_cast<std::uint8_t>(content->frame.size() - payload.size());
  content_ = content;
}

MessageType OutgoingMessage::type() const { return content_->type; }

std::string_view OutgoingMessage::payload() const {
  return std::string_view(content_->frame).substr(content_->header_size);
}

net::SharedBytes OutgoingMessage::websocket_frame() const { return {content_, &content_->frame}; }

net::SharedBytes OutgoingMessage::deflated_frame(websocket::Deflater& deflater) const {
  std::call_once(content_->deflated_once, [&] {
    std::string frame = deflate_frame(*this, deflater);
    if (frame.size() < content_->frame.size()) content_->deflated = std::move(frame);
  });
  return content_->deflated.empty() ? websocket_frame() : net::SharedBytes(content_, &content_->deflated);
}

std::string deflate_frame(const OutgoingMessage& message, websocket::Deflater& deflater) {
  // The header's size depends on the payload's: it is put before it when that is known.
  std::string payload;
  deflater.deflate(message.payload(), payload);
  std::string frame;
  frame.reserve(websocket::kMostHeader + payload.size());
  websocket::append_frame_header(frame, opcode_of(message.type()), payload.size(), true);
  return frame.append(payload);
}

}  // namespace laraman::gateway
