#include "server/websocket_opening.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/log.h"
#include "base/log_limiter.h"
#include "server/forwarded.h"
#include "server/port_context.h"
#include "websocket/deflate_negotiation.h"
#include "websocket/frame_writer.h"
#include "websocket/origin.h"

namespace laraman::server {

WebSocketOpening::WebSocketOpening(PortContext& port, Carrier& carrier, http::Request request,
                                   backends::application::RequestOrigin origin)
    : port_(port),
      carrier_(&carrier),
      request_(std::move(request)),
      origin_(std::move(origin)),
      behind_proxy_(port.options.trusted_proxies.contain(origin_.remote_address)) {}

void WebSocketOpening::begin() {
  if (const std::optional<http::ErrorPage> refusal = websocket::check_handshake(request_, offer_)) {
    return refuse(*refusal);
  }
  route_ = port_.router.find_socket(request_.path());
  if (route_ == nullptr) return refuse(http::error_page(404));
  if (!origin_allowed()) return refuse(http::error_page(403));
  if (port_.shard.refuses_handshake()) return refuse(http::error_page(503));
  if (const std::optional<gateway::Close> refusal = port_.shard.enter()) return turn_away(*refusal);
  id_ = port_.shard.next_id();
  gateway::ConnectionInfo described;
  describe(described);
  question_ = route_->admission.ask({request_, origin_, id_, described},
                                    [this](Decision decision) { on_decision(std::move(decision)); });
}

// Only browsers send an origin, and only they have cookies to abuse.
bool WebSocketOpening::origin_allowed() const {
  const auto origin = request_.header("Origin");
  if (!origin) return true;
  std::optional<std::string_view> host = behind_proxy_ ? forwarded_host(request_.headers()) : std::nullopt;
  if (!host) host = request_.header("Host");
  if (websocket::origin_allowed(*origin, host.value_or(""), port_.options.allowed_origins)) return true;
  port_.shard.count_foreign_origin();
  static LogLimiter limiter;
  if (const auto times = limiter.admit(port_.loop().now())) {
    log::info("handshake refused reason=\"origin not allowed\" origin={} path={} times={}", quote(*origin),
              quote(request_.path()), times);
  }
  return false;
}

void WebSocketOpening::on_decision(Decision decision) {
  if (decision.kind == Decision::Kind::kAdmit) return let_in(std::move(decision));
  port_.shard.give_up(id_);
  if (decision.kind == Decision::Kind::kRefuse) return refuse(decision.head, decision.body, true);
  turn_away(*decision.close, decision.messages);
}

void WebSocketOpening::let_in(Decision decision) {
  gateway::Opening opening;
  opening.id = id_;
  opening.info = std::move(decision.info);
  opening.channels = std::move(decision.channels);
  describe(opening.info);
  opening.offered_protocols = fmt::format("{}", fmt::join(offer_.protocols, ", "));
  if (carrier_ == nullptr) {
    port_.shard.open_gone(std::move(opening));
    port_.owner.forget(*this);
    return;
  }
  websocket::Agreement agreement;
  agreement.protocol = choose_protocol(decision.headers.get("Sec-WebSocket-Protocol"));
  clients::WebSockets& websockets = port_.websockets;
  opening.protocol = &route_->protocol;
  const websocket::DeflateAgreement deflate =
      websocket::negotiate_deflate(offer_.extensions, websockets.options().compression, agreement.extensions);
  opening.messages = std::move(decision.messages);
  opening.close = std::move(decision.close);
  if (port_.stopping) opening.close = gateway::Close{1012, "service restart"};
  std::string response;
  std::unique_ptr<net::ByteStream> stream = carrier_->accept(request_, agreement, decision.headers, response);
  port_.log_access({origin_.remote_address, &request_, request_.version() == http::Version::kHttp2 ? 200 : 101, 0, {}});
  port_.shard.open(std::make_unique<clients::WebSocketTransport>(websockets, std::move(stream), response, deflate),
                   std::move(opening));
  port_.owner.forget(*this);
}

void WebSocketOpening::refuse(const http::ResponseHead& head, std::string_view body, bool keep_alive) {
  if (carrier_ != nullptr) carrier_->refuse(std::move(request_), head, body, keep_alive);
  port_.owner.forget(*this);
}

void WebSocketOpening::turn_away(const gateway::Close& close, std::span<const gateway::Message> messages) {
  if (carrier_ != nullptr) {
    std::string frames;
    for (const gateway::Message& message : messages) frames.append(message.websocket_frame(route_->protocol).view());
    websocket::append_close_frame(frames, close.code, close.reason);
    carrier_->turn_away(request_, {choose_protocol(std::nullopt), ""}, frames);
  }
  port_.owner.forget(*this);
}

void WebSocketOpening::describe(gateway::ConnectionInfo& info) const {
  const std::string client =
      behind_proxy_ ? forwarded_client(request_.headers(), origin_.remote_address, port_.options.trusted_proxies)
                    : origin_.remote_address;
  info.request = gateway::HandshakeRequest({
      .path = request_.path(),
      .query = request_.query(),
      .remote_address = client,
      .forwarded_for = request_.header("x-forwarded-for").value_or(""),
      .real_ip = request_.header("x-real-ip").value_or(""),
  });
}

// The application's choice, else the first that is offered and configured; never one that is not offered.
std::string WebSocketOpening::choose_protocol(std::optional<std::string_view> application) const {
  const std::vector<std::string>& offered = offer_.protocols;
  const auto is_offered = [&](std::string_view name) {
    return std::find(offered.begin(), offered.end(), name) != offered.end();
  };
  if (application) {
    if (is_offered(*application)) return std::string(*application);
    static LogLimiter limiter;
    if (const auto times = limiter.admit(port_.loop().now())) {
      log::warning("application chose a sub-protocol that the client does not offer protocol={} path={} times={}",
                   quote(*application), quote(request_.path()), times);
    }
    return "";
  }
  const std::vector<std::string>& known = port_.options.subprotocols;
  const auto it = std::find_if(offered.begin(), offered.end(), [&](const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  });
  return it == offered.end() ? "" : *it;
}

}  // namespace laraman::server
