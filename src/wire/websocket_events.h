// Bodies of type application/websocket-events (WebSocket-over-HTTP): how a gateway and a back end that only answers
// requests tell each other what happened on a WebSocket; and GRIP's control messages in them. Pure: bytes in, events
// out.
//
// A body is any number of events: TYPE CRLF, or TYPE SP <length in hex> CRLF <content> CRLF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace laraman::wire {

inline constexpr std::string_view kWebSocketEventsType = "application/websocket-events";

struct WebSocketEvent {
  enum class Type : std::uint8_t { kOpen, kText, kBinary, kPing, kPong, kClose, kDisconnect };
  Type type = Type::kText;
  std::string_view content;
};

// "OPEN", "TEXT", …
std::string_view to_string(WebSocketEvent::Type type);

// ---- reading

// Takes one event off the front of `bytes` and shortens `bytes` by it. Empty: more bytes are needed; `bytes` is then
// unchanged. Error: malformed, or its content is longer than `max_content` (kLimit). The content is a view into what
// `bytes` looked at.
Result<std::optional<WebSocketEvent>> take_websocket_event(std::string_view& bytes, std::size_t max_content);

// All events of a whole body; their contents are views into it. An error too if it ends within an event.
Result<std::vector<WebSocketEvent>> parse_websocket_events(std::string_view body);

// What a CLOSE says. Its content is empty (code 1005, RFC 6455 section 7.1.5) or a code and a reason.
struct CloseContent {
  std::uint16_t code = 1005;
  std::string_view reason;
};
// Empty if `content` is one single byte.
std::optional<CloseContent> parse_close_content(std::string_view content);

// ---- writing: all append to `out`

void append_websocket_event(std::string& out, WebSocketEvent::Type type, std::string_view content = {});
void append_close_event(std::string& out, std::uint16_t code, std::string_view reason);

// ---- GRIP in these bodies

// How a back end switches GRIP on: the header "Sec-WebSocket-Extensions: grip; message-prefix=…" of its answer to OPEN.
// From then on a TEXT or BINARY that begins with kControlPrefix is a control message, one that begins with
// `message_prefix` is sent without it.
struct GripExtension {
  std::string message_prefix = "m:";
};
inline constexpr std::string_view kControlPrefix = "c:";

// What the header's value says of GRIP; empty if it does not name it.
std::optional<GripExtension> parse_grip_extension(std::string_view header_value);

// A control message. Times are in seconds.
namespace grip {

struct Subscribe {
  std::string channel;
};
struct Unsubscribe {
  std::string channel;
};
struct Detach {};
enum class MessageType : std::uint8_t { kText, kBinary, kPing, kPong };
struct KeepAlive {
  bool enabled = false;  // without content: no keep-alive any more
  std::string content;
  MessageType type = MessageType::kText;
  std::int64_t timeout = 0;
  bool at_intervals = false;  // else after a number of idle seconds
};
struct SendDelayed {
  std::string content;
  MessageType type = MessageType::kText;
  std::int64_t timeout = 0;
};
struct FlushDelayed {};
struct SetMeta {
  std::string name;
  std::string value;  // empty: none any more
};

using Control = std::variant<Subscribe, Unsubscribe, Detach, KeepAlive, SendDelayed, FlushDelayed, SetMeta>;

// `json`: what follows kControlPrefix.
Result<Control> parse_control(std::string_view json);

}  // namespace grip
}  // namespace laraman::wire
