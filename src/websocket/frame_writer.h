// Writes frames as a server sends them: unmasked, unfragmented (RFC 6455 section 5).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "websocket/frame.h"

namespace laraman::websocket {

// Appends one whole frame. A control frame's payload has at most kMostControlPayload bytes.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);

// Appends a close frame; a code that may not be sent is left out, with the reason. A longer reason than
// kMostCloseReason is cut, between characters.
void append_close_frame(std::string& out, std::uint16_t code, std::string_view reason);

}  // namespace laraman::websocket
