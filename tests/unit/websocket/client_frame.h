// Frames as a client sends them: masked (RFC 6455 section 5.3), and malformed in any way that a test wants.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace laraman::websocket {

struct ClientFrame {
  std::uint8_t first = 0x81;  // FIN, RSV1 to RSV3, opcode
  std::string payload;
  bool masked = true;
  int length_size = -1;  // bytes of the extended length; -1: the shortest form
  std::string mask = "\x12\xfe\x56\x80";
};

inline std::string encode(const ClientFrame& frame) {
  const std::uint64_t size = frame.payload.size();
  const int length_size = frame.length_size >= 0 ? frame.length_size : size < 126 ? 0 : size <= 0xffff ? 2 : 8;
  const std::uint8_t masked = frame.masked ? 0x80 : 0;
  std::string out;
  out.push_back(static_cast<char>(frame.first));
  const std::uint64_t short_length = length_size == 0 ? size : length_size == 2 ? 126 : 127;
  out.push_back(static_cast<char>(masked | short_length));
  for (int i = length_size - 1; i >= 0; --i) out.push_back(static_cast<char>(size >> (8 * i)));
  if (frame.masked) out.append(frame.mask);
  for (std::size_t i = 0; i < size; ++i) {
    out.push_back(static_cast<char>(frame.payload[i] ^ (frame.masked ? frame.mask[i % 4] : 0)));
  }
  return out;
}

inline std::string client_frame(std::uint8_t first, std::string_view payload) {
  return encode({.first = first, .payload = std::string(payload)});
}

}  // namespace laraman::websocket
