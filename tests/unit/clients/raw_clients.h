// RawClients: opens WebSocket connections of a gateway whose clients are the other ends of socket pairs. Must outlive
// the gateway.
#pragma once

#include <sys/socket.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "clients/raw_protocol.h"
#include "clients/websocket_transport.h"
#include "gateway/shard.h"
#include "net/stream.h"

namespace laraman::clients {

class RawClients {
 public:
  explicit RawClients(std::size_t loops, const WebSocketOptions& options = {}, std::string heartbeat = "")
      : protocol_(std::move(heartbeat)) {
    for (std::size_t i = 0; i < loops; ++i) websockets_.push_back(std::make_unique<WebSockets>(options));
  }

  // The client's socket. A protocol that `opening` lacks is the raw one. On the thread of `shard`.
  UniqueFd open(gateway::Shard& shard, gateway::Opening opening, std::string_view response = "",
                const websocket::DeflateAgreement& deflate = {}) {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0) std::abort();
    static struct Nobody final : net::ByteStream::Handler {
      std::size_t on_data(std::span<char> bytes) override { return bytes.size(); }
      void on_peer_end() override {}
      void on_closed(const Error*) override {}
    } nobody;
    if (opening.protocol == nullptr) opening.protocol = &protocol_;
    auto stream = std::move(*net::Stream::open(shard.loop(), UniqueFd(fds[0]), nobody));
    shard.open(std::make_unique<WebSocketTransport>(websockets(shard), std::move(stream), response, deflate),
               std::move(opening));
    return UniqueFd(fds[1]);
  }

  // Of the first loop.
  WebSockets& websockets() { return *websockets_.front(); }
  WebSockets& websockets(const gateway::Shard& shard) { return *websockets_[shard.index()]; }
  const RawProtocol& protocol() const { return protocol_; }

 private:
  RawProtocol protocol_;
  std::vector<std::unique_ptr<WebSockets>> websockets_;
};

}  // namespace laraman::clients
