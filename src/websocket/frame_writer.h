// Writes frames as a server sends them: unmasked, unfragmented (RFC 6455 section 5, RFC 7692 section 6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "websocket/frame.h"

namespace laraman::websocket {

// The most bytes that a frame has before its payload.
inline constexpr std::size_t kMaxHeader = 10;

// Appends the header of a whole frame with a payload of `size` bytes; `compressed`: of a message that is.
void append_frame_header(std::string& out, Opcode opcode, std::size_t size, bool compressed = false);

// Appends one whole frame. A control frame's payload has at most kMaxControlPayload bytes.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);

// Appends a close frame; a code that may not be sent is left out, with the reason. A longer reason than
// kMaxCloseReason is cut, between characters.
void append_close_frame(std::string& out, std::uint16_t code, std::string_view reason);

}  // namespace laraman::websocket
