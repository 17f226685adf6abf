// The public port behind proxies: PROXY headers, X-Forwarded-*, and who may send them.
#include <gtest/gtest.h>

#include "port_fixture.h"

namespace laraman::server {
namespace {

class ProxyTest : public PortFixture {
 protected:
  void trust(const std::string& network) {
    const std::vector<std::string> texts = {network};
    options.trusted_proxies = std::move(*net::Networks::parse(texts));
  }
  // What the application is told of a request.
  std::string told(Client& client, std::string_view parameter, std::string_view bytes) {
    client.send(bytes);
    turn();
    return requests() == 0 ? "<no request>" : last().parameter(parameter);
  }
};

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kHandshake =
    "GET /s HTTP/1.1\r\nHost: backend:8000\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

TEST_F(ProxyTest, TakesTheClientsAddressFromThePROXYHeader) {
  trust("127.0.0.1");
  options.proxy_protocol = true;
  Client client = connect();
  const std::string request = "PROXY TCP4 1.2.3.4 5.6.7.8 1111 443\r\n" + std::string(kGet);
  EXPECT_EQ(told(client, "REMOTE_ADDR", request), "1.2.3.4");
  EXPECT_EQ(last().parameter("REMOTE_PORT"), "1111");
  EXPECT_EQ(last().parameter("SERVER_ADDR"), "5.6.7.8");
  EXPECT_EQ(last().parameter("SERVER_PORT"), "443");
  EXPECT_EQ(last().parameter("HTTPS"), "<none>");
}

TEST_F(ProxyTest, ReadsAPROXYHeaderThatComesInPieces) {
  trust("127.0.0.0/8");
  options.proxy_protocol = true;
  Client client = connect();
  const std::string request = "PROXY TCP4 1.2.3.4 5.6.7.8 1111 443\r\n" + std::string(kGet);
  for (const char c : request.substr(0, request.size() - 1)) {
    client.send(std::string_view(&c, 1));
    turn(2);
    ASSERT_EQ(requests(), 0u);
  }
  EXPECT_EQ(told(client, "REMOTE_ADDR", request.substr(request.size() - 1)), "1.2.3.4");
}

TEST_F(ProxyTest, KeepsTheProxysAddressWhereItSpeaksForItself) {
  trust("127.0.0.1");
  options.proxy_protocol = true;
  Client client = connect();
  EXPECT_EQ(told(client, "REMOTE_ADDR", "PROXY UNKNOWN\r\n" + std::string(kGet)), "127.0.0.1");
}

TEST_F(ProxyTest, ClosesWhoSendsNoPROXYHeader) {
  trust("127.0.0.1");
  options.proxy_protocol = true;
  Client client = connect();
  EXPECT_EQ(say(client, kGet), "<end>");
  Client silent = connect();
  pass(options.head_timeout + std::chrono::seconds(2));
  pass(std::chrono::seconds(1));
  EXPECT_EQ(silent.read(), "<end>");
  EXPECT_EQ(requests(), 0u);
}

TEST_F(ProxyTest, ClosesWhoIsNotTrusted) {
  trust("10.0.0.0/8");
  options.proxy_protocol = true;
  Client client = connect();
  EXPECT_EQ(client.read(), "<end>");
}

TEST_F(ProxyTest, TellsTheApplicationOfHttpsAndLeavesTheRestToIt) {
  trust("127.0.0.1");
  Client client = connect();
  const std::string request =
      "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n\r\n";
  EXPECT_EQ(told(client, "HTTPS", request), "on");
  EXPECT_EQ(last().parameter("REMOTE_ADDR"), "127.0.0.1") << "by which TrustProxies knows the proxy";
  EXPECT_EQ(last().parameter("HTTP_X_FORWARDED_FOR"), "1.2.3.4");
  last().answer(200, {}, "");
  turn();
  EXPECT_EQ(told(client, "HTTPS", kGet), "<none>") << "another client's request on the same connection";
}

TEST_F(ProxyTest, BelievesNobodyElse) {
  trust("10.0.0.0/8");
  Client client = connect();
  EXPECT_EQ(told(client, "HTTPS", "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\n\r\n"), "<none>");
  Client socket = connect();
  const std::string foreign = "Origin: https://app.test\r\nX-Forwarded-Host: app.test\r\n\r\n";
  EXPECT_EQ(status_of(say(socket, std::string(kHandshake) + foreign)), 403);
}

TEST_F(ProxyTest, TellsBusinessesTheClientsAddress) {
  trust("127.0.0.1");
  has_application = false;
  Client client = connect();
  say(client, std::string(kHandshake) + "X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\n\r\n");
  ASSERT_EQ(events.events.size(), 1u);
  EXPECT_EQ(events.events[0].info->request.remote_address(), "1.2.3.4");
  EXPECT_EQ(events.events[0].info->request.forwarded_for(), "6.6.6.6, 1.2.3.4");
}

TEST_F(ProxyTest, ComparesTheOriginWithTheNameThatTheClientAskedFor) {
  trust("127.0.0.1");
  Client client = connect();
  say(client, std::string(kHandshake) + "Origin: https://app.test\r\nX-Forwarded-Host: app.test\r\n\r\n");
  EXPECT_EQ(requests(), 1u) << "not refused, but asked of the application";
}

}  // namespace
}  // namespace laraman::server
