#include "websocket/frame_writer.h"

#include "base/utf8_prefix.h"

namespace laraman::websocket {

void append_frame_header(std::string& out, Opcode opcode, std::size_t size, bool compressed) {
  char header[kMaxHeader];
  std::size_t header_size = 2;
  header[0] = static_cast<char>(0x80 | (compressed ? 0x40 : 0) | static_cast<std::uint8_t>(opcode));
  if (size < 126) {
    header[1] = static_cast<char>(size);
  } else if (size <= 0xffff) {
    header[1] = 126;
    header[2] = static_cast<char>(size >> 8);
    header[3] = static_cast<char>(size);
    header_size = 4;
  } else {
    header[1] = 127;
    for (std::size_t i = 0; i < 8; ++i) {
      header[2 + i] = static_cast<char>(static_cast<std::uint64_t>(size) >> (56 - 8 * i));
    }
    header_size = kMaxHeader;
  }
  out.append(header, header_size);
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
