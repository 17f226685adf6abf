// Message: one message to clients: an event's name with JSON data, or raw text or binary. Each wire format of it is
// made once, by the first receiver that needs it, and shared by all receivers on all loops.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/shared_bytes.h"

namespace laraman::gateway {

enum class MessageType : std::uint8_t { kText, kBinary };

class Message;

// How the clients of one protocol see messages. Outlives every message that it has encoded.
class MessageEncoding {
 public:
  // Appends the text that stands for an event.
  virtual void append_event(std::string& out, const Message& message) const = 0;

 protected:
  ~MessageEncoding() = default;
};

class Message {
 public:
  Message() = default;  // no message: empty() is true
  // Raw: clients of every protocol get the payload as it is.
  Message(MessageType type, std::string_view payload);
  // `data` is JSON.
  static Message event(std::string_view name, std::string_view data);

  bool empty() const { return !bytes_; }
  bool is_event() const { return is_event_; }
  // Of a raw one.
  MessageType type() const { return type_; }
  std::string_view payload() const { return bytes_.view().substr(offset_); }
  // Of an event.
  std::string_view name() const { return bytes_.view().substr(0, offset_); }
  std::string_view data() const { return bytes_.view().substr(offset_); }
  // Of all its text, name included.
  std::size_t size() const { return bytes_.size(); }

  // As a whole RFC 6455 frame, unmasked. It lives as long as the message.
  const net::SharedBytes& websocket_frame(const MessageEncoding& encoding) const;

 private:
  Message(net::SharedBytes bytes, std::size_t offset, MessageType type, bool is_event)
      : bytes_(std::move(bytes)), offset_(static_cast<std::uint32_t>(offset)), type_(type), is_event_(is_event) {}

  // Of a raw message its WebSocket frame, since that is what nearly every client gets; of an event its name and data.
  net::SharedBytes bytes_;
  std::uint32_t offset_ = 0;  // of the payload, or of the data
  MessageType type_ = MessageType::kText;
  bool is_event_ = false;
};

}  // namespace laraman::gateway
