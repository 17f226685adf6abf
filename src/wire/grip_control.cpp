// GRIP's control messages: JSON objects with a "type".
#include <absl/strings/escaping.h>

#include <nlohmann/json.hpp>

#include "base/try.h"
#include "wire/websocket_events.h"

namespace laraman::wire::grip {
namespace {

using Json = nlohmann::json;

Error malformed(std::string what) { return {ErrorCode::kInvalid, std::move(what), "control message", ""}; }

// The string field `name` of `message`; an error if there is none.
Result<std::string> required(const Json& message, const char* name) {
  const auto field = message.find(name);
  if (field == message.end() || !field->is_string()) return malformed(std::string("needs a string \"") + name + "\"");
  return field->get<std::string>();
}

// "content", or "content-bin" in base64; empty if there is neither.
Result<std::optional<std::string>> content_of(const Json& message) {
  if (message.contains("content")) {
    ASSIGN_OR_RETURN(std::string content, required(message, "content"));
    return std::optional<std::string>(std::move(content));
  }
  if (!message.contains("content-bin")) return std::optional<std::string>{};
  ASSIGN_OR_RETURN(std::string encoded, required(message, "content-bin"));
  std::string content;
  if (!absl::Base64Unescape(encoded, &content)) return malformed("\"content-bin\" is not base64");
  return std::optional<std::string>(std::move(content));
}

Result<MessageType> type_of(const Json& message) {
  if (!message.contains("message-type")) return MessageType::kText;
  ASSIGN_OR_RETURN(std::string name, required(message, "message-type"));
  if (name == "text") return MessageType::kText;
  if (name == "binary") return MessageType::kBinary;
  if (name == "ping") return MessageType::kPing;
  if (name == "pong") return MessageType::kPong;
  return malformed("unknown \"message-type\"");
}

Result<std::int64_t> timeout_of(const Json& message) {
  const auto field = message.find("timeout");
  if (field == message.end()) return std::int64_t{0};
  if (!field->is_number_integer() || field->get<std::int64_t>() < 0)
    return malformed("\"timeout\" is not a number of seconds");
  return field->get<std::int64_t>();
}

Result<Control> parse_keep_alive(const Json& message) {
  ASSIGN_OR_RETURN(std::optional<std::string> content, content_of(message));
  ASSIGN_OR_RETURN(MessageType type, type_of(message));
  ASSIGN_OR_RETURN(std::int64_t timeout, timeout_of(message));
  KeepAlive keep_alive;
  keep_alive.enabled = content.has_value();
  keep_alive.content = content.value_or("");
  keep_alive.type = type;
  keep_alive.timeout = timeout;
  const auto mode = message.find("mode");
  if (mode != message.end()) {
    if (*mode != "idle" && *mode != "interval") return malformed("\"mode\" is neither idle nor interval");
    keep_alive.at_intervals = *mode == "interval";
  }
  return Control(std::move(keep_alive));
}

Result<Control> parse_send_delayed(const Json& message) {
  Result<std::optional<std::string>> content = content_of(message);
  if (!content) return std::move(content.error());
  if (!content->has_value()) return malformed("needs \"content\" or \"content-bin\"");
  ASSIGN_OR_RETURN(MessageType type, type_of(message));
  ASSIGN_OR_RETURN(std::int64_t timeout, timeout_of(message));
  return Control(SendDelayed{std::move(**content), type, timeout});
}

Result<Control> parse_set_meta(const Json& message) {
  ASSIGN_OR_RETURN(std::string name, required(message, "name"));
  const auto value = message.find("value");
  if (value == message.end() || value->is_null()) return Control(SetMeta{std::move(name), ""});
  if (!value->is_string()) return malformed("\"value\" is not a string");
  return Control(SetMeta{std::move(name), value->get<std::string>()});
}

}  // namespace

Result<Control> parse_control(std::string_view json) {
  const Json message = Json::parse(json, nullptr, false);
  if (message.is_discarded()) return malformed("not JSON");
  if (!message.is_object()) return malformed("not a JSON object");
  Result<std::string> type = required(message, "type");
  if (!type) return std::move(type.error());
  if (*type == "subscribe" || *type == "unsubscribe") {
    Result<std::string> channel = required(message, "channel");
    if (!channel) return std::move(channel.error());
    if (channel->empty()) return malformed("\"channel\" is empty");
    if (*type == "subscribe") return Control(Subscribe{std::move(*channel)});
    return Control(Unsubscribe{std::move(*channel)});
  }
  if (*type == "detach") return Control(Detach{});
  if (*type == "keep-alive") return parse_keep_alive(message);
  if (*type == "send-delayed") return parse_send_delayed(message);
  if (*type == "flush-delayed") return Control(FlushDelayed{});
  if (*type == "set-meta") return parse_set_meta(message);
  return malformed("unknown type");
}

}  // namespace laraman::wire::grip
