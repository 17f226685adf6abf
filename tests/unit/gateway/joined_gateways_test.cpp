// Two gateways in one process, joined by a broker of the test: the proof that all that concerns other gateways goes
// through the broker.
#include <gmock/gmock.h>

#include <deque>
#include <map>

#include "gateway_fixture.h"

namespace laraman::gateway {
namespace {

using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

class JoinedBroker;

// What goes between the gateways; each takes its part when the test says so.
struct Cable {
  std::vector<JoinedBroker*> ends;
  std::deque<std::pair<JoinedBroker*, Delivery>> under_way;  // with its sender
};

class JoinedBroker final : public Broker, private ChannelObserver {
 public:
  explicit JoinedBroker(Cable& cable) : cable_(cable) { cable.ends.push_back(this); }

  void deliver(Shard& from, Delivery delivery) override {
    from.gateway().deliver(from, delivery);
    cable_.under_way.emplace_back(this, std::move(delivery));
  }
  void members(Shard& from, std::string channel, std::function<void(Members)> done) override {
    Members all;
    for (JoinedBroker* end : cable_.ends) merge_members(all, end->presence[channel]);
    from.post_later(from.index(),
                    [all = std::move(all), done = std::move(done)](Shard&) mutable { done(std::move(all)); });
  }
  ChannelObserver* channel_observer() override { return this; }

  std::vector<std::string> occupied;        // channels that this gateway wants to hear
  std::map<std::string, Members> presence;  // of this gateway

 private:
  void on_occupied(Shard&, const Channel& channel) override { occupied.push_back(channel.name()); }
  void on_vacated(Shard&, const Channel& channel) override { std::erase(occupied, channel.name()); }
  void on_member_added(Shard&, const Channel& channel, const std::string& user, const Member& member) override {
    presence[channel.name()][user] = member;
  }
  void on_member_removed(Shard&, const Channel& channel, const std::string& user) override {
    presence[channel.name()].erase(user);
  }

  Cable& cable_;
};

// The fixture's gateway, and another one.
class JoinedGatewaysTest : public GatewayFixture {
 protected:
  void SetUp() override {
    make_joined();
    other = std::move(gateway);
    other_clients = std::move(raw_clients);
    other_loops = std::move(loops);
    make_joined();
  }
  void make_joined() {
    Gateway::Options options;
    options.shard.channels = {{"presence-*", true}};
    options.broker = std::make_unique<JoinedBroker>(cable);
    make(std::move(options));
  }
  void turn_all() {
    turn();
    for (int i = 0; i < 4; ++i) {
      for (const auto& loop : other_loops) loop->run_once(Duration::zero());
    }
  }
  void carry() {
    turn_all();
    for (; !cable.under_way.empty(); cable.under_way.pop_front()) {
      const auto& [sender, delivery] = cable.under_way.front();
      Gateway& receiver = sender == cable.ends[0] ? *gateway : *other;
      receiver.deliver(receiver.shard(0), delivery);
    }
    turn_all();
  }
  Client connect_other(Beginning info) {
    Shard& shard = other->shard(other->shard_count() - 1);
    Opening opening;
    EXPECT_FALSE(shard.enter());
    opening.id = shard.next_id();
    opening.channels = std::move(info.channels);
    opening.info = std::move(info);
    Client client(other_clients->open(shard, std::move(opening)));
    turn_all();
    return client;
  }
  static Beginning beginning(std::vector<std::string> channels, std::string user = "") {
    Beginning info;
    info.channels = std::move(channels);
    info.user = std::move(user);
    return info;
  }

  Cable cable;
  std::vector<std::unique_ptr<net::EventLoop>> other_loops;
  std::unique_ptr<clients::RawClients> other_clients;
  std::unique_ptr<Gateway> other;
};
INSTANTIATE_TEST_SUITE_P(Loops, JoinedGatewaysTest, testing::Values(1, 4));

TEST_P(JoinedGatewaysTest, PublishToTheChannelsOfBoth) {
  Client here = connect(beginning({"room"}));
  Client there = connect_other(beginning({"room"}));
  gateway->commands().publish(first(), {"room", text("hi")});
  carry();
  EXPECT_EQ(here.read(), text_frame("hi"));
  EXPECT_EQ(there.read(), text_frame("hi"));
}

TEST_P(JoinedGatewaysTest, ReachAndCloseAUserOnBoth) {
  Client here = connect(beginning({}, "7"));
  Client there = connect_other(beginning({}, "7"));
  other->commands().send_to_user(other->shard(0), {"7", text("hi")});
  other->commands().close_user(other->shard(0), {"7", {4001, "out"}});
  carry();
  EXPECT_EQ(here.read(), text_frame("hi") + close_frame(4001, "out"));
  EXPECT_EQ(there.read(), text_frame("hi") + close_frame(4001, "out"));
}

TEST_P(JoinedGatewaysTest, KnowTheMembersOfBoth) {
  Client here = connect(beginning({"presence-room", "room"}, "7"));
  Client there = connect_other(beginning({"presence-room"}, "7"));
  Client elsewhere = connect_other(beginning({"presence-room"}, "8"));
  EXPECT_THAT(cable.ends[1]->occupied, UnorderedElementsAre("presence-room", "room"));
  const auto members = [&] {
    std::map<std::string, std::uint32_t> connections;
    gateway->broker().members(first(), "presence-room", [&](Broker::Members all) {
      for (const auto& [user, member] : all) connections[user] = member.connections;
    });
    turn_all();
    return connections;
  };
  EXPECT_THAT(members(), UnorderedElementsAre(Pair("7", 2u), Pair("8", 1u)));
  here.end();
  elsewhere.end();
  turn_all();
  EXPECT_THAT(members(), UnorderedElementsAre(Pair("7", 1u)));
  EXPECT_THAT(cable.ends[1]->occupied, IsEmpty());
}

}  // namespace
}  // namespace laraman::gateway
