// SocketHandshake: asks the application whether a client may have its WebSocket, by the OPEN request of
// WebSocket-over-HTTP, and reads what it answers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/application/application.h"
#include "gateway/shard.h"
#include "http/response.h"

namespace laraman::backends::application {

struct HandshakeAnswer {
  bool accepted = false;

  // Accepted: what the connection begins with. Of `info` user, session, meta and log-in are set.
  gateway::ConnectionInfo info;
  std::vector<std::string> channels;
  std::vector<gateway::Message> messages;
  std::optional<gateway::Close> close;
  http::Headers headers;  // for the 101: Set-Cookie, Sec-WebSocket-Protocol and the application's own

  // Refused: the application's response, or a 502 or 503 of ours, for the client as it is.
  http::ResponseHead head;
  std::string body;
};

class SocketHandshake final : private ResponseHandler {
 public:
  // `on_answer` is called once, from a later turn; the handshake may be destroyed in it. Destroying it before gives up.
  using OnAnswer = std::function<void(HandshakeAnswer)>;
  // `head`, `origin` and `id`: as Application::open() takes them.
  SocketHandshake(Application& application, const http::Request& head, const RequestOrigin& origin,
                  const gateway::ConnectionId& id, OnAnswer on_answer);

 private:
  void on_head(http::ResponseHead head) override;
  void on_body(std::string_view bytes) override;
  void on_end() override;
  void on_failure(Failure failure) override;
  void answer(HandshakeAnswer answer);

  OnAnswer on_answer_;
  http::ResponseHead head_;
  std::string body_;
  std::unique_ptr<Exchange> exchange_;
};

// The answer that a complete response to the OPEN request means; an unusable one becomes a 502.
HandshakeAnswer read_handshake_answer(http::ResponseHead head, std::string body);

}  // namespace laraman::backends::application
