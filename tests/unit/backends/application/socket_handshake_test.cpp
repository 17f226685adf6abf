#include "backends/application/socket_handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laraman::backends::application {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

http::ResponseHead accepting() {
  http::ResponseHead head;
  head.headers.add("Content-Type", "application/websocket-events");
  head.headers.add("Sec-WebSocket-Extensions", "grip");
  return head;
}

// "TEXT <length>CRLF<content>CRLF"
std::string text(const std::string& content) {
  char length[20];
  std::snprintf(length, sizeof length, "%zx", content.size());
  return "TEXT " + std::string(length) + "\r\n" + content + "\r\n";
}

std::string frame_text(const gateway::Message& message) { return std::string(message.payload()); }

TEST(HandshakeAnswer, AcceptsWithWhatTheConnectionBeginsWith) {
  http::ResponseHead head = accepting();
  head.headers.add("Set-Meta-User", "7");
  head.headers.add("Set-Meta-Session", "opaque");
  head.headers.add("Set-Meta-Login", "0a1b");
  head.headers.add("Set-Meta-Socket", "{\"r\":\"chat\"}");
  head.headers.add("Set-Cookie", "a=1");
  head.headers.add("Set-Cookie", "b=2");
  const HandshakeAnswer answer = read_handshake_answer(
      head, "OPEN\r\n" + text("c:{\"type\":\"subscribe\",\"channel\":\"room.1\"}") + text("m:welcome"));
  ASSERT_TRUE(answer.accepted);
  EXPECT_EQ(answer.info.user, "7");
  EXPECT_EQ(answer.info.session, "opaque");
  EXPECT_EQ(answer.info.login, "0a1b");
  EXPECT_THAT(answer.info.meta, ElementsAre(Pair("Socket", "{\"r\":\"chat\"}")));
  EXPECT_THAT(answer.channels, ElementsAre("room.1"));
  ASSERT_EQ(answer.messages.size(), 1u);
  EXPECT_EQ(frame_text(answer.messages[0]), "welcome");
  EXPECT_FALSE(answer.close.has_value());
  ASSERT_EQ(answer.headers.size(), 2u);
  EXPECT_EQ(answer.headers[1].value, "b=2");
}

TEST(HandshakeAnswer, SendsMessagesAsTheyAreWithoutGrip) {
  http::ResponseHead head;
  head.headers.add("Content-Type", "application/websocket-events");
  const HandshakeAnswer answer = read_handshake_answer(head, "OPEN\r\n" + text("m:welcome") + text("c:hi"));
  ASSERT_EQ(answer.messages.size(), 2u);
  EXPECT_EQ(frame_text(answer.messages[0]), "m:welcome");
  EXPECT_EQ(frame_text(answer.messages[1]), "c:hi");
}

TEST(HandshakeAnswer, MayCloseAtOnce) {
  const HandshakeAnswer answer =
      read_handshake_answer(accepting(), "OPEN\r\n" + text("m:bye") + "CLOSE 5\r\n\x0f\xa1out\r\n");
  ASSERT_TRUE(answer.accepted);
  ASSERT_TRUE(answer.close.has_value());
  EXPECT_EQ(answer.close->code, 4001);
  EXPECT_EQ(answer.close->reason, "out");
}

TEST(HandshakeAnswer, PassesARefusalOnAsItIs) {
  http::ResponseHead head;
  head.status = 302;
  head.headers.add("Location", "/login");
  const HandshakeAnswer answer = read_handshake_answer(head, "go");
  EXPECT_FALSE(answer.accepted);
  EXPECT_EQ(answer.head.status, 302);
  EXPECT_EQ(answer.head.headers.get("location"), "/login");
  EXPECT_EQ(answer.body, "go");
}

TEST(HandshakeAnswer, MakesABadGatewayOfNonsense) {
  for (const std::string& body : {std::string(""), std::string("TEXT 1\r\nx\r\n"), std::string("OPEN\r\nTEXT ff\r\nx"),
                                  "OPEN\r\n" + text("c:{not json"), std::string("OPEN\r\nCLOSE 1\r\nx\r\n")}) {
    const HandshakeAnswer answer = read_handshake_answer(accepting(), body);
    EXPECT_FALSE(answer.accepted) << body;
    EXPECT_EQ(answer.head.status, 502) << body;
  }
}

// An application that hands its handler out.
struct FakeApplication final : Application {
  struct Started final : Exchange {
    void pause() override {}
    void resume() override {}
  };
  std::unique_ptr<Exchange> start(Request, ResponseHandler&) override { return nullptr; }
  std::unique_ptr<Exchange> open(const http::Request&, const RequestOrigin&, const gateway::ConnectionId&,
                                 ResponseHandler& started) override {
    handler = &started;
    return std::make_unique<Started>();
  }
  ResponseHandler* handler = nullptr;
};

TEST(SocketHandshake, AnswersOnceTheResponseIsWhole) {
  FakeApplication application;
  std::optional<HandshakeAnswer> got;
  SocketHandshake handshake(application, {}, {}, {}, [&](HandshakeAnswer answer) { got = std::move(answer); });
  application.handler->on_head(accepting());
  application.handler->on_body("OP");
  application.handler->on_body("EN\r\n");
  EXPECT_FALSE(got.has_value());
  application.handler->on_end();
  ASSERT_TRUE(got.has_value());
  EXPECT_TRUE(got->accepted);
}

TEST(SocketHandshake, TurnsFailuresIntoRefusals) {
  for (const auto& [failure, status] : std::vector<std::pair<Failure, int>>{
           {Failure::kNoWorker, 503}, {Failure::kWorkerLost, 502}, {Failure::kTruncated, 502}}) {
    FakeApplication application;
    std::optional<HandshakeAnswer> got;
    SocketHandshake handshake(application, {}, {}, {}, [&](HandshakeAnswer answer) { got = std::move(answer); });
    application.handler->on_failure(failure);
    ASSERT_TRUE(got.has_value());
    EXPECT_FALSE(got->accepted);
    EXPECT_EQ(got->head.status, status);
  }
}

}  // namespace
}  // namespace laraman::backends::application
