// WebSocketOpening: a client's wish to speak WebSocket, whatever version of HTTP carries it: whether it may, who is
// asked about that, and its way into the gateway.
//
// It continues without its client: the application then gets the open and the close of the connection at once.
// For the loop's thread only.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "backends/application/application.h"
#include "gateway/shard.h"
#include "http/request.h"
#include "http/response.h"
#include "net/byte_stream.h"
#include "server/router.h"
#include "websocket/handshake.h"

namespace laraman::server {

struct PortContext;

class WebSocketOpening {
 public:
  // What the request came by. Exactly one of these is called, perhaps within begin(); the opening is destroyed later.
  class Carrier {
   public:
    // It may not: the request is the carrier's again, with the response to it.
    virtual void refuse(http::Request request, const http::ResponseHead& head, std::string_view body,
                        bool keep_alive) = 0;
    // It may: WebSocket frames go through the stream from now on, first of all `response`.
    virtual std::unique_ptr<net::ByteStream> accept(const http::Request& request, const websocket::Agreement& agreement,
                                                    const http::Headers& more, std::string& response) = 0;
    // It is let in only to be sent these frames, the last of which closes: a page sees nothing of a refusal by HTTP.
    virtual void turn_away(const http::Request& request, const websocket::Agreement& agreement,
                           std::string_view frames) = 0;

   protected:
    ~Carrier() = default;
  };

  // `port` and `carrier` outlive it, or abandon() is called. Owned by the port, which forgets it at its end.
  WebSocketOpening(PortContext& port, Carrier& carrier, http::Request request,
                   backends::application::RequestOrigin origin);

  void begin();
  // The client is gone, and the carrier with it.
  void abandon() { carrier_ = nullptr; }

 private:
  void on_decision(Decision decision);
  void let_in(Decision decision);
  void refuse(const http::ResponseHead& head, std::string_view body, bool keep_alive);
  void refuse(const http::ErrorPage& page) { refuse(page.head, page.body, false); }
  void turn_away(const gateway::Close& close, std::span<const gateway::Message> messages = {});
  bool origin_allowed() const;
  // Adds what is known of the client and its request.
  void describe(gateway::ConnectionInfo& info) const;
  std::string choose_protocol(std::optional<std::string_view> application) const;

  PortContext& port_;
  Carrier* carrier_;  // null: the client is gone
  http::Request request_;
  websocket::Offer offer_;
  const backends::application::RequestOrigin origin_;
  const bool behind_proxy_;
  const SocketRoute* route_ = nullptr;
  std::unique_ptr<Admission::Question> question_;
  gateway::ConnectionId id_;
};

}  // namespace laraman::server
