#include "websocket/frame_writer.h"

#include "base/utf8_prefix.h"

namespace laraman::websocket {

void append_frame_header(std::string& out, Opcode opcode, std::size_t size, bool compressed) {
  out.push_back(static_cast<char>(0x80 | (compressed ? 0x40 : 0) | static_cast<std::uint8_t>(opcode)));
  const std::size_t length_bytes = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
  out.push_back(static_cast<char>(length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127));
  for (std::size_t left = length_bytes; left > 0; --left) {
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(size) >> (8 * (left - 1))));
  }
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  out.reserve(out.size() + kMaxHeader + payload.size());
  append_frame_header(out, opcode, payload.size());
  out.append(payload);
}

void append_close_frame(std::string& out, std::uint16_t code, std::string_view reason) {
  if (!may_be_sent(code)) {
    append_frame(out, Opcode::kClose, {});
    return;
  }
  std::string payload;
  payload.push_back(static_cast<char>(code >> 8));
  payload.push_back(static_cast<char>(code));
  payload.append(utf8_prefix(reason, kMaxCloseReason));
  append_frame(out, Opcode::kClose, payload);
}

}  // namespace laraman::websocket
