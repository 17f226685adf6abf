// For fuzzers: a public port, and an application that answers everything, one turn later.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../unit/clients/raw_clients.h"
#include "backends/application/application.h"
#include "base/log.h"
#include "gateway/gateway.h"
#include "net/socket.h"
#include "server/handlers/application_handler.h"
#include "server/port.h"

namespace laraman::fuzz {

class Application final : public backends::application::Application {
 public:
  std::unique_ptr<backends::application::Exchange> start(backends::application::Request,
                                                         backends::application::ResponseHandler& handler) override {
    return begin(handler, false);
  }
  std::unique_ptr<backends::application::Exchange> open(const http::Request&,
                                                        const backends::application::RequestOrigin&,
                                                        const gateway::ConnectionId&,
                                                        backends::application::ResponseHandler& handler) override {
    return begin(handler, true);
  }

  void answer_all() {
    while (!exchanges_.empty()) {
      const Exchange& exchange = **exchanges_.begin();
      backends::application::ResponseHandler& handler = exchange.handler;
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
  std::unique_ptr<backends::application::Exchange> begin(backends::application::ResponseHandler& handler,
                                                         bool is_handshake) {
    auto exchange = std::make_unique<Exchange>(*this, handler);
    exchange->is_handshake = is_handshake;
    exchanges_.insert(exchange.get());
    return exchange;
  }

  struct Exchange final : backends::application::Exchange {
    Exchange(Application& owner, backends::application::ResponseHandler& to) : application(owner), handler(to) {}
    ~Exchange() override { application.exchanges_.erase(this); }
    void pause() override {}
    void resume() override {}
    Application& application;
    backends::application::ResponseHandler& handler;
    bool is_handshake = false;
  };

  std::set<Exchange*> exchanges_;
};

// A business that is done with every event one turn later.
class Business final : public gateway::EventSink {
 public:
  void on_event(gateway::Shard&, gateway::Event&& event) override {
    if (event.confirm) unconfirmed_.push_back(event.connection);
  }
  void confirm_all(gateway::Shard& shard) {
    for (const gateway::ConnectionId& connection : std::exchange(unconfirmed_, {})) shard.confirm_events(connection);
  }

 private:
  std::vector<gateway::ConnectionId> unconfirmed_;
};

// A public port on one loop that is turned by hand.
struct Server {
  // `with_application`: it answers all; else nobody is asked about WebSockets, and requests get 404.
  explicit Server(const server::PortOptions& port_options = {}, bool with_application = true) {
    log::start({.level = log::Level::kError, .role = "fuzz", .file = {}}).ok();
    std::array<net::EventLoop*, 1> loops{loop.get()};
    gateway = std::move(*gateway::Gateway::create({}, loops, nullptr));
    gateway->set_event_sink(business);
    UniqueFd listening = std::move(*net::listen_on(*net::SocketAddress::of_host("127.0.0.1", 0)));
    const int size = 1 << 20;  // of the clients' sockets: so that much can come in one read
    ::setsockopt(listening.get(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    address = net::SocketAddress::of_local(listening.get());
    server::Router router;
    if (with_application) router.add(requests);
    server::Admission& admission = with_application ? static_cast<server::Admission&>(ask) : let_in;
    router.add({{}, admission, raw_clients.protocol()});
    port = std::move(*server::Port::open(gateway->shard(0), raw_clients.websockets(), std::move(router), port_options,
                                         std::move(listening)));
  }
  void turn(int times) {
    for (int i = 0; i < times; ++i) {
      loop->run_once(Duration::zero());
      application.answer_all();
      business.confirm_all(gateway->shard(0));
    }
  }
  // The client is gone; what it has sent is still handled. No port is to stay in TIME_WAIT.
  void hang_up(UniqueFd socket) {
    const linger at_once{1, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket.reset();
    for (int i = 0; i < kMaxTurns && !is_idle(); ++i) turn(1);
    if (!is_idle()) std::abort();
  }
  bool is_idle() const { return port->connections() == 0 && gateway->shard(0).size() == 0; }

  // For the smallest frames of a client's two socket buffers, 64 of which are confirmed at a time.
  static constexpr int kMaxTurns = 10'000;

  Business business;
  Application application;
  server::ApplicationHandler requests{application};
  server::ApplicationAdmission ask{application};
  server::OpenAdmission let_in;
  clients::RawClients raw_clients{1};
  std::unique_ptr<net::EventLoop> loop = std::move(*net::EventLoop::create());
  std::unique_ptr<gateway::Gateway> gateway;
  net::SocketAddress address;
  std::unique_ptr<server::Port> port;
};

}  // namespace laraman::fuzz
