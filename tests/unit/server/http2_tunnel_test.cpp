#include "server/http2_tunnel.h"

#include <fmt/format.h>

#include "gateway/connection.h"
#include "http2_client.h"
#include "server/http2_connection.h"

namespace laraman::server {
namespace {

using std::chrono::seconds;

class Http2TunnelTest : public Http2Fixture {
 protected:
  void accept(std::string_view body = "OPEN\r\n") {
    last().answer(200,
                  {{"Content-Type", "application/websocket-events"},
                   {"Sec-WebSocket-Extensions", "grip"},
                   {"Set-Meta-User", "7"},
                   {"Set-Cookie", "a=1"}},
                  body);
  }
  // A client with an accepted WebSocket.
  std::unique_ptr<Http2Client> open_websocket(std::int32_t& id, std::uint32_t window = 65'535) {
    auto client = connect_http2(window);
    id = client->ask_websocket("/chat/1?x=y");
    exchange(*client);
    accept();
    exchange(*client);
    EXPECT_EQ(gateway->shard(0).size(), 1u);
    return client;
  }
  gateway::Connection* first() { return gateway->shard(0).find(events.events[0].connection); }

  // A masked text frame.
  static std::string frame(std::string_view text) {
    return std::string("\x81") + static_cast<char>(0x80 | text.size()) + std::string(4, '\0') + std::string(text);
  }
};

TEST_F(Http2TunnelTest, AsksTheApplicationAsForAnyWebSocket) {
  auto client = connect_http2();
  EXPECT_EQ(client->setting(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL), 1u);
  client->ask_websocket("/chat/1?x=y", {{"origin", "http://example.com"}, {"cookie", "s=1"}, {"cookie", "t=2"}});
  exchange(*client);
  ASSERT_EQ(requests(), 1u);
  EXPECT_EQ(last().parameter("REQUEST_METHOD"), "POST");
  EXPECT_EQ(last().parameter("REQUEST_URI"), "/chat/1?x=y");
  EXPECT_EQ(last().parameter("CONTENT_TYPE"), "application/websocket-events");
  EXPECT_EQ(last().parameter("HTTP_COOKIE"), "s=1; t=2");
  EXPECT_EQ(last().parameter("HTTP_CONNECTION_ID").size(), 28u);
  EXPECT_EQ(last().body(), "OPEN\r\n");
}

TEST_F(Http2TunnelTest, CarriesFramesBothWays) {
  auto client = connect_http2();
  const std::int32_t id = client->ask_websocket("/chat/1?x=y", {{"sec-websocket-protocol", "a, b"}});
  client->send(id, frame("early"));
  exchange(*client);
  accept("OPEN\r\nTEXT 4\r\nm:hi\r\n");
  exchange(*client);
  const Http2Client::Answer& answer = client->answer(id);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("set-cookie"), "a=1");
  EXPECT_EQ(answer.field("set-meta-user"), "<none>");
  EXPECT_EQ(answer.field("sec-websocket-accept"), "<none>");
  EXPECT_EQ(answer.body, "\x81\x02hi");
  EXPECT_FALSE(answer.ended);

  client->send(id, frame("one") + frame("two").substr(0, 3));
  exchange(*client);
  client->send(id, frame("two").substr(3));
  exchange(*client);
  ASSERT_EQ(events.events.size(), 4u);
  EXPECT_EQ(events.events[0].kind, gateway::Event::Kind::kOpen);
  EXPECT_EQ(events.events[0].info->user, "7");
  EXPECT_EQ(events.events[0].info->request.path(), "/chat/1");
  EXPECT_EQ(events.events[0].text(), "a, b");
  EXPECT_EQ(events.events[1].text(), "early");
  EXPECT_EQ(events.events[2].text(), "one");
  EXPECT_EQ(events.events[3].text(), "two");
}

TEST_F(Http2TunnelTest, SharesItsConnectionWithRequests) {
  std::int32_t socket = 0;
  auto client = open_websocket(socket);
  const std::int32_t request = client->ask("GET", "/page");
  const std::int32_t second = client->ask_websocket("/chat/2");
  exchange(*client);
  ASSERT_EQ(requests(), 3u);
  upstream.exchanges[1]->answer(200, {}, "page");
  accept();
  exchange(*client);
  EXPECT_EQ(client->answer(request).body, "page");
  EXPECT_EQ(client->answer(second).status, 200);
  EXPECT_EQ(gateway->shard(0).size(), 2u);
  EXPECT_EQ(port->connections(), 1u);
  client->send(second, frame("2"));
  client->send(socket, frame("1"));
  exchange(*client);
  EXPECT_EQ(events.events.size(), 4u);
}

TEST_F(Http2TunnelTest, RefusesAsTheApplicationDoes) {
  auto client = connect_http2();
  const std::int32_t id = client->ask_websocket("/chat/1");
  exchange(*client);
  last().answer(403, {{"Content-Type", "text/plain"}}, "no");
  exchange(*client);
  EXPECT_EQ(client->answer(id).status, 403);
  EXPECT_EQ(client->answer(id).body, "no");
  EXPECT_TRUE(client->answer(id).closed);
  const std::int32_t foreign = client->ask_websocket("/chat/1", {{"origin", "http://evil.test"}});
  const std::int32_t old = client->ask_websocket("/chat/1", {{"sec-websocket-protocol", "a, a"}});
  exchange(*client);
  EXPECT_EQ(client->answer(foreign).status, 403);
  EXPECT_EQ(client->answer(old).status, 400);
  EXPECT_EQ(gateway->shard(0).size(), 0u);
}

TEST_F(Http2TunnelTest, TellsWhoIsOverTheLimitByACloseFrame) {
  gateway::LimitOptions limits;
  limits.connections = 1;
  make_gateway(limits);
  std::int32_t first = 0;
  auto client = open_websocket(first);
  const std::int32_t second = client->ask_websocket("/chat/1");
  exchange(*client);
  EXPECT_EQ(client->answer(second).status, 200);
  EXPECT_EQ(client->answer(second).body, std::string("\x88\x11\x03\xf5try again later"));
  EXPECT_TRUE(client->answer(second).ended);
}

TEST_F(Http2TunnelTest, ClosesInOrderFromTheServer) {
  std::int32_t id = 0;
  auto client = open_websocket(id);
  first()->close({4001, "bye"});
  exchange(*client);
  EXPECT_EQ(client->answer(id).body,
            "\x88\x05\x0f\xa1"
            "bye");
  client->send(id, std::string("\x88\x82\0\0\0\0\x0f\xa1", 8));
  exchange(*client);
  EXPECT_TRUE(client->answer(id).ended);
  client->finish(id);
  exchange(*client);
  EXPECT_EQ(client->answer(id).closed, NGHTTP2_NO_ERROR);
  EXPECT_EQ(gateway->shard(0).size(), 0u);
  EXPECT_FALSE(client->ended());
}

TEST_F(Http2TunnelTest, ResetsAClientThatDoesNotAnswerAClose) {
  std::int32_t id = 0;
  auto client = open_websocket(id);
  first()->close({4001, "bye"});
  exchange(*client);
  for (int i = 0; i < 4; ++i) pass(seconds(1));
  exchange(*client);
  EXPECT_EQ(client->answer(id).closed, NGHTTP2_CANCEL);
}

TEST_F(Http2TunnelTest, TellsTheApplicationOfAClientThatIsGone) {
  std::int32_t reset = 0;
  auto client = open_websocket(reset);
  const std::int32_t ended = client->ask_websocket("/chat/2");
  exchange(*client);
  accept();
  exchange(*client);
  client->reset(reset);
  exchange(*client);
  ASSERT_EQ(events.events.size(), 3u);
  EXPECT_EQ(events.events[2].kind, gateway::Event::Kind::kClose);
  EXPECT_EQ(events.events[2].close_code, 1006);
  client->finish(ended);
  exchange(*client);
  ASSERT_EQ(events.events.size(), 4u);
  EXPECT_EQ(events.events[3].kind, gateway::Event::Kind::kClose);

  const std::int32_t lost = client->ask_websocket("/chat/3");
  exchange(*client);
  accept();
  exchange(*client);
  EXPECT_EQ(client->answer(lost).status, 200);
  client->socket().close();
  turn();
  EXPECT_EQ(events.events.back().kind, gateway::Event::Kind::kClose);
  EXPECT_EQ(events.events.size(), 6u);
  EXPECT_EQ(gateway->shard(0).size(), 0u);
  EXPECT_EQ(port->connections(), 0u);
}

// RFC 8441 section 5.
TEST_F(Http2TunnelTest, AnswersAnEndInKindBehindWhatIsQueued) {
  std::int32_t id = 0;
  auto client = open_websocket(id, 1'000);
  first()->send({gateway::MessageType::kText, std::string(5'000, 'm')});
  exchange(*client);
  client->finish(id);
  exchange(*client);
  EXPECT_EQ(events.events.back().kind, gateway::Event::Kind::kClose);
  EXPECT_EQ(gateway->shard(0).size(), 0u);
  for (int i = 0; i < 6; ++i) {
    client->open_window(id);
    exchange(*client, 1);
  }
  EXPECT_EQ(client->answer(id).body.size(), 5'004u);
  EXPECT_TRUE(client->answer(id).ended);
  EXPECT_EQ(client->answer(id).closed, NGHTTP2_NO_ERROR);
  EXPECT_EQ(gateway->shard(0).closing(), 0u);
}

TEST_F(Http2TunnelTest, ResetsAClientThatEndsAndTakesNothing) {
  std::int32_t id = 0;
  auto client = open_websocket(id, 1'000);
  first()->send({gateway::MessageType::kText, std::string(5'000, 'm')});
  client->finish(id);
  exchange(*client);
  for (int i = 0; i < 4; ++i) pass(seconds(1));
  exchange(*client);
  EXPECT_EQ(client->answer(id).closed, NGHTTP2_CANCEL);
  EXPECT_EQ(gateway->shard(0).closing(), 0u);
}

TEST_F(Http2TunnelTest, HandlesWhatAClientSendsBeforeItEndsEarly) {
  auto client = connect_http2();
  const std::int32_t id = client->ask_websocket("/chat/1");
  client->send(id, frame("early"));
  client->finish(id);
  exchange(*client);
  EXPECT_FALSE(client->answer(id).closed);
  accept();
  exchange(*client);
  ASSERT_EQ(events.events.size(), 3u);
  EXPECT_EQ(events.events[1].text(), "early");
  EXPECT_EQ(events.events[2].kind, gateway::Event::Kind::kClose);
  EXPECT_TRUE(client->answer(id).ended);
  EXPECT_EQ(client->answer(id).closed, NGHTTP2_NO_ERROR);
}

TEST_F(Http2TunnelTest, HandlesWhatAClientSentBeforeItEndedWhileItWasNotRead) {
  std::int32_t id = 0;
  auto client = open_websocket(id);
  gateway::Connection* connection = first();
  connection->stop_reading(gateway::Connection::kTooManyEvents, true);
  client->send(id, frame("last"));
  client->finish(id);
  exchange(*client);
  EXPECT_EQ(events.events.size(), 1u);
  connection->stop_reading(gateway::Connection::kTooManyEvents, false);
  exchange(*client);
  ASSERT_EQ(events.events.size(), 3u);
  EXPECT_EQ(events.events[1].text(), "last");
  EXPECT_TRUE(client->answer(id).ended);
}

// As with HTTP/1.1: what the application let in comes and goes, so that it can forget it again.
TEST_F(Http2TunnelTest, LetsInAndOutWhoLeavesBeforeTheAnswer) {
  auto client = connect_http2();
  const std::int32_t id = client->ask_websocket("/chat/1");
  exchange(*client);
  client->reset(id);
  exchange(*client);
  accept();
  exchange(*client);
  ASSERT_EQ(events.events.size(), 2u);
  EXPECT_EQ(events.events[1].kind, gateway::Event::Kind::kClose);
  EXPECT_FALSE(client->ended());
}

TEST_F(Http2TunnelTest, HoldsBackAClientThatIsNotRead) {
  std::int32_t id = 0;
  auto client = open_websocket(id);
  gateway::Connection* connection = first();
  connection->stop_reading(gateway::Connection::kTooManyEvents, true);
  std::string frames;
  for (int i = 0; i < 3'000; ++i) frames += frame(std::string(100, 'x'));
  client->send(id, frames);
  exchange(*client, 10);
  EXPECT_EQ(events.events.size(), 1u);
  const std::int32_t request = client->ask("GET", "/");
  exchange(*client);
  ASSERT_EQ(requests(), 2u) << "others are not held back";
  last().answer(200, {}, "ok");
  exchange(*client);
  EXPECT_EQ(client->answer(request).body, "ok");
  connection->stop_reading(gateway::Connection::kTooManyEvents, false);
  exchange(*client, 20);
  EXPECT_EQ(events.events.size(), 3'001u);
}

TEST_F(Http2TunnelTest, ClosesAClientThatDoesNotReadAlone) {
  std::int32_t id = 0;
  auto client = open_websocket(id, 1'000);
  const std::int32_t other = client->ask_websocket("/chat/2");
  exchange(*client);
  accept();
  exchange(*client);
  const std::string message(100'000, 'm');
  for (int i = 0; i < 100 && first() != nullptr; ++i) {
    first()->send({gateway::MessageType::kText, message});
    exchange(*client, 1);
  }
  EXPECT_EQ(gateway->shard(0).size(), 1u);
  EXPECT_EQ(client->answer(id).body.size(), 1'000u);
  EXPECT_FALSE(client->answer(other).closed);
  EXPECT_FALSE(client->ended());
}

TEST_F(Http2TunnelTest, OutlivesTheStopOfThePortUntilTheGatewayClosesIt) {
  std::int32_t id = 0;
  auto client = open_websocket(id);
  port->stop();
  exchange(*client);
  EXPECT_FALSE(client->ended());
  client->send(id, frame("still"));
  exchange(*client);
  EXPECT_EQ(events.events.back().text(), "still");
  client->send(id, std::string("\x88\x82\0\0\0\0\x03\xe8", 8));
  client->finish(id);
  exchange(*client);
  EXPECT_TRUE(client->ended());
  client->socket().close();
  turn();
  EXPECT_EQ(port->connections(), 0u);
}

}  // namespace
}  // namespace laraman::server
