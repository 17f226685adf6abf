// A client protocol of its own: each line of a client's message comes back, "join NAME" and "leave NAME" change its
// channels, and events are lines "NAME DATA". The proof that the gateway knows no protocol.
#include <gmock/gmock.h>

#include <string_view>

#include "../gateway/gateway_fixture.h"
#include "gateway/gateway.h"

namespace laraman::clients {
namespace {

using gateway::Connection;
using gateway::Message;
using gateway::MessageType;
using gateway::text_frame;

class LineProtocol final : public gateway::ClientProtocol {
 public:
  void append_event(std::string& out, const Message& message) const override {
    out.append(message.name()).append(" ").append(message.data()).append("\n");
  }
  void on_message(Connection& connection, MessageType, std::string_view payload) const override {
    while (!payload.empty()) {
      const std::size_t end = payload.find('\n');
      on_line(connection, payload.substr(0, end));
      payload.remove_prefix(end == std::string_view::npos ? payload.size() : end + 1);
    }
  }
  void on_open(Connection& connection) const override { say(connection, "welcome"); }
  void on_join(Connection& connection, std::string_view channel) const override {
    say(connection, "joined " + std::string(channel));
  }
  void on_leave(Connection& connection, std::string_view channel) const override {
    say(connection, "left " + std::string(channel));
  }
  void on_close(Connection&) const override { ++closed; }

  mutable int closed = 0;

 private:
  static void say(Connection& connection, std::string_view text) { connection.send({MessageType::kText, text}); }
  static void on_line(Connection& connection, std::string_view line) {
    gateway::Change change;
    if (line == "bye") return connection.close({1000, "bye"});
    if (line.starts_with("join ")) {
      change.join.emplace_back(line.substr(5));
    } else if (line.starts_with("leave ")) {
      change.leave.emplace_back(line.substr(6));
    } else {
      return say(connection, line);
    }
    gateway::Shard& shard = connection.shard();
    shard.gateway().commands().change(shard, connection.id(), change);
  }
};

class LineProtocolTest : public gateway::GatewayFixture {
 protected:
  gateway::Client connect_line() {
    gateway::Opening opening;
    opening.id = begin_handshake();
    opening.protocol = &lines;
    gateway::Shard& shard = gateway->shard(opening.id.loop());
    gateway::Client client(raw_clients->open(shard, std::move(opening)));
    turn();
    EXPECT_EQ(client.read(), text_frame("welcome"));
    return client;
  }
  ~LineProtocolTest() override { gateway.reset(); }  // before the protocol

  LineProtocol lines;
};
INSTANTIATE_TEST_SUITE_P(Loops, LineProtocolTest, testing::Values(1, 4));

TEST_P(LineProtocolTest, UnderstandsMessagesInItsOwnWay) {
  gateway::Client client = connect_line();
  client.text("one\ntwo");
  turn();
  EXPECT_EQ(client.read(), text_frame("one") + text_frame("two"));
  EXPECT_THAT(sink.messages(), testing::IsEmpty());
  client.text("last\nbye\nlate");
  turn();
  EXPECT_EQ(client.read(), text_frame("last") + gateway::close_frame(1000, "bye"));
  EXPECT_EQ(lines.closed, 1);
}

TEST_P(LineProtocolTest, ShowsEventsAndRawMessagesToEachProtocolInItsForm) {
  gateway::Client line = connect_line();
  gateway::Client raw = connect();
  gateway->commands().broadcast(first(), {Message::event("price", "{\"eur\":7}")});
  gateway->commands().broadcast(first(), {Message(MessageType::kText, "as it is")});
  turn();
  EXPECT_EQ(line.read(), text_frame("price {\"eur\":7}\n") + text_frame("as it is"));
  EXPECT_EQ(raw.read(), text_frame(R"({"event":"price","data":{"eur":7}})") + text_frame("as it is"));
}

TEST_P(LineProtocolTest, HearsOfItsChannels) {
  gateway::Client client = connect_line();
  client.text("join room\njoin room");
  turn();
  EXPECT_EQ(client.read(), text_frame("joined room"));
  gateway->commands().publish(first(), {"room", Message::event("said", "\"hi\"")});
  turn();
  client.text("leave room");
  turn();
  EXPECT_EQ(client.read(), text_frame("said \"hi\"\n") + text_frame("left room"));
}

}  // namespace
}  // namespace laraman::clients
