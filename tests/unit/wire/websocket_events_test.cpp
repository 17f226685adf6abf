#include "wire/websocket_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace laraman::wire {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using Type = WebSocketEvent::Type;

struct Event {
  Type type;
  std::string content;
};
struct Case {
  const char* name;
  std::string body;
  std::vector<Event> events;
};

const Case kBodies[] = {
    {"Empty", "", {}},
    {"Open", "OPEN\r\n", {{Type::kOpen, ""}}},
    {"EmptyText", "TEXT 0\r\n\r\n", {{Type::kText, ""}}},
    {"Text", "TEXT 5\r\nhello\r\n", {{Type::kText, "hello"}}},
    {"HexLength", "BINARY 1f\r\n" + std::string(31, '\0') + "\r\n", {{Type::kBinary, std::string(31, '\0')}}},
    {"LineEndsInContent", "TEXT 6\r\n\r\nOK\r\n\r\n", {{Type::kText, "\r\nOK\r\n"}}},
    {"PingAndPong", "PING\r\nPONG 2\r\nab\r\n", {{Type::kPing, ""}, {Type::kPong, "ab"}}},
    {"OpenAndFirstMessage",
     "OPEN\r\nTEXT 1\r\nx\r\nDISCONNECT\r\n",
     {{Type::kOpen, ""}, {Type::kText, "x"}, {Type::kDisconnect, ""}}},
    {"CloseWithCode",
     "CLOSE 5\r\n\x03\xe8"
     "bye\r\n",
     {{Type::kClose,
       "\x03\xe8"
       "bye"}}},
    {"CloseWithout", "CLOSE\r\n", {{Type::kClose, ""}}},
};

TEST(WebSocketEvents, ReadsWholeBodies) {
  for (const Case& c : kBodies) {
    const auto events = parse_websocket_events(c.body);
    ASSERT_TRUE(events.ok()) << c.name << ": " << events.error().message();
    ASSERT_EQ(events->size(), c.events.size()) << c.name;
    for (std::size_t i = 0; i < c.events.size(); ++i) {
      EXPECT_EQ((*events)[i].type, c.events[i].type) << c.name;
      EXPECT_EQ((*events)[i].content, c.events[i].content) << c.name;
    }
  }
}

TEST(WebSocketEvents, WritesThem) {
  for (const Case& c : kBodies) {
    std::string body;
    for (const Event& event : c.events) append_websocket_event(body, event.type, event.content);
    EXPECT_EQ(body, c.body) << c.name;
  }
}

TEST(WebSocketEvents, WaitsForTheRest) {
  const std::string body = "TEXT 5\r\nhello\r\n";
  for (std::size_t size = 0; size < body.size(); ++size) {
    std::string_view bytes = std::string_view(body).substr(0, size);
    const auto event = take_websocket_event(bytes, 100);
    ASSERT_TRUE(event.ok()) << size;
    EXPECT_FALSE(event->has_value()) << size;
    EXPECT_EQ(bytes.size(), size);
    if (size == 0) continue;
    EXPECT_THAT(parse_websocket_events(bytes).error().what, HasSubstr("ends within"));
  }
  std::string_view bytes = body;
  EXPECT_TRUE(take_websocket_event(bytes, 5)->has_value());
  EXPECT_TRUE(bytes.empty());
}

TEST(WebSocketEvents, RefusesMalformedBodies) {
  const std::pair<std::string, std::string> cases[] = {
      {"<html><body>Whoops, looks like something went wrong", "no event begins with \"<html>"},
      {"HELLO\r\n", "unknown event \"HELLO\""},
      {"text 1\r\nx\r\n", "unknown event \"text\""},
      {"\r\n", "unknown event \"\""},
      {"\x01\x02\r\n", "unknown event \"?\?\""},
      {"TEXT \r\n\r\n", "not a hexadecimal number"},
      {"TEXT 0x1\r\na\r\n", "not a hexadecimal number"},
      {"TEXT -1\r\na\r\n", "not a hexadecimal number"},
      {"TEXT 1 \r\na\r\n", "not a hexadecimal number"},
      {"TEXT ffffffffffffffffff\r\n", "not a hexadecimal number"},
      {"TEXT ffffffffffffffff\r\nabc", "ends within an event"},
      {"TEXT 2\r\nabc\r\n", "does not end after 2 bytes"},
  };
  for (const auto& [body, what] : cases) {
    const auto events = parse_websocket_events(body);
    ASSERT_FALSE(events.ok()) << body;
    EXPECT_THAT(events.error().what, HasSubstr(what)) << body;
  }
}

TEST(WebSocketEvents, LimitsContent) {
  std::string_view bytes = "TEXT 5\r\nhello\r\n";
  const auto event = take_websocket_event(bytes, 4);
  ASSERT_FALSE(event.ok());
  EXPECT_EQ(event.error().code, ErrorCode::kLimit);
}

TEST(WebSocketEvents, ReadsAndWritesCloseContent) {
  EXPECT_EQ(parse_close_content("")->code, 1005);
  EXPECT_FALSE(parse_close_content("x"));
  std::string body;
  append_close_event(body, 1001, "later");
  EXPECT_EQ(body, "CLOSE 7\r\n\x03\xe9later\r\n");
  const auto close = parse_close_content((*parse_websocket_events(body))[0].content);
  ASSERT_TRUE(close);
  EXPECT_EQ(close->code, 1001);
  EXPECT_EQ(close->reason, "later");
}

TEST(GripExtension, ReadsTheMessagePrefix) {
  const std::pair<std::string, std::optional<std::string>> cases[] = {
      {"grip", "m:"},
      {"grip; message-prefix=\"msg:\"", "msg:"},
      {"GRIP;Message-Prefix=p", "p"},
      {"grip; message-prefix=\"\"", ""},
      {"permessage-deflate; a=\"x,grip\", grip; message-prefix=\"a\\\"b;c\"", "a\"b;c"},
      {"grip; other=1", "m:"},
      {"permessage-deflate", std::nullopt},
      {"grippy", std::nullopt},
      {"", std::nullopt},
      {"x=\"grip", std::nullopt},
  };
  for (const auto& [header, prefix] : cases) {
    const auto grip = parse_grip_extension(header);
    ASSERT_EQ(grip.has_value(), prefix.has_value()) << header;
    EXPECT_EQ(grip.value_or(GripExtension{}).message_prefix, prefix.value_or("m:")) << header;
  }
}

TEST(GripControl, ReadsEveryType) {
  const auto subscribe = grip::parse_control(R"({"type":"subscribe","channel":"room.1","filters":[]})");
  ASSERT_TRUE(subscribe.ok());
  EXPECT_EQ(std::get<grip::Subscribe>(*subscribe).channel, "room.1");
  EXPECT_EQ(std::get<grip::Unsubscribe>(*grip::parse_control(R"({"type":"unsubscribe","channel":"b"})")).channel, "b");
  EXPECT_TRUE(std::holds_alternative<grip::Detach>(*grip::parse_control(R"({"type":"detach"})")));
  EXPECT_TRUE(std::holds_alternative<grip::FlushDelayed>(*grip::parse_control(R"({"type":"flush-delayed"})")));
  const auto keep_alive = grip::parse_control(
      R"({"type":"keep-alive","content-bin":"AAH/","message-type":"ping","timeout":30,"mode":"interval"})");
  ASSERT_TRUE(keep_alive.ok());
  const auto& alive = std::get<grip::KeepAlive>(*keep_alive);
  EXPECT_TRUE(alive.enabled);
  EXPECT_EQ(alive.content, "\x00\x01\xff"s);
  EXPECT_EQ(alive.type, grip::MessageType::kPing);
  EXPECT_EQ(alive.timeout, 30);
  EXPECT_TRUE(alive.at_intervals);
  EXPECT_FALSE(std::get<grip::KeepAlive>(*grip::parse_control(R"({"type":"keep-alive"})")).enabled);
  const auto delayed = grip::parse_control(R"({"type":"send-delayed","content":"hi","timeout":5})");
  EXPECT_EQ(std::get<grip::SendDelayed>(*delayed).content, "hi");
  EXPECT_EQ(std::get<grip::SendDelayed>(*delayed).timeout, 5);
  const auto meta = grip::parse_control(R"({"type":"set-meta","name":"User","value":"5"})");
  EXPECT_EQ(std::get<grip::SetMeta>(*meta).name, "User");
  EXPECT_EQ(std::get<grip::SetMeta>(*meta).value, "5");
  EXPECT_EQ(std::get<grip::SetMeta>(*grip::parse_control(R"({"type":"set-meta","name":"User"})")).value, "");
}

TEST(GripControl, SaysWhatIsWrong) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "not JSON"},
      {"{", "not JSON"},
      {"[]", "not a JSON object"},
      {"{}", "needs a string \"type\""},
      {R"({"type":7})", "needs a string \"type\""},
      {R"({"type":"dance"})", "unknown type"},
      {R"({"type":"subscribe"})", "needs a string \"channel\""},
      {R"({"type":"subscribe","channel":""})", "\"channel\" is empty"},
      {R"({"type":"send-delayed"})", "needs \"content\""},
      {R"({"type":"send-delayed","content-bin":"%"})", "not base64"},
      {R"({"type":"keep-alive","timeout":-1})", "not a number of seconds"},
      {R"({"type":"keep-alive","timeout":"1"})", "not a number of seconds"},
      {R"({"type":"keep-alive","mode":"often"})", "neither idle nor interval"},
      {R"({"type":"keep-alive","message-type":"smoke"})", "unknown \"message-type\""},
      {R"({"type":"set-meta","value":"5"})", "needs a string \"name\""},
      {R"({"type":"set-meta","name":"a","value":5})", "\"value\" is not a string"},
  };
  for (const auto& [json, what] : cases) {
    const auto control = grip::parse_control(json);
    ASSERT_FALSE(control.ok()) << json;
    EXPECT_THAT(control.error().what, HasSubstr(what)) << json;
  }
}

}  // namespace
}  // namespace laraman::wire
