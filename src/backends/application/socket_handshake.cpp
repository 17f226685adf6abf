#include "backends/application/socket_handshake.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/escape.h"
#include "base/log.h"
#include "base/log_limiter.h"
#include "wire/websocket_events.h"

namespace laraman::backends::application {
namespace {

constexpr std::size_t kMaxBodyBytes = 4 << 20;  // of an answer to a handshake
constexpr std::string_view kSetMeta = "set-meta-";

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

HandshakeAnswer refusal(int status) {
  HandshakeAnswer answer;
  http::ErrorPage page = http::error_page(status);
  answer.head = std::move(page.head);
  answer.body = std::move(page.body);
  return answer;
}

HandshakeAnswer unusable(const Error& error) {
  static LogLimiter limiter;
  if (const auto times = limiter.admit()) {
    log::error("application gave an unusable answer to a handshake error={} times={}", quote(error.message()), times);
  }
  return refusal(502);
}

// Fields of the exchange itself, which say nothing to the client.
bool belongs_to_exchange(const std::string& lower_name) {
  static constexpr std::array kNames = {"content-type", "content-length",      "sec-websocket-extensions",
                                        "date",         "keep-alive-interval", "content-bytes-accepted",
                                        "cache-control"};
  return std::find(kNames.begin(), kNames.end(), lower_name) != kNames.end() || lower_name.starts_with("grip-");
}

// A text or binary event: a message for the client, or a control message of GRIP.
Result<void> take_message(HandshakeAnswer& answer, const wire::WebSocketEvent& event,
                          const std::optional<wire::GripExtension>& grip) {
  std::string_view content = event.content;
  if (grip && content.starts_with(wire::kControlPrefix)) {
    Result<wire::grip::Control> control = wire::grip::parse_control(content.substr(wire::kControlPrefix.size()));
    if (!control) return std::move(control.error());
    if (const auto* subscribe = std::get_if<wire::grip::Subscribe>(&*control)) {
      std::vector<std::string>& channels = answer.channels;
      if (std::find(channels.begin(), channels.end(), subscribe->channel) == channels.end()) {
        channels.push_back(subscribe->channel);
      }
    } else if (const auto* unsubscribe = std::get_if<wire::grip::Unsubscribe>(&*control)) {
      std::erase(answer.channels, unsubscribe->channel);
    } else if (const auto* meta = std::get_if<wire::grip::SetMeta>(&*control)) {
      gateway::set_meta(answer.info, meta->name, meta->value);
    } else {
      return Error{ErrorCode::kInvalid, "control message not supported in an answer to OPEN", std::string(content), ""};
    }
    return {};
  }
  if (grip && content.starts_with(grip->message_prefix)) content.remove_prefix(grip->message_prefix.size());
  const bool text = event.type == wire::WebSocketEvent::Type::kText;
  answer.messages.emplace_back(text ? gateway::MessageType::kText : gateway::MessageType::kBinary, content);
  return {};
}

}  // namespace

HandshakeAnswer read_handshake_answer(http::ResponseHead head, std::string body) {
  HandshakeAnswer answer;
  if (head.status != 200 || !head.headers.get("content-type").value_or("").starts_with(wire::kWebSocketEventsType)) {
    answer.head = std::move(head);
    answer.body = std::move(body);
    return answer;
  }
  Result<std::vector<wire::WebSocketEvent>> events = wire::parse_websocket_events(body);
  if (!events) return unusable(events.error());
  using Type = wire::WebSocketEvent::Type;
  if (events->empty() || events->front().type != Type::kOpen) {
    return unusable({ErrorCode::kInvalid, "the body does not begin with OPEN", "", ""});
  }
  answer.accepted = true;
  const auto grip = wire::parse_grip_extension(head.headers.get("sec-websocket-extensions").value_or(""));
  for (const auto& [name, value] : head.headers) {
    const std::string key = lower(name);
    if (key == "set-meta-user") {
      answer.info.user = value;
    } else if (key == "set-meta-session") {
      answer.info.session = value;
    } else if (key == "set-meta-login") {
      answer.info.login = value;
    } else if (key.starts_with(kSetMeta)) {
      gateway::set_meta(answer.info, name.substr(kSetMeta.size()), value);
    } else if (!belongs_to_exchange(key)) {
      answer.headers.add(name, value);
    }
  }
  for (const wire::WebSocketEvent& event : *events) {
    if (event.type == Type::kText || event.type == Type::kBinary) {
      if (Result<void> taken = take_message(answer, event, grip); !taken) return unusable(taken.error());
    } else if (event.type == Type::kClose) {
      const auto close = wire::parse_close_content(event.content);
      if (!close) return unusable({ErrorCode::kInvalid, "malformed CLOSE", "", ""});
      answer.close = gateway::Close{close->code, std::string(close->reason)};
    } else if (event.type == Type::kDisconnect) {
      answer.close = gateway::Close{1000, ""};
    }
  }
  return answer;
}

SocketHandshake::SocketHandshake(Application& application, const http::Request& head, const RequestOrigin& origin,
                                 const gateway::ConnectionId& id, OnAnswer on_answer)
    : on_answer_(std::move(on_answer)), exchange_(application.open(head, origin, id, *this)) {}

void SocketHandshake::on_head(http::ResponseHead head) { head_ = std::move(head); }

void SocketHandshake::on_body(std::string_view bytes) {
  if (body_.size() + bytes.size() > kMaxBodyBytes) {
    static LogLimiter limiter;
    if (const auto times = limiter.admit()) {
      log::error("application's answer to a handshake is too long limit={} times={}", kMaxBodyBytes, times);
    }
    exchange_.reset();
    answer(refusal(502));
    return;
  }
  body_.append(bytes);
}

void SocketHandshake::on_end() { answer(read_handshake_answer(std::move(head_), std::move(body_))); }

void SocketHandshake::on_failure(Failure failure) { answer(refusal(status_of(failure))); }

void SocketHandshake::answer(HandshakeAnswer answer) { std::exchange(on_answer_, nullptr)(std::move(answer)); }

}  // namespace laraman::backends::application
