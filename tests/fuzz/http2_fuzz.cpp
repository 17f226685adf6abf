// A public port, and a client that begins with HTTP/2's preface and goes on with anything: frames of nghttp2's concern,
// and requests, bodies, resets and WebSockets of ours. An application answers everything, one turn later.

#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>

#include "base/log.h"
#include "gateway/gateway.h"
#include "net/socket.h"
#include "server/http2_session.h"
#include "server/port.h"
#include "upstream/exchange.h"
#include "wire/fastcgi.h"

namespace {

using namespace laraman;

class Application final : public upstream::Upstream {
 public:
  std::unique_ptr<upstream::Exchange> start(upstream::Request request, upstream::ResponseHandler& handler) override {
    auto exchange = std::make_unique<Exchange>(*this, handler);
    exchange->is_handshake = request.parameters.find("LARAMAN_EVENTS") != std::string::npos;
    exchanges_.insert(exchange.get());
    return exchange;
  }

  void answer_all() {
    while (!exchanges_.empty()) {
      const Exchange& exchange = **exchanges_.begin();
      upstream::ResponseHandler& handler = exchange.handler;
      http::ResponseHead head;
      head.status = 200;
      head.headers.add("Content-Type", exchange.is_handshake ? "application/websocket-events" : "text/plain");
      const std::string_view body = exchange.is_handshake ? "OPEN\r\nTEXT 4\r\nm:hi\r\n" : "the answer";
      exchanges_.erase(exchanges_.begin());  // it ends within on_end()
      handler.on_head(std::move(head));
      handler.on_body(body);
      handler.on_end();
    }
  }

 private:
  struct Exchange final : upstream::Exchange {
    Exchange(Application& owner, upstream::ResponseHandler& to) : application(owner), handler(to) {}
    ~Exchange() override { application.exchanges_.erase(this); }
    void pause() override {}
    void resume() override {}
    Application& application;
    upstream::ResponseHandler& handler;
    bool is_handshake = false;
  };

  std::set<Exchange*> exchanges_;
};

struct Nobody final : gateway::EventSink {
  void on_event(gateway::Shard&, gateway::Event) override {}
};

struct Server {
  Server() {
    log::start({.level = log::Level::kError, .role = "fuzz", .file = {}}).ok();
    std::array<net::EventLoop*, 1> loops{loop.get()};
    gateway::Gateway::Options options;
    options.events = &events;
    gateway = std::move(*gateway::Gateway::create(options, loops, nullptr));
    UniqueFd listening = std::move(*net::listen_on(*net::SocketAddress::of_host("127.0.0.1", 0)));
    address = net::SocketAddress::of_local(listening.get());
    port = std::move(*server::Port::open(gateway->shard(0), {&application, nullptr}, {}, std::move(listening)));
  }
  void turn(int times) {
    for (int i = 0; i < times; ++i) {
      loop->run_once(Duration::zero());
      application.answer_all();
    }
  }

  Nobody events;
  Application application;
  std::unique_ptr<net::EventLoop> loop = std::move(*net::EventLoop::create());
  std::unique_ptr<gateway::Gateway> gateway;
  net::SocketAddress address;
  std::unique_ptr<server::Port> port;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Server& server = *new Server;
  Result<UniqueFd> socket = net::connect_to(server.address);
  if (!socket) std::abort();
  server.turn(2);
  // The first byte says in how large pieces the others come.
  const std::size_t piece = size > 0 ? std::size_t{1} + data[0] * 8 : 1;
  std::string bytes(server::Http2Session::kPreface);
  if (size > 1) bytes.append(reinterpret_cast<const char*>(data + 1), size - 1);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (::send(socket->get(), bytes.data() + at, std::min(piece, bytes.size() - at), MSG_NOSIGNAL) <= 0) break;
    server.turn(2);
  }
  server.turn(3);
  const linger at_once{1, 0};  // no port is to stay in TIME_WAIT
  ::setsockopt(socket->get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket->reset();
  server.turn(4);
  if (server.port->sessions() != 0) std::abort();
  return 0;
}
