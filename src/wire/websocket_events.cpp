#include "wire/websocket_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace laraman::wire {
namespace {

using Type = WebSocketEvent::Type;

struct TypeName {
  Type type;
  std::string_view name;
};
constexpr TypeName kTypes[] = {
    {Type::kOpen, "OPEN"}, {Type::kText, "TEXT"},   {Type::kBinary, "BINARY"},        {Type::kPing, "PING"},
    {Type::kPong, "PONG"}, {Type::kClose, "CLOSE"}, {Type::kDisconnect, "DISCONNECT"}};
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kLongestHead = 32;  // "DISCONNECT", a space, 16 digits, with some to spare

Error malformed(std::string what) {
  return {ErrorCode::kInvalid, std::move(what), std::string(kWebSocketEventsType), ""};
}

// `text` as it may stand in an error message.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kLongestHead)) out.push_back(c >= ' ' && c <= '~' ? c : '?');
  return "\"" + out + "\"";
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

// Takes what stands before the next `separator` outside of quotation marks off the front of `text`.
std::string_view take_item(std::string_view& text, char separator) {
  bool in_quotes = false;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    if (in_quotes && text[end] == '\\') {
      ++end;
    } else if (text[end] == '"') {
      in_quotes = !in_quotes;
    } else if (!in_quotes && text[end] == separator) {
      break;
    }
  }
  const std::string_view item = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), end + 1));
  return trim(item);
}

// A parameter's value without quotation marks and backslashes.
std::string unquote(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  value = value.substr(1, value.size() - 2);
  std::string plain;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    plain.push_back(value[i]);
  }
  return plain;
}

}  // namespace

std::string_view to_string(Type type) { return kTypes[static_cast<std::size_t>(type)].name; }

// ---- reading

Result<std::optional<WebSocketEvent>> take_websocket_event(std::string_view& bytes, std::size_t max_content) {
  const std::size_t head_end = bytes.substr(0, kLongestHead).find(kLineEnd);
  if (head_end == std::string_view::npos) {
    if (bytes.size() >= kLongestHead) return malformed("no event begins with " + quoted(bytes));
    return std::optional<WebSocketEvent>{};
  }
  const std::string_view head = bytes.substr(0, head_end);
  const std::size_t space = head.find(' ');
  const std::string_view name = head.substr(0, space);
  const auto* known =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeName& t) { return t.name == name; });
  if (known == std::end(kTypes)) return malformed("unknown event " + quoted(name));
  WebSocketEvent event{known->type, {}};
  std::size_t size = head_end + kLineEnd.size();
  if (space != std::string_view::npos) {
    const std::string_view digits = head.substr(space + 1);
    std::size_t length = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), length, 16);
    if (failure != std::errc() || end != digits.data() + digits.size()) {
      return malformed(fmt::format("length {} of {} is not a hexadecimal number", quoted(digits), name));
    }
    if (length > max_content) {
      return Error{ErrorCode::kLimit, fmt::format("{} of {} bytes is longer than {}", name, length, max_content),
                   std::string(kWebSocketEventsType), ""};
    }
    if (bytes.size() - size < length + kLineEnd.size()) return std::optional<WebSocketEvent>{};
    event.content = bytes.substr(size, length);
    size += length;
    if (bytes.substr(size, kLineEnd.size()) != kLineEnd) {
      return malformed(fmt::format("content of {} does not end after {} bytes", name, length));
    }
    size += kLineEnd.size();
  }
  bytes.remove_prefix(size);
  return std::optional<WebSocketEvent>{event};
}

Result<std::vector<WebSocketEvent>> parse_websocket_events(std::string_view body) {
  std::vector<WebSocketEvent> events;
  const std::size_t max_content = body.size();
  while (!body.empty()) {
    Result<std::optional<WebSocketEvent>> event = take_websocket_event(body, max_content);
    if (!event) {
      // More than the whole body: it is cut off.
      if (event.error().code == ErrorCode::kLimit) return malformed("ends within an event");
      return std::move(event.error());
    }
    if (!event->has_value()) return malformed("ends within an event");
    events.push_back(**event);
  }
  return events;
}

std::optional<CloseContent> parse_close_content(std::string_view content) {
  if (content.empty()) return CloseContent{};
  if (content.size() < 2) return std::nullopt;
  const auto code =
      static_cast<std::uint16_t>(static_cast<std::uint8_t>(content[0]) << 8 | static_cast<std::uint8_t>(content[1]));
  return CloseContent{code, content.substr(2)};
}

// ---- writing

void append_websocket_event(std::string& out, Type type, std::string_view content) {
  const bool is_message = type == Type::kText || type == Type::kBinary;  // these have a content even if it is empty
  if (content.empty() && !is_message) {
    out.append(to_string(type)).append(kLineEnd);
    return;
  }
  fmt::format_to(std::back_inserter(out), "{} {:x}\r\n", to_string(type), content.size());
  out.append(content).append(kLineEnd);
}

void append_close_event(std::string& out, std::uint16_t code, std::string_view reason) {
  std::string content = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  content.append(reason);
  append_websocket_event(out, Type::kClose, content);
}

// ---- GRIP

std::optional<GripExtension> parse_grip_extension(std::string_view header_value) {
  while (!header_value.empty()) {
    std::string_view extension = take_item(header_value, ',');
    if (!equals_ignoring_case(take_item(extension, ';'), "grip")) continue;
    GripExtension grip;
    while (!extension.empty()) {
      std::string_view value = take_item(extension, ';');
      if (equals_ignoring_case(take_item(value, '='), "message-prefix")) grip.message_prefix = unquote(trim(value));
    }
    return grip;
  }
  return std::nullopt;
}

}  // namespace laraman::wire
