#include "gateway/shard.h"

#include <gmock/gmock.h>

#include "gateway_fixture.h"

namespace laraman::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Beginning in(std::vector<std::string> channels, std::string user = "") {
  Beginning info;
  info.channels = std::move(channels);
  info.user = std::move(user);
  return info;
}

class ShardTest : public GatewayFixture {};
INSTANTIATE_TEST_SUITE_P(Loops, ShardTest, testing::Values(1, 4));

TEST_P(ShardTest, PublishesToTheChannelOnEveryLoop) {
  std::vector<Client> members;
  for (int i = 0; i < GetParam(); ++i) members.push_back(connect(in({"room"}), nullptr, i));
  Client stranger = connect(in({"other"}));
  gateway->commands().publish(first(), {"room", text("hi"), {}});
  turn();
  for (Client& member : members) EXPECT_EQ(member.read(), text_frame("hi"));
  EXPECT_EQ(stranger.read(), "");
}

TEST_P(ShardTest, LeavesOutThoseExcepted) {
  ConnectionId author;
  Client a = connect(in({"room"}), &author);
  Client b = connect(in({"room"}));
  gateway->commands().publish(first(), {"room", text("hi"), {author}});
  gateway->commands().broadcast(first(), {text("all"), {author}});
  turn();
  EXPECT_EQ(a.read(), "");
  EXPECT_EQ(b.read(), text_frame("hi") + text_frame("all"));
}

TEST_P(ShardTest, SendsToAllConnectionsOfAUser) {
  Client phone = connect(in({}, "7"), nullptr, 0);
  Client laptop = connect(in({}, "7"));
  Client other = connect(in({}, "8"));
  gateway->commands().send_to_user(first(), {"7", text("hi")});
  turn();
  EXPECT_EQ(phone.read(), text_frame("hi"));
  EXPECT_EQ(laptop.read(), text_frame("hi"));
  EXPECT_EQ(other.read(), "");
}

TEST_P(ShardTest, ChangesUserSessionAndChannels) {
  ConnectionId id;
  Client client = connect(in({"a", "b"}, "7"), &id);
  Change change;
  change.user = "8";
  change.session = "s";
  change.join = {"c", "c"};
  change.leave = {"a"};
  gateway->commands().change(first(), id, change);
  gateway->commands().publish(first(), {"a", text("a"), {}});
  gateway->commands().publish(first(), {"c", text("c"), {}});
  gateway->commands().send_to_user(first(), {"7", text("7")});
  gateway->commands().send_to_user(first(), {"8", text("8")});
  turn();
  EXPECT_EQ(client.read(), text_frame("c") + text_frame("8"));
  client.text("x");
  turn();
  EXPECT_THAT(*sink.events.back().channels, ElementsAre("b", "c"));
  EXPECT_EQ(sink.events.back().info->session, "s");
  change = {};
  change.channels = std::vector<std::string>{};
  change.user = "";
  gateway->commands().change(first(), id, change);
  turn();
  Shard& shard = gateway->shard(id.loop());
  EXPECT_EQ(shard.channels().size(), 0u);
  EXPECT_THAT(shard.users(), IsEmpty());
}

TEST_P(ShardTest, JoinsAndLeavesManyChannelsAtOnce) {
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back("channel-" + std::to_string(i));
  ConnectionId id;
  Client client = connect(in({"kept", "channel-7"}), &id);
  Change change;
  change.join = names;
  change.join.push_back("channel-1");  // again
  gateway->commands().change(first(), id, change);
  turn();
  gateway::Shard& shard = gateway->shard(static_cast<std::size_t>(GetParam() - 1));
  EXPECT_EQ(shard.find(id)->channel_names()->size(), 1001u);
  EXPECT_EQ(shard.channels().size(), 1001u);
  change = {};
  change.leave = names;
  gateway->commands().change(first(), id, change);
  turn();
  EXPECT_THAT(*shard.find(id)->channel_names(), ElementsAre("kept"));
  EXPECT_EQ(shard.channels().size(), 1u);
}

TEST_P(ShardTest, CarriesOutCommandsForOneConnectionInTheirOrder) {
  ConnectionId id;
  Client client = connect({}, &id);
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    gateway->commands().send(first(), id, text(std::to_string(i)));
    expected += text_frame(std::to_string(i));
  }
  turn();
  EXPECT_EQ(client.read(), expected);
}

TEST_P(ShardTest, SkipsWhatDoesNotExist) {
  const ConnectionId nobody = *ConnectionId::parse("7f00000117ae6b04cfb7ffd61e0b");
  gateway->commands().send(first(), nobody, text("x"));
  gateway->commands().change(first(), nobody, {});
  gateway->commands().close(first(), nobody, {});
  gateway->commands().close_user(first(), {"nobody", {}});
  gateway->commands().send_to_user(first(), {"nobody", text("x")});
  gateway->commands().publish(first(), {"nowhere", text("x"), {}});
  turn();
}

TEST_P(ShardTest, ClosesAllConnectionsOfAUser) {
  Client a = connect(in({}, "7"), nullptr, 0);
  Client b = connect(in({}, "7"));
  gateway->commands().close_user(first(), {"7", {4001, "out"}});
  turn();
  EXPECT_EQ(a.read(), close_frame(4001, "out"));
  EXPECT_EQ(b.read(), close_frame(4001, "out"));
}

TEST_P(ShardTest, GathersAnswersFromEveryShard) {
  for (int i = 0; i < GetParam(); ++i) connect({}, nullptr, i).end();
  Client kept = connect();
  turn();
  std::vector<std::size_t> answers;
  gateway->gather<std::size_t>(
      first(), [](Shard& shard) { return shard.size(); },
      [&](std::vector<std::size_t> sizes) { answers = std::move(sizes); });
  turn();
  ASSERT_EQ(answers.size(), static_cast<std::size_t>(GetParam()));
  EXPECT_EQ(answers.back(), 1u);
}

TEST_P(ShardTest, TakesAConnectionOutOfTheTablesWhenItIsLost) {
  ConnectionId id;
  Client client = connect(in({"room"}, "7"), &id);
  client.end();
  turn();
  Shard& shard = gateway->shard(id.loop());
  EXPECT_EQ(shard.size(), 0u);
  EXPECT_EQ(shard.closing(), 0u);
  EXPECT_EQ(shard.channels().size(), 0u);
  EXPECT_THAT(shard.users(), IsEmpty());
}

TEST_P(ShardTest, SaysFarewellToAll) {
  Client a = connect({}, nullptr, 0);
  Client b = connect();
  gateway->on_every_shard(first(), [](Shard& shard) { shard.close_all({1012, "service restart"}); });
  turn();
  EXPECT_EQ(a.read(), close_frame(1012, "service restart"));
  EXPECT_EQ(b.read(), close_frame(1012, "service restart"));
}

}  // namespace
}  // namespace laraman::gateway
