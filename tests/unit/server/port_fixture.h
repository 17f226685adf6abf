// A public port on one loop that is turned by hand, clients that speak raw bytes to it, and an upstream that answers
// when the test says so.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "../clients/raw_clients.h"
#include "backends/application/application.h"
#include "backends/fastcgi/parameters.h"
#include "gateway/gateway.h"
#include "net/socket.h"
#include "server/handlers/application_handler.h"
#include "server/handlers/file_handler.h"
#include "server/port.h"
#include "temporary_directory.h"
#include "wire/fastcgi.h"

namespace laraman::server {

// An application that keeps what it is asked, as a worker would see it.
class FakeUpstream final : public backends::application::Application {
 public:
  struct Exchange {
    std::string parameters;
    std::string bytes;
    std::shared_ptr<const UniqueFd> body_file;
    std::uint64_t body_size = 0;
    backends::application::ResponseHandler* handler = nullptr;
    bool abandoned = false;
    bool paused = false;

    // The value of a FastCGI parameter; "<none>" without it.
    std::string parameter(std::string_view name) const {
      wire::fastcgi::PairReader pairs(parameters);
      while (const auto pair = pairs.next()) {
        if (pair->name == name) return std::string(pair->value);
      }
      return "<none>";
    }
    std::string body() const {
      if (!body_file) return bytes;
      std::string read(body_size, '\0');
      EXPECT_EQ(::pread(body_file->get(), read.data(), read.size(), 0), static_cast<ssize_t>(read.size()));
      return read;
    }

    void head(int status, std::initializer_list<http::Headers::Field> fields = {}) {
      http::ResponseHead head;
      head.status = status;
      for (const http::Headers::Field& field : fields) head.headers.add(field.name, field.value);
      handler->on_head(std::move(head));
    }
    void answer(int status, std::initializer_list<http::Headers::Field> fields, std::string_view body) {
      head(status, fields);
      if (!body.empty()) handler->on_body(body);
      handler->on_end();
    }
  };

  std::unique_ptr<backends::application::Exchange> start(backends::application::Request request,
                                                         backends::application::ResponseHandler& handler) override {
    auto exchange = std::make_shared<Exchange>();
    exchange->parameters = backends::fastcgi::request_parameters(request.head, request.origin, request.body_size);
    exchange->bytes = std::move(request.body);
    exchange->body_file = std::move(request.body_file);
    exchange->body_size = request.body_size;
    return keep(std::move(exchange), handler);
  }
  std::unique_ptr<backends::application::Exchange> open(const http::Request& head,
                                                        const backends::application::RequestOrigin& origin,
                                                        const gateway::ConnectionId& id,
                                                        backends::application::ResponseHandler& handler) override {
    auto exchange = std::make_shared<Exchange>();
    exchange->parameters = backends::fastcgi::handshake_parameters(head, origin, id);
    exchange->bytes = backends::fastcgi::kOpenBody;
    return keep(std::move(exchange), handler);
  }

  std::vector<std::shared_ptr<Exchange>> exchanges;

 private:
  std::unique_ptr<backends::application::Exchange> keep(std::shared_ptr<Exchange> exchange,
                                                        backends::application::ResponseHandler& handler) {
    exchange->handler = &handler;
    exchanges.push_back(exchange);
    return std::make_unique<Handle>(std::move(exchange));
  }
  struct Handle final : backends::application::Exchange {
    explicit Handle(std::shared_ptr<FakeUpstream::Exchange> state) : exchange(std::move(state)) {}
    ~Handle() override { exchange->abandoned = true; }
    void pause() override { exchange->paused = true; }
    void resume() override { exchange->paused = false; }
    std::shared_ptr<FakeUpstream::Exchange> exchange;
  };
};

struct RecordingEvents final : gateway::EventSink {
  void on_event(gateway::Shard& shard, gateway::Event&& event) override {
    if (event.confirm) shard.confirm_events(event.connection);
    events.push_back(std::move(event));
  }
  std::vector<gateway::Event> events;
};

inline TimePoint port_fixture_now{std::chrono::seconds(1000)};

class Client {
 public:
  explicit Client(UniqueFd fd) : fd_(std::move(fd)) {
    const int on = 1;  // small pieces one after the other, without the kernel's waiting for an acknowledgement
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  void send(std::string_view bytes) {
    ASSERT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  // All that has come; "<end>" behind it if the server has ended.
  std::string read() {
    std::string all;
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (got == 0) return all + "<end>";
      if (got < 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  void end_sending() { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }

 private:
  UniqueFd fd_;
};

class PortFixture : public testing::Test {
 protected:
  PortFixture() {
    options.public_directory = public_directory.string();
    loop = std::move(*net::EventLoop::create([] { return port_fixture_now; }));
    make_gateway({});
  }

  void make_gateway(const gateway::LimitOptions& limits) {
    gateway::Gateway::Options gateway_options;
    gateway_options.limits = limits;
    std::array<net::EventLoop*, 1> loops{loop.get()};
    gateway = std::move(*gateway::Gateway::create(std::move(gateway_options), loops, nullptr));
    gateway->set_event_sink(events);
  }

  // With `options`; called by the first connect().
  void open_port() {
    const auto address = *net::SocketAddress::of_host("127.0.0.1", 0);
    UniqueFd listening = std::move(*net::listen_on(address));
    const int size = 1 << 20;  // of the clients' sockets: so that much can come in one read
    ::setsockopt(listening.get(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    address_ = net::SocketAddress::of_local(listening.get());
    Router router;
    if (!options.public_directory.empty()) {
      file_handler = std::move(*FileHandler::open(*loop, options.public_directory));
      router.add(*file_handler);
    }
    if (has_application) router.add(application);
    Admission& admission = has_application ? static_cast<Admission&>(ask_application) : let_in;
    router.add({websocket_paths, admission, raw_clients.protocol()});
    port = std::move(*Port::open(gateway->shard(0), raw_clients.websockets(), std::move(router), options,
                                 std::move(listening), shares));
  }

  Client connect() {
    if (!port) open_port();
    Client client(std::move(*net::connect_to(address_)));
    turn();
    return client;
  }

  void turn(int times = 6) {
    for (int i = 0; i < times; ++i) loop->run_once(Duration::zero());
  }
  // Lets time pass, and the port notice it.
  void pass(Duration time) {
    port_fixture_now += time;
    turn();
  }

  // What the server says to `bytes`.
  std::string say(Client& client, std::string_view bytes) {
    client.send(bytes);
    turn();
    return client.read();
  }

  const net::SocketAddress& address() const { return address_; }
  FakeUpstream::Exchange& last() { return *upstream.exchanges.back(); }
  std::size_t requests() const { return upstream.exchanges.size(); }

  void write_file(const std::string& name, std::string_view content) const {
    std::filesystem::create_directories((public_directory / name).parent_path());
    std::ofstream(public_directory / name) << content;
  }

  TemporaryDirectory temporary;
  const std::filesystem::path public_directory{temporary.path()};
  PortOptions options;
  PortShares shares;
  clients::RawClients raw_clients{1};
  PathPatterns websocket_paths;
  bool has_application = true;
  RecordingEvents events;
  FakeUpstream upstream;
  ApplicationHandler application{upstream};
  ApplicationAdmission ask_application{upstream};
  OpenAdmission let_in;
  std::unique_ptr<net::EventLoop> loop;
  std::unique_ptr<FileHandler> file_handler;
  std::unique_ptr<gateway::Gateway> gateway;
  std::unique_ptr<Port> port;

 private:
  net::SocketAddress address_;
};

// The status of a response.
inline int status_of(std::string_view response) {
  return response.starts_with("HTTP/1.1 ") ? std::atoi(response.substr(9, 3).data()) : 0;
}
inline bool has_line(std::string_view response, std::string_view line) {
  return response.find("\r\n" + std::string(line) + "\r\n") != std::string_view::npos;
}
inline std::string body_of(const std::string& response) {
  const std::size_t end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}

}  // namespace laraman::server
