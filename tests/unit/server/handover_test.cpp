// A connection goes from one protocol to the next (a PROXY header, TLS, HTTP/1 to HTTP/2, HTTP/1 to WebSocket) within
// one read, however much of the next protocol that read has brought: 1 byte to more than the read buffer holds.
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <tuple>

#include "../net/certificate.h"
#include "../net/tls_client.h"
#include "http2_client.h"
#include "server/http2_connection.h"

namespace laraman::server {
namespace {

constexpr std::size_t kTotal = 70'000;  // bytes that a client sends, at least

enum class Transport { kPlain, kProxy, kTls, kProxyTls };

std::string masked_frame(std::uint8_t first_byte, std::string_view payload) {
  std::string frame = {static_cast<char>(first_byte), '\xfe', static_cast<char>(payload.size() >> 8),
                       static_cast<char>(payload.size())};
  return frame.append(4, '\0').append(payload);
}

// ---- what clients send: each a protocol's beginning and enough behind it

std::string http1_with_body() {
  return "POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(kTotal) + "\r\n\r\n" +
         std::string(kTotal, 'b');
}

std::string http1_pipelined() {
  std::string bytes;
  while (bytes.size() < kTotal) bytes += "HEAD /missing HTTP/1.1\r\nHost: x\r\n\r\n";
  return bytes;
}

std::string websocket_frames() {
  std::string bytes =
      "GET /s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
  while (bytes.size() < kTotal) bytes += masked_frame(0x81, std::string(1000, 'm'));
  return bytes;
}

// Frames of a type that nobody knows (RFC 9113 section 5.5: they are ignored), then a request.
std::string http2_request() {
  std::string bytes(Http2Connection::kPreface);
  bytes += std::string("\0\0\0\4\0\0\0\0\0", 9);  // SETTINGS
  while (bytes.size() < kTotal) bytes += std::string("\0\x10\0\xfa\0\0\0\0\0", 9) + std::string(4096, 'f');
  const std::string fields = "\x82\x86\x84\x41\1x";  // RFC 7541 appendix A: GET, http, /, :authority x
  return bytes + std::string("\0\0\6\1\5\0\0\0\1", 9) + fields;
}

// ---- a client of any transport

class HandoverTest : public PortFixture, public testing::WithParamInterface<std::tuple<Transport, std::size_t>> {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);
    if (has_proxy()) {
      const std::vector<std::string> texts = {"127.0.0.1"};
      options.trusted_proxies = std::move(*net::Networks::parse(texts));
      options.proxy_protocol = true;
    }
  }
  bool has_proxy() const { return transport() == Transport::kProxy || transport() == Transport::kProxyTls; }
  bool has_tls() const { return transport() == Transport::kTls || transport() == Transport::kProxyTls; }
  Transport transport() const { return std::get<0>(GetParam()); }
  std::size_t first_read() const { return std::get<1>(GetParam()); }

  // Sends `bytes`: as many as the parameter says before the server reads any of them, then the others.
  void send(std::string bytes) {
    open_port();
    if (has_tls()) {
      const net::TlsFiles files = certificates_.make("x", "DNS:x");
      port->set_tls(*net::TlsContext::load({&files, 1}));
    }
    socket_ = std::move(*net::connect_to(address()));
    const int size = 1 << 20;  // so that the largest first piece fits
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    const int on = 1;  // without the kernel's waiting for an acknowledgement
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    turn();
    std::string header = has_proxy() ? "PROXY TCP4 1.2.3.4 5.6.7.8 1111 443\r\n" : "";
    if (has_tls()) {
      ASSERT_EQ(::send(socket_.get(), header.data(), header.size(), 0), static_cast<ssize_t>(header.size()));
      turn();
      tls_.connect(UniqueFd(::dup(socket_.get())));
      for (int i = 0; i < 10 && !tls_.handshake(); ++i) turn();
    } else {
      bytes = header + bytes;
    }
    const std::size_t first = std::min(first_read() + (has_tls() ? 0 : header.size()), bytes.size());
    write(std::string_view(bytes).substr(0, first), 0);
    turn();
    answers_handshake_ = true;
    write(std::string_view(bytes).substr(first), 3);
    answer_handshake();
    turn(20);
  }

  // With `turns` of the server between two pieces that the socket takes.
  void write(std::string_view bytes, int turns) {
    for (int i = 0; !bytes.empty() && i < 1000; ++i) {
      const std::size_t sent = write_some(bytes);
      bytes.remove_prefix(sent);
      if (turns > 0 || sent == 0) turn(std::max(turns, 1));
      answer_handshake();
    }
    ASSERT_TRUE(bytes.empty());
  }
  void answer_handshake() {
    if (!answers_handshake_ || answered_ || requests() == 0 || last().parameter("LARAMAN_EVENTS") != "1") return;
    answered_ = true;
    last().answer(200, {{"Content-Type", "application/websocket-events"}, {"Sec-WebSocket-Extensions", "grip"}},
                  "OPEN\r\n");
  }
  std::size_t write_some(std::string_view bytes) {
    if (has_tls()) return tls_.write(bytes);
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  std::string read() {
    if (has_tls()) return tls_.read();
    std::string all(1 << 20, '\0');
    const ssize_t got = ::recv(socket_.get(), all.data(), all.size(), 0);
    return all.substr(0, got > 0 ? static_cast<std::size_t>(got) : 0);
  }

 private:
  net::Certificates certificates_;
  net::TlsClient tls_;
  UniqueFd socket_;
  bool answers_handshake_ = false;
  bool answered_ = false;
};

std::string name_of_case(const testing::TestParamInfo<HandoverTest::ParamType>& info) {
  constexpr const char* kNames[] = {"Plain", "Proxy", "Tls", "ProxyTls"};
  return std::string(kNames[static_cast<int>(std::get<0>(info.param))]) + std::to_string(std::get<1>(info.param));
}

INSTANTIATE_TEST_SUITE_P(
    FirstReads, HandoverTest,
    testing::Combine(testing::Values(Transport::kPlain, Transport::kProxy, Transport::kTls, Transport::kProxyTls),
                     testing::Values(1, 2, 14, 23, 24, 25, 33, 500, 4096, 16'384, 65'535, 65'536, 65'537, 70'000)),
    &name_of_case);

TEST_P(HandoverTest, Http1KeepsItsBody) {
  send(http1_with_body());
  ASSERT_EQ(requests(), 1u);
  EXPECT_EQ(last().body(), std::string(kTotal, 'b'));
}

TEST_P(HandoverTest, Http1AnswersPipelinedRequests) {
  const std::string bytes = http1_pipelined();
  has_application = false;
  send(bytes);
  std::string answers = read();
  for (int i = 0; i < 10; ++i) {
    turn();
    answers += read();
  }
  std::size_t count = 0;
  for (std::size_t at = 0; (at = answers.find("HTTP/1.1 404", at)) != std::string::npos; ++at) ++count;
  EXPECT_EQ(count, static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), 'D')));
}

TEST_P(HandoverTest, Http2TakesOverWhatHttp1HasRead) {
  send(http2_request());
  ASSERT_EQ(requests(), 1u);
  EXPECT_EQ(last().parameter("REQUEST_URI"), "/");
  EXPECT_EQ(last().parameter("SERVER_PROTOCOL"), "HTTP/2.0");
  EXPECT_EQ(port->connections(), 1u);
}

TEST_P(HandoverTest, WebSocketTakesOverAtOnceWhatHttp1HasRead) {
  const std::string bytes = websocket_frames();
  has_application = false;
  send(bytes);
  ASSERT_EQ(gateway->shard(0).size(), 1u);
  EXPECT_EQ(events.events.size(), 1 + static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\xfe')));
}

TEST_P(HandoverTest, WebSocketTakesOverWhatWaitedForTheApplication) {
  const std::string bytes = websocket_frames();
  send(bytes);
  ASSERT_EQ(gateway->shard(0).size(), 1u);
  EXPECT_EQ(events.events.size(), 1 + static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\xfe')));
}

}  // namespace
}  // namespace laraman::server
