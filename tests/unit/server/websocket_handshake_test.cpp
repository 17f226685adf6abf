#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/log.h"
#include "base/log_limiter.h"
#include "port_fixture.h"

namespace laraman::server {
namespace {

class WebSocketHandshakeTest : public PortFixture {
 protected:
  static std::string upgrade(std::string_view more = "", std::string_view target = "/chat/1?x=y") {
    return "GET " + std::string(target) +
           " HTTP/1.1\r\nHost: example.com\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nCookie: s=1\r\nCookie: "
           "t=2\r\n" +
           std::string(more) + "\r\n";
  }

  // The application lets the client in.
  void accept(std::string_view body = "OPEN\r\n") {
    last().answer(200,
                  {{"Content-Type", "application/websocket-events"},
                   {"Sec-WebSocket-Extensions", "grip"},
                   {"Set-Meta-User", "7"},
                   {"Set-Meta-Socket", "{}"},
                   {"Set-Cookie", "a=1"},
                   {"Set-Cookie", "b=2"}},
                  body);
  }

  static std::string text_event(std::string_view content) {
    return fmt::format("TEXT {:x}\r\n{}\r\n", content.size(), content);
  }

  // A masked text frame.
  static std::string frame(std::string_view text) {
    return std::string("\x81") + static_cast<char>(0x80 | text.size()) + std::string(4, '\0') + std::string(text);
  }
};

TEST_F(WebSocketHandshakeTest, AsksTheApplication) {
  Client client = connect();
  EXPECT_EQ(say(client, upgrade("Origin: http://example.com\r\nMeta-User: 1\r\nAccept: x/y\r\n")), "");
  ASSERT_EQ(requests(), 1u);
  EXPECT_EQ(last().parameter("REQUEST_METHOD"), "POST");
  EXPECT_EQ(last().parameter("REQUEST_URI"), "/chat/1?x=y");
  EXPECT_EQ(last().parameter("CONTENT_TYPE"), "application/websocket-events");
  EXPECT_EQ(last().parameter("CONTENT_LENGTH"), "6");
  EXPECT_EQ(last().parameter("HTTP_ACCEPT"), "application/websocket-events");
  EXPECT_EQ(last().parameter("HTTP_COOKIE"), "s=1; t=2");
  EXPECT_EQ(last().parameter("HTTP_CONNECTION_ID").size(), 28u);
  EXPECT_EQ(last().parameter("HTTP_META_USER"), "<none>");
  EXPECT_EQ(last().parameter("LARAMAN_EVENTS"), "1");
  EXPECT_EQ(last().body(), "OPEN\r\n");
}

TEST_F(WebSocketHandshakeTest, BecomesAConnectionWhenAccepted) {
  Client client = connect();
  say(client, upgrade() + frame("early"));
  const std::string id = last().parameter("HTTP_CONNECTION_ID");
  accept("OPEN\r\n" + text_event("c:{\"type\":\"subscribe\",\"channel\":\"room.1\"}") + text_event("m:hi"));
  turn();
  const std::string response = client.read();
  EXPECT_EQ(status_of(response), 101);
  EXPECT_TRUE(has_line(response, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  EXPECT_TRUE(has_line(response, "Set-Cookie: a=1"));
  EXPECT_TRUE(has_line(response, "Set-Cookie: b=2"));
  EXPECT_EQ(response.find("Set-Meta"), std::string::npos);
  EXPECT_EQ(response.find("Sec-WebSocket-Extensions"), std::string::npos);
  EXPECT_EQ(body_of(response), "\x81\x02hi");
  EXPECT_EQ(port->connections(), 0u);
  ASSERT_EQ(gateway->shard(0).size(), 1u);

  ASSERT_EQ(events.events.size(), 2u);
  EXPECT_EQ(events.events[0].kind, gateway::Event::Kind::kOpen);
  EXPECT_EQ(events.events[1].text(), "early") << "sent before the answer, read after it";
  const gateway::ConnectionInfo& info = *events.events[1].info;
  EXPECT_EQ(events.events[1].connection.hex(), id);
  EXPECT_EQ(info.user, "7");
  EXPECT_EQ(info.request.path(), "/chat/1");
  EXPECT_EQ(info.request.query(), "x=y");
  EXPECT_EQ(*events.events[1].channels, std::vector<std::string>{"room.1"});
  ASSERT_EQ(info.meta.size(), 1u);
  EXPECT_EQ(info.meta[0], std::make_pair(std::string("Socket"), std::string("{}")));
}

TEST_F(WebSocketHandshakeTest, GivesTheClientTheApplicationsRefusal) {
  Client client = connect();
  say(client, upgrade());
  last().answer(302, {{"Location", "/login"}, {"Set-Cookie", "a=1"}}, "go");
  turn();
  const std::string response = client.read();
  EXPECT_EQ(status_of(response), 302);
  EXPECT_TRUE(has_line(response, "Location: /login"));
  EXPECT_TRUE(has_line(response, "Set-Cookie: a=1"));
  EXPECT_EQ(body_of(response), "go");
  say(client, "GET /login HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(requests(), 2u) << "the connection goes on";
}

TEST_F(WebSocketHandshakeTest, AnswersForWorkersThatFail) {
  Client client = connect();
  say(client, upgrade());
  last().handler->on_failure(backends::application::Failure::kNoWorker);
  turn();
  EXPECT_EQ(status_of(client.read()), 503);
}

TEST_F(WebSocketHandshakeTest, RefusesMalformedHandshakesItself) {
  Client client = connect();
  EXPECT_EQ(status_of(say(client, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")),
            426);
  Client other = connect();
  EXPECT_EQ(status_of(say(other,
                          "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n")),
            400);
  EXPECT_EQ(requests(), 0u);
}

// RFC 6455 section 10.2.
TEST_F(WebSocketHandshakeTest, RefusesForeignOrigins) {
  options.allowed_origins = {"https://*.friend.com"};
  Client foreign = connect();
  EXPECT_EQ(status_of(say(foreign, upgrade("Origin: https://evil.com\r\n"))), 403);
  Client empty = connect();
  EXPECT_EQ(status_of(say(empty, upgrade("Origin:\r\n"))), 403);
  EXPECT_EQ(requests(), 0u);
  Client allowed = connect();
  say(allowed, upgrade("Origin: https://a.friend.com\r\n"));
  Client no_browser = connect();
  say(no_browser, upgrade());
  EXPECT_EQ(requests(), 2u);
}

TEST_F(WebSocketHandshakeTest, LogsRefusedOriginsEscapedAndSeldom) {
  const auto refuse = [&](std::string_view origin) {
    Client client = connect();
    EXPECT_EQ(status_of(say(client, upgrade("Origin: " + std::string(origin) + "\r\n"))), 403);
  };
  pass(LogLimiter::kInterval);
  refuse("http://evil.test");  // what other tests have left uncounted goes with this line
  const std::string file = (public_directory / "log").string();
  ASSERT_TRUE(log::start({.file = file}).ok());
  pass(LogLimiter::kInterval);
  for (int i = 0; i < 50; ++i) refuse("http://evil.test\" path=\xc2\x9b\xe2\x80\xa8");
  pass(LogLimiter::kInterval);
  refuse("http://other.test");
  ASSERT_TRUE(log::start({}).ok());
  std::ostringstream lines;
  lines << std::ifstream(file).rdbuf();
  const std::string text = lines.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
  EXPECT_NE(text.find("origin=\"http://evil.test\\\" path=\\xC2\\x9B\\xE2\\x80\\xA8\" path=\"/chat/1\" times=1\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("origin=\"http://other.test\" path=\"/chat/1\" times=50\n"), std::string::npos) << text;
  EXPECT_EQ(gateway->shard(0).counters().opens_refused[3].load(), 52u);
}

TEST_F(WebSocketHandshakeTest, AcceptsEveryoneWhereNobodyIsToBeAsked) {
  has_application = false;
  Client client = connect();
  EXPECT_EQ(status_of(say(client, upgrade() + frame("hi"))), 101);
  EXPECT_EQ(requests(), 0u);
  ASSERT_EQ(events.events.size(), 2u);
  EXPECT_EQ(events.events[1].text(), "hi");
}

TEST_F(WebSocketHandshakeTest, AnswersTheApplicationsSubProtocolIfTheClientOffersIt) {
  options.subprotocols = {"configured"};
  Client client = connect();
  say(client, upgrade("Sec-WebSocket-Protocol: configured, chosen\r\n"));
  EXPECT_EQ(last().parameter("HTTP_SEC_WEBSOCKET_PROTOCOL"), "configured, chosen");
  last().answer(200, {{"Content-Type", "application/websocket-events"}, {"Sec-WebSocket-Protocol", "chosen"}},
                "OPEN\r\n");
  turn();
  const std::string response = client.read();
  EXPECT_TRUE(has_line(response, "Sec-WebSocket-Protocol: chosen"));
  EXPECT_EQ(response.find("configured"), std::string::npos);
  EXPECT_EQ(events.events[0].text(), "configured, chosen") << "for libraries that want to know";

  Client other = connect();
  say(other, upgrade("Sec-WebSocket-Protocol: configured\r\n"));
  last().answer(200, {{"Content-Type", "application/websocket-events"}, {"Sec-WebSocket-Protocol", "chosen"}},
                "OPEN\r\n");
  turn();
  EXPECT_EQ(other.read().find("Sec-WebSocket-Protocol"), std::string::npos) << "not offered";
}

TEST_F(WebSocketHandshakeTest, AnswersTheFirstOfferedSubProtocolThatIsConfigured) {
  has_application = false;
  options.subprotocols = {"one", "two"};
  Client client = connect();
  EXPECT_TRUE(
      has_line(say(client, upgrade("Sec-WebSocket-Protocol: three, two, one\r\n")), "Sec-WebSocket-Protocol: two"));
  Client unknown = connect();
  const std::string response = say(unknown, upgrade("Sec-WebSocket-Protocol: three, ONE\r\n"));
  EXPECT_EQ(status_of(response), 101);
  EXPECT_EQ(response.find("Sec-WebSocket-Protocol"), std::string::npos);
  Client none = connect();
  EXPECT_EQ(say(none, upgrade()).find("Sec-WebSocket-Protocol"), std::string::npos);
}

TEST_F(WebSocketHandshakeTest, DeclinesCompressionUnlessConfigured) {
  Client client = connect();
  say(client, upgrade("Sec-WebSocket-Extensions: permessage-deflate\r\n"));
  accept();
  turn();
  EXPECT_EQ(client.read().find("Sec-WebSocket-Extensions"), std::string::npos);
  Client malformed = connect();
  EXPECT_EQ(status_of(say(malformed, upgrade("Sec-WebSocket-Extensions: permessage-deflate;\r\n"))), 400);
}

// The application let it in, so it must also hear of the close.
TEST_F(WebSocketHandshakeTest, ReportsAClientThatLeftMeanwhile) {
  Client client = connect();
  say(client, upgrade());
  client.close();
  turn();
  EXPECT_FALSE(last().abandoned);
  accept();
  turn();
  ASSERT_EQ(events.events.size(), 2u);
  EXPECT_EQ(events.events[0].kind, gateway::Event::Kind::kOpen);
  EXPECT_EQ(events.events[1].kind, gateway::Event::Kind::kClose);
  EXPECT_EQ(events.events[1].close_code, 1006);
  EXPECT_EQ(port->connections(), 0u);
  EXPECT_EQ(gateway->shard(0).size(), 0u);
}

// A log-out that another request does while open() runs.
TEST_F(WebSocketHandshakeTest, ClosesASocketWhoseLoginEndedMeanwhile) {
  Client client = connect();
  say(client, upgrade() + frame("early"));
  Client refused = connect();
  say(refused, upgrade());
  last().answer(401, {}, "");
  gateway->commands().close_login(gateway->shard(0), {"abc", {4001, "Logged out"}});
  upstream.exchanges.front()->answer(200, {{"Content-Type", "application/websocket-events"}, {"Set-Meta-Login", "abc"}},
                                     "OPEN\r\n" + text_event("m:secret"));
  turn();
  const std::string response = client.read();
  EXPECT_EQ(status_of(response), 101);
  EXPECT_EQ(body_of(response), std::string("\x88\x0c\x0f\xa1Logged out"));
  ASSERT_EQ(events.events.size(), 2u) << "an open and a close, and nothing that the client has sent";
  EXPECT_EQ(events.events[1].kind, gateway::Event::Kind::kClose);
  EXPECT_EQ(events.events[1].close_code, 4001);
}

TEST_F(WebSocketHandshakeTest, ForgetsAClientThatLeftAndWasRefused) {
  Client client = connect();
  say(client, upgrade());
  client.close();
  turn();
  last().answer(401, {}, "");
  turn();
  EXPECT_TRUE(events.events.empty());
  EXPECT_EQ(port->connections(), 0u);
}

TEST_F(WebSocketHandshakeTest, ClosesWhatOpensDuringAStop) {
  Client client = connect();
  say(client, upgrade());
  port->stop();
  accept();
  turn();
  const std::string response = client.read();
  EXPECT_EQ(status_of(response), 101);
  EXPECT_NE(response.find("\x03\xf4service restart"), std::string::npos) << "1012";
}

TEST_F(WebSocketHandshakeTest, RefusesTooManyOpensASecondWithoutAskingTheApplication) {
  gateway::LimitOptions limits;
  limits.opens = 1;
  make_gateway(limits);
  Client first = connect();
  say(first, upgrade());
  accept();
  Client second = connect();
  const std::string response = say(second, upgrade());
  EXPECT_EQ(status_of(response), 101);
  EXPECT_EQ(body_of(response), std::string("\x88\x11\x03\xf5try again later<end>"));
  EXPECT_EQ(requests(), 1u);
  EXPECT_EQ(gateway->shard(0).counters().opens_refused[1].load(), 1u);
  second.close();
  turn();
  EXPECT_EQ(port->connections(), 0u);
  EXPECT_EQ(events.events.size(), 1u) << "nothing of the refused one";
}

TEST_F(WebSocketHandshakeTest, GivesThePlaceOfARefusedOrEndedConnectionToAnother) {
  gateway::LimitOptions limits;
  limits.connections = 1;
  make_gateway(limits);
  Client refused = connect();
  say(refused, upgrade());
  last().answer(403, {}, "no");
  turn();
  Client gone = connect();
  say(gone, upgrade());
  gone.close();
  turn();
  accept();
  turn();
  Client held = connect();
  say(held, upgrade());
  accept();
  turn();
  EXPECT_EQ(status_of(held.read()), 101);
  Client late = connect();
  EXPECT_EQ(body_of(say(late, upgrade())), std::string("\x88\x11\x03\xf5try again later<end>"));
  held.close();
  turn();
  Client next = connect();
  EXPECT_EQ(say(next, upgrade()), "");
  EXPECT_EQ(requests(), 4u);
}

}  // namespace
}  // namespace laraman::server
