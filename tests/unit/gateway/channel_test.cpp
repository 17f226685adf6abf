#include "gateway/channel.h"

#include <gmock/gmock.h>

#include "gateway_fixture.h"

namespace laraman::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Writes down what it sees of all shards.
class Watcher final : public ChannelObserver {
 public:
  void on_occupied(Shard&, const Channel& channel) override { seen.push_back("occupied " + channel.name()); }
  void on_vacated(Shard&, const Channel& channel) override { seen.push_back("vacated " + channel.name()); }
  void on_member_added(Shard&, const Channel& channel, const std::string& user, const Member& member) override {
    seen.push_back("added " + user + " " + member.data + " to " + channel.name());
  }
  void on_member_removed(Shard&, const Channel& channel, const std::string& user) override {
    seen.push_back("removed " + user + " from " + channel.name());
  }
  std::vector<std::string> take() { return std::exchange(seen, {}); }

  std::vector<std::string> seen;
};

class ChannelTest : public GatewayFixture {
 protected:
  void SetUp() override {
    ShardOptions options;
    options.channels = {{"presence-*", true}, {"lobby", true}};
    make(options);
    for (std::size_t i = 0; i < gateway->shard_count(); ++i) gateway->shard(i).observe_channels(watcher);
  }
  void change(const ConnectionId& id, const Change& change) {
    gateway->commands().change(first(), id, change);
    turn();
  }
  void join(const ConnectionId& id, std::vector<std::string> channels, std::string data = "") {
    Change joins;
    joins.join = std::move(channels);
    joins.member_data = std::move(data);
    change(id, joins);
  }
  void leave(const ConnectionId& id, std::vector<std::string> channels) {
    Change leaves;
    leaves.leave = std::move(channels);
    change(id, leaves);
  }
  static Beginning user(std::string name) {
    Beginning info;
    info.user = std::move(name);
    return info;
  }

  Watcher watcher;
};
INSTANTIATE_TEST_SUITE_P(Loops, ChannelTest, testing::Values(1, 4));

TEST_P(ChannelTest, SaysWhenAChannelIsOccupiedAndVacated) {
  ConnectionId a, b;
  Client first_client = connect({}, &a);
  Client second_client = connect({}, &b);
  join(a, {"room"});
  EXPECT_THAT(watcher.take(), ElementsAre("occupied room"));
  join(b, {"room"});
  join(b, {"room"});
  EXPECT_THAT(watcher.take(), IsEmpty());
  leave(a, {"room", "nowhere"});
  EXPECT_THAT(watcher.take(), IsEmpty());
  second_client.end();
  turn();
  EXPECT_THAT(watcher.take(), ElementsAre("vacated room"));
}

TEST_P(ChannelTest, CountsAUserOfAPresenceChannelOnce) {
  ConnectionId phone, laptop, guest;
  Client a = connect(user("7"), &phone);
  Client b = connect(user("7"), &laptop);
  Client c = connect({}, &guest);
  join(phone, {"presence-room"}, "{phone}");
  EXPECT_THAT(watcher.take(), ElementsAre("occupied presence-room", "added 7 {phone} to presence-room"));
  join(laptop, {"presence-room"}, "{laptop}");
  join(guest, {"presence-room"});
  a.end();
  turn();
  EXPECT_THAT(watcher.take(), IsEmpty());
  b.end();
  turn();
  EXPECT_THAT(watcher.take(), ElementsAre("removed 7 from presence-room"));
  c.end();
  turn();
  EXPECT_THAT(watcher.take(), ElementsAre("vacated presence-room"));
}

TEST_P(ChannelTest, FollowsTheUserOfAConnection) {
  ConnectionId id;
  Client client = connect(user("7"), &id);
  join(id, {"lobby", "room"});
  watcher.take();
  Change login;
  login.user = "8";
  change(id, login);
  EXPECT_THAT(watcher.take(), ElementsAre("removed 7 from lobby", "added 8  to lobby"));
  login.user = "";
  change(id, login);
  EXPECT_THAT(watcher.take(), ElementsAre("removed 8 from lobby"));
}

TEST_P(ChannelTest, GathersTheMembersOfAllLoops) {
  std::vector<Client> clients;
  for (int i = 0; i < GetParam(); ++i) {
    ConnectionId shared, own;
    clients.push_back(connect(user("shared"), &shared, i));
    clients.push_back(connect(user(std::to_string(i)), &own, i));
    join(shared, {"lobby"});
    join(own, {"lobby"});
  }
  std::optional<Broker::Members> got;
  gateway->broker().members(first(), "lobby", [&](Broker::Members members) { got = std::move(members); });
  turn();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->size(), static_cast<std::size_t>(GetParam()) + 1);
  EXPECT_EQ(got->at("shared").connections, static_cast<std::uint32_t>(GetParam()));
}

TEST_P(ChannelTest, MakesTheListOfNamesOnceForAllEventsBetweenTwoChanges) {
  ConnectionId id;
  Client client = connect({}, &id);
  join(id, {"a", "b"});
  client.text("1");
  client.text("2");
  turn();
  const auto second = sink.events.back().channels;
  EXPECT_EQ(second, sink.events[sink.events.size() - 2].channels);
  join(id, {"c"});
  client.text("3");
  turn();
  EXPECT_THAT(*sink.events.back().channels, ElementsAre("a", "b", "c"));
  EXPECT_THAT(*second, ElementsAre("a", "b")) << "an event keeps the state of its moment";
}

TEST_P(ChannelTest, MakesNoEventsOfJoinsUnlessTheyAreWanted) {
  ConnectionId id;
  Client client = connect({}, &id);
  join(id, {"a"});
  EXPECT_EQ(sink.events.size(), 1u);
  gateway->set_wanted_events(first(), {Event::Kind::kJoin, Event::Kind::kLeave});
  turn();
  join(id, {"b", "a"});
  leave(id, {"a"});
  ASSERT_EQ(sink.events.size(), 3u);
  EXPECT_EQ(sink.events[1].kind, Event::Kind::kJoin);
  EXPECT_EQ(sink.events[1].text(), "b");
  EXPECT_EQ(sink.events[2].kind, Event::Kind::kLeave);
  EXPECT_EQ(sink.events[2].text(), "a");
}

}  // namespace
}  // namespace laraman::gateway
