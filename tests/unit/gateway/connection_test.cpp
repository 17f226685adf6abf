#include "gateway/connection.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "gateway_fixture.h"

namespace laraman::gateway {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

class ConnectionTest : public GatewayFixture {};

std::string pong_frame(std::string_view payload) {
  return std::string("\x8a") + static_cast<char>(payload.size()) + std::string(payload);
}
INSTANTIATE_TEST_SUITE_P(Loops, ConnectionTest, testing::Values(1, 4));

TEST_P(ConnectionTest, MakesEventsOfWhatTheClientDoes) {
  ConnectionInfo info;
  info.user = "7";
  info.request = HandshakeRequest({.path = "/chat/1"});
  ConnectionId id;
  Client client = connect(info, &id);
  client.text("hello");
  client.send(0x82, "bytes");
  turn();
  client.send(0x88, std::string("\x03\xe8", 2) + "bye");
  turn();
  ASSERT_EQ(sink.events.size(), 4u);
  EXPECT_EQ(sink.events[0].kind, Event::Kind::kOpen);
  EXPECT_EQ(sink.events[1].text(), "hello");
  EXPECT_EQ(sink.events[1].message.type(), MessageType::kText);
  EXPECT_EQ(sink.events[1].info->user, "7");
  EXPECT_EQ(sink.events[1].info->request.path(), "/chat/1");
  EXPECT_EQ(sink.events[2].message.type(), MessageType::kBinary);
  EXPECT_EQ(sink.events[3].kind, Event::Kind::kClose);
  EXPECT_EQ(sink.events[3].close_code, 1000);
  EXPECT_EQ(sink.events[3].text(), "bye");
  for (const Event& event : sink.events) EXPECT_EQ(event.connection, id);
}

TEST_P(ConnectionTest, EchoesTheClientsCloseAndEnds) {
  Client client = connect();
  client.send(0x88, std::string("\x0b\xb8", 2));
  turn();
  EXPECT_EQ(client.read(), close_frame(3000, "") + "<end>");
  client.end();
  turn();
  EXPECT_EQ(gateway->shard(static_cast<std::size_t>(GetParam() - 1)).closing(), 0u);
}

TEST_P(ConnectionTest, SwallowsAHeartbeatMessage) {
  make(ShardOptions(), {}, {}, "~beat~");
  Client client = connect();
  client.text("~beat~");
  client.text("~beat~ and more");
  turn();
  EXPECT_EQ(client.read(), "");
  ASSERT_EQ(sink.events.size(), 2u);
  EXPECT_EQ(sink.events[1].text(), "~beat~ and more");
}

TEST_P(ConnectionTest, AnswersPingsWithTheirPayload) {
  Client client = connect();
  client.send(0x89, "payload");
  turn();
  EXPECT_EQ(client.read(), "\x8a\x07payload");
}

TEST_P(ConnectionTest, AnswersAllPingsThatComeTogether) {
  Client client = connect();
  std::string pongs;
  for (int i = 0; i < 30; ++i) {
    const std::string payload = "ping " + std::to_string(i);
    client.send(0x89, payload);
    pongs += pong_frame(payload);
  }
  turn();
  EXPECT_EQ(client.read(), pongs);
}

// RFC 6455 section 5.5.3.
TEST_P(ConnectionTest, AnswersOnlyTheLastPingOfAClientThatDoesNotRead) {
  ConnectionId id;
  Client client = connect({}, &id);
  std::string payload;
  std::uint64_t most = 0;
  for (int i = 0; i < 20'000; ++i) {
    payload = std::to_string(i) + std::string(110, 'p');
    client.send(0x89, payload);
    if (i % 100 == 99) turn(1);
    most = std::max(most, gateway->shard(id.loop()).find(id)->unsent());
  }
  EXPECT_LE(most, 8192u);
  std::string all;
  for (int i = 0; i < 100; ++i) {
    all += client.read();
    turn(1);
  }
  EXPECT_TRUE(all.ends_with(payload));
  EXPECT_EQ(client.read(), "");
  client.send(0x89, "again");
  turn();
  EXPECT_EQ(client.read(), pong_frame("again"));
}

// One that always has something to read still gets pongs in time.
TEST_P(ConnectionTest, AnswersPingsBetweenMessagesThatNeverEnd) {
  ConnectionId id;
  Client client = connect({}, &id);
  Shard& shard = gateway->shard(id.loop());
  const Message message = text(std::string(400'000, 'm'));
  std::string last;
  for (int i = 0; i < 200; ++i) {
    while (shard.find(id)->unsent() < 400'000) shard.send(id, message);
    last = std::to_string(i) + std::string(100, 'p');
    client.send(0x89, last);
    turn(1);
    client.read();
  }
  std::string rest;
  for (int i = 0; i < 5; ++i) {
    rest += client.read();
    turn(1);
  }
  EXPECT_NE(rest.find(last), std::string::npos);
}

TEST_P(ConnectionTest, CutsALongReasonBetweenCharacters) {
  ConnectionId id;
  Client client = connect({}, &id);
  std::string reason;
  for (int i = 0; i < 100; ++i) reason += "\xc3\xa4";  // of two bytes each; a close frame has room for 123
  gateway->shard(id.loop()).close(id, {4000, reason});
  turn();
  EXPECT_EQ(client.read(), close_frame(4000, reason.substr(0, 122)));
}

TEST_P(ConnectionTest, EndsAViolationWithItsCode) {
  Client client = connect();
  client.send_raw("\x81\x01x");  // not masked
  turn();
  const std::string answer = client.read();
  EXPECT_EQ(answer, close_frame(1002, "frame not masked") + "<end>");
  EXPECT_EQ(sink.events.back().kind, Event::Kind::kClose);
  EXPECT_EQ(sink.events.back().close_code, 1002);
}

TEST_P(ConnectionTest, ReportsALostConnectionAsAbnormal) {
  Client client = connect();
  client.text("last");
  client.end();
  turn();
  ASSERT_EQ(sink.events.size(), 3u);
  EXPECT_EQ(sink.events[1].text(), "last");
  EXPECT_EQ(sink.events[2].close_code, 1006);
}

TEST_P(ConnectionTest, PingsAndClosesNobodyWithoutAHeartbeat) {
  ShardOptions options;
  options.heartbeat = Duration::zero();
  make(options);
  Client client = connect();
  for (int i = 0; i < 3; ++i) {
    fixture_now += seconds(3600);
    turn();
    EXPECT_EQ(client.read(), "");
  }
  EXPECT_EQ(sink.events.size(), 1u);
}

TEST_P(ConnectionTest, PingsTheSilentAndClosesThemWithinTwoHeartbeats) {
  ShardOptions options;
  options.heartbeat = seconds(8);
  make(options);
  Client client = connect();
  fixture_now += seconds(8);
  turn();
  EXPECT_EQ(client.read(), std::string("\x89\x00", 2));
  fixture_now += seconds(8);
  turn();
  EXPECT_EQ(client.read(), close_frame(1001, "heartbeat timeout"));
  EXPECT_EQ(sink.events.back().close_code, 1001);
  fixture_now += seconds(3);
  turn();
  EXPECT_EQ(client.read(), "<end>");
}

TEST_P(ConnectionTest, KeepsAClientThatAnswersPings) {
  ShardOptions options;
  options.heartbeat = seconds(8);
  make(options);
  Client client = connect();
  for (int i = 0; i < 5; ++i) {
    fixture_now += seconds(8);
    turn();
    client.send(0x8a, "");
    turn();
  }
  EXPECT_EQ(sink.events.size(), 1u);
}

TEST_P(ConnectionTest, LeavesAllTablesWhenItIsClosed) {
  Beginning info;
  info.user = "7";
  info.channels = {"room"};
  ConnectionId id;
  Client client = connect(info, &id);
  gateway->commands().close(first(), id, {1008, "forceOffline"});
  turn();
  EXPECT_EQ(client.read(), close_frame(1008, "forceOffline"));
  EXPECT_EQ(sink.events.back().kind, Event::Kind::kClose);
  gateway->commands().send(first(), id, text("late"));
  gateway->commands().publish(first(), {"room", text("late"), {}});
  gateway->commands().send_to_user(first(), {"7", text("late")});
  client.text("late");
  turn();
  EXPECT_EQ(client.read(), "");
  EXPECT_EQ(sink.events.back().kind, Event::Kind::kClose);
  client.send(0x88, std::string("\x03\xf0", 2));
  turn();
  EXPECT_EQ(client.read(), "<end>");
}

TEST_P(ConnectionTest, ClosesAClientThatReadsTooSlowly) {
  ShardOptions options;
  options.max_unsent_bytes = 1 << 20;
  make(options);
  ConnectionId slow_id;
  Beginning info;
  info.channels = {"room"};
  Client slow = connect(info, &slow_id);
  Client quick = connect(info);
  const std::string big(100'000, 'x');
  for (int i = 0; i < 20; ++i) {
    gateway->commands().publish(first(), {"room", text(big), {}});
    turn();
    quick.read();
  }
  EXPECT_EQ(sink.events.back().connection, slow_id);
  EXPECT_EQ(sink.events.back().close_code, 1013);
  EXPECT_EQ(gateway->shard(static_cast<std::size_t>(GetParam() - 1)).size(), 1u);
}

TEST_P(ConnectionTest, CountsWhatStillWaitedForAClientThatIsGone) {
  ConnectionId id;
  Client client = connect({}, &id);
  Shard& shard = gateway->shard(id.loop());
  const std::string big(1'000'000, 'x');
  gateway->commands().broadcast(first(), {text(big)});
  turn();
  const std::uint64_t waiting = shard.find(id)->unsent();
  ASSERT_GT(waiting, 0u);
  EXPECT_EQ(shard.counters().lost_bytes.load(), 0u);
  client.end();
  turn();
  EXPECT_EQ(shard.size(), 0u);
  EXPECT_EQ(shard.counters().lost_bytes.load(), waiting);
  Client reader = connect({}, &id);
  gateway->commands().broadcast(first(), {text("short")});
  turn();
  reader.end();
  turn();
  EXPECT_EQ(shard.counters().lost_bytes.load(), waiting) << "it had all";
}

TEST_P(ConnectionTest, SendsOneMessageHoweverLargeButNothingBehindOneThatItDropped) {
  ShardOptions options;
  options.max_unsent_bytes = 1000;
  make(options);
  Client client = connect();
  const std::string big(5000, 'x');
  gateway->commands().broadcast(first(), {text(big)});
  turn();
  EXPECT_EQ(client.read().substr(4), big);
  gateway->commands().broadcast(first(), {text("a")});
  gateway->commands().broadcast(first(), {text(big)});
  gateway->commands().broadcast(first(), {text("b")});
  turn();
  EXPECT_EQ(client.read(), text_frame("a") + close_frame(1013, "reads too slowly"));
}

class FloodTest : public ConnectionTest {
 protected:
  // `count` masked messages of one byte, as they come in one read.
  static std::string frames(int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += std::string("\x81\x81\0\0\0\0x", 7);
    return all;
  }
  // The messages up to the last one that has Event::confirm wait no longer.
  void confirm() {
    for (; confirmed < sink.events.size(); ++confirmed) {
      if (!sink.events[confirmed].confirm) continue;
      const ConnectionId id = sink.events[confirmed].connection;
      gateway->shard(id.loop()).confirm_events(id);
    }
    turn();
  }
  std::size_t confirmed = 0;  // of sink.events
};
INSTANTIATE_TEST_SUITE_P(Loops, FloodTest, testing::Values(1, 4));

TEST_P(FloodTest, TheBoundOnWaitingMessagesHoldsWithinOneRead) {
  Client client = connect();
  client.send_raw(frames(9000));
  turn();
  EXPECT_EQ(sink.messages().size(), 128u);
  confirm();
  EXPECT_EQ(sink.messages().size(), 256u);
  for (int i = 0; i < 200; ++i) confirm();
  EXPECT_EQ(sink.messages().size(), 9000u);
}

TEST_P(FloodTest, ReadsOnWhenHalfOfTheMessagesWaitNoLonger) {
  ConnectionId id;
  Client client = connect({}, &id);
  client.send_raw(frames(300));
  turn();
  gateway->shard(id.loop()).confirm_events(id);
  turn();
  EXPECT_EQ(sink.messages().size(), 128u + 64u);
}

TEST_P(FloodTest, NoMoreThanOneMessageOfAReadIsTakenWhileTheGatewayIsFull) {
  Client client = connect();
  for (std::size_t i = 0; i < gateway->shard_count(); ++i) gateway->shard(i).stop_reading(true);
  client.send_raw(frames(100));
  turn();
  EXPECT_EQ(sink.messages().size(), 1u);
}

TEST_P(FloodTest, AllThatAClientSentBeforeItsCloseFrameComesBeforeTheClose) {
  Client client = connect();
  client.send_raw(frames(200));
  client.send(0x88, std::string("\x03\xe8", 2));
  turn();
  for (int i = 0; i < 5; ++i) confirm();
  EXPECT_EQ(sink.messages().size(), 200u);
  EXPECT_EQ(sink.events.back().kind, Event::Kind::kClose);
  EXPECT_EQ(sink.events.back().close_code, 1000);
  EXPECT_FALSE(sink.events.back().by_gateway);
}

TEST_P(FloodTest, AllThatAClientSentBeforeItDisconnectedComesBeforeTheClose) {
  Client client = connect();
  client.send_raw(frames(9000));
  client.end();
  turn();
  EXPECT_EQ(sink.messages().size(), 128u);
  for (int i = 0; i < 200; ++i) confirm();
  EXPECT_EQ(sink.messages().size(), 9000u);
  EXPECT_EQ(sink.events.back().kind, Event::Kind::kClose);
  EXPECT_EQ(sink.events.back().close_code, 1006);
}

TEST_P(FloodTest, SaysThatTheGatewayClosedIt) {
  ConnectionId id;
  Client client = connect({}, &id);
  gateway->commands().close(first(), id, {1008, "out"});
  turn();
  EXPECT_TRUE(sink.events.back().by_gateway);
  Client violator = connect();
  violator.send_raw("\xff\xff");
  turn();
  EXPECT_TRUE(sink.events.back().by_gateway);
  Client at_restart = connect();
  for (std::size_t i = 0; i < gateway->shard_count(); ++i) gateway->shard(i).close_all({1012, "service restart"});
  turn();
  EXPECT_FALSE(sink.events.back().by_gateway) << "what clients have sent is still handled";
}

TEST_P(ConnectionTest, IsReadOnceMoreAtMostWhileTheGatewayIsFull) {
  Client client = connect();
  for (std::size_t i = 0; i < gateway->shard_count(); ++i) gateway->shard(i).stop_reading(true);
  client.text("one");
  turn();
  client.text("two");
  turn();
  EXPECT_THAT(sink.messages(), ElementsAre("one"));
  for (std::size_t i = 0; i < gateway->shard_count(); ++i) gateway->shard(i).stop_reading(false);
  turn();
  EXPECT_THAT(sink.messages(), ElementsAre("one", "two"));
}

TEST_P(ConnectionTest, DropsMessagesOverTheWindowAndCountsThem) {
  LimitOptions limits;
  limits.window.messages = 2;
  limits.window.first_messages = 1;
  make({}, limits);
  Client client = connect();
  for (const char* text : {"1", "2", "3", "4", "5"}) client.text(text);
  turn();
  EXPECT_THAT(sink.messages(), ElementsAre("1", "2", "3"));
  fixture_now += seconds(1);
  turn(1);
  client.text("6");
  turn();
  EXPECT_THAT(sink.messages(), ElementsAre("1", "2", "3", "6"));
  EXPECT_EQ(client.read(), "");
  const ShardCounters& counters = gateway->shard(static_cast<std::size_t>(GetParam() - 1)).counters();
  EXPECT_EQ(counters.messages_dropped[static_cast<std::size_t>(MessageRefusal::kWindow)].load(), 2U);
}

TEST_P(ConnectionTest, LimitsTheMessagesOfAllClientsTogether) {
  LimitOptions limits;
  limits.messages = 3;
  make({}, limits);
  Client one = connect({}, nullptr, 0);
  Client other = connect();
  for (int i = 0; i < 2; ++i) {
    one.text("x");
    other.text("x");
  }
  turn();
  EXPECT_EQ(sink.messages().size(), 3U);
}

TEST_P(ConnectionTest, ClosesAClientOverALimitIfToldTo) {
  LimitOptions limits;
  limits.window.messages = 1;
  limits.close = true;
  make({}, limits);
  Client client = connect();
  for (const char* text : {"1", "2", "3"}) client.text(text);
  turn();
  EXPECT_THAT(sink.messages(), ElementsAre("1"));
  EXPECT_EQ(client.read(), close_frame(1008, "too many messages"));
  EXPECT_EQ(sink.events.back().kind, Event::Kind::kClose);
  EXPECT_EQ(sink.events.back().close_code, 1008);
}

TEST_P(ConnectionTest, CountsWhatGoesInAndOut) {
  ConnectionId id;
  Client client = connect({}, &id);
  client.text("hello");
  client.send(0x89, "");
  gateway->commands().send(first(), id, text("answer"));
  turn();
  const Shard& shard = gateway->shard(static_cast<std::size_t>(GetParam() - 1));
  EXPECT_EQ(shard.counters().opened.load(), 1U);
  EXPECT_EQ(shard.counters().closed.load(), 0U);
  EXPECT_EQ(shard.counters().heartbeats.load(), 1U);
  EXPECT_EQ(shard.counters().bytes_received.load(), 11U + 6U);
  EXPECT_EQ(shard.counters().bytes_sent.load(), 8U);
  EXPECT_EQ(shard.slot().messages_sent.load(), 1U);
  client.end();
  turn();
  EXPECT_EQ(shard.counters().closed.load(), 1U);
}

}  // namespace
}  // namespace laraman::gateway
