// NetBus over several gateways: where commands go, how answers are merged, and what becomes of one that fails.
#include "laraman/business/net_bus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "laraman/business/task_socket_manager.h"
#include "netsvr.pb.h"
#include "real_gateway.h"
#include "wire/netsvr_command.h"

namespace laraman::business {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using wire::netsvr::Command;

const std::string kFirst = "7f0000010001";
const std::string kSecond = "7f0000010002";

// Three gateways of which nothing is there: writes down what they are told.
class FakeTransport final : public Transport {
 public:
  struct Told {
    std::size_t gateway;
    std::uint32_t id;
    std::string message;
  };

  const std::vector<GatewayAddress>& gateways() const override { return gateways_; }
  Result<void> command(std::size_t gateway, std::uint32_t id, std::string_view message) override {
    if (gateway == broken) return Error{ErrorCode::kUnavailable, "gone", gateways_[gateway].task, ""};
    told.push_back({gateway, id, std::string(message)});
    return {};
  }
  Result<std::string> query(std::size_t gateway, std::uint32_t id, std::string_view message) override {
    if (Result<void> taken = command(gateway, id, message); !taken) return std::move(taken.error());
    return answers[gateway];
  }
  std::vector<std::size_t> asked() const {
    std::vector<std::size_t> gateways;
    for (const Told& one : told) gateways.push_back(one.gateway);
    return gateways;
  }

  std::size_t broken = 99;
  std::vector<Told> told;
  std::vector<std::string> answers{3};

 private:
  std::vector<GatewayAddress> gateways_{
      {.task = "one:1", .id = kFirst}, {.task = "two:2", .id = kSecond}, {.task = "three:3", .id = "7f0000010003"}};
};

class NetBusRoutesTest : public testing::Test {
 protected:
  FakeTransport transport;
  NetBus bus{transport};
};

TEST_F(NetBusRoutesTest, TellsOnlyTheGatewayThatAConnectionIdNames) {
  EXPECT_TRUE(bus.send(kSecond + "0000000000000000", "x").ok());
  EXPECT_THAT(transport.asked(), ElementsAre(1U));
}

TEST_F(NetBusRoutesTest, SplitsListsOfConnections) {
  const std::string one = kFirst + "01", two = kSecond + "02", three = kFirst + "03";
  EXPECT_TRUE(bus.send_to({one, two, three}, "x").ok());
  ASSERT_THAT(transport.asked(), ElementsAre(0U, 1U));
  wire::netsvr::Multicast message;
  ASSERT_TRUE(message.ParseFromString(transport.told[0].message));
  EXPECT_THAT(message.uniq_ids(), ElementsAre(one, three));
  transport.told.clear();
  EXPECT_TRUE(bus.send_each({{one, "1"}, {two, "2"}, {three, "3"}}).ok());
  ASSERT_THAT(transport.asked(), ElementsAre(0U, 1U));
  wire::netsvr::SingleCastBulk bulk;
  ASSERT_TRUE(bulk.ParseFromString(transport.told[0].message));
  EXPECT_THAT(bulk.uniq_ids(), ElementsAre(one, three));
  EXPECT_THAT(bulk.data(), ElementsAre("1", "3"));
}

TEST_F(NetBusRoutesTest, TellsEveryGatewayWhatConcernsUsersAndChannels) {
  EXPECT_TRUE(bus.publish("room", "x").ok());
  EXPECT_THAT(transport.asked(), ElementsAre(0U, 1U, 2U));
  transport.told.clear();
  EXPECT_TRUE(bus.send_to_user("ada", "x").ok());
  EXPECT_THAT(transport.asked(), ElementsAre(0U, 1U, 2U));
}

TEST_F(NetBusRoutesTest, SaysThatAnIdBelongsToNoGateway) {
  const Outcome outcome = bus.send_to({kFirst + "01", "ffffffffffff01"}, "x");
  ASSERT_THAT(outcome.failures, SizeIs(1));
  EXPECT_EQ(outcome.failures[0].gateway, "");
  EXPECT_EQ(outcome.failures[0].error.code, ErrorCode::kNotFound);
  EXPECT_THAT(outcome.message(), HasSubstr("ffffffffffff01"));
  EXPECT_THAT(transport.asked(), ElementsAre(0U));  // the other one is told nonetheless
}

TEST_F(NetBusRoutesTest, GoesOnWhereOneGatewayFails) {
  transport.broken = 1;
  const Outcome outcome = bus.broadcast("x");
  EXPECT_THAT(transport.asked(), ElementsAre(0U, 2U));
  ASSERT_THAT(outcome.failures, SizeIs(1));
  EXPECT_EQ(outcome.failures[0].gateway, "two:2");
  EXPECT_EQ(outcome.message(), "two:2: gone");
}

TEST_F(NetBusRoutesTest, GivesWhatTheOtherGatewaysKnow) {
  wire::netsvr::UniqIdCountResp count;
  count.set_count(5);
  transport.answers = {count.SerializeAsString(), "", "\xff\xff"};
  transport.broken = 1;
  const Answer<std::uint64_t> answer = bus.count_connections();
  EXPECT_FALSE(answer.ok());
  EXPECT_EQ(answer.value, 5U);
  ASSERT_THAT(answer.failures, SizeIs(2));
  EXPECT_EQ(answer.failures[0].gateway, "two:2");
  EXPECT_EQ(answer.failures[1].gateway, "three:3");
  EXPECT_EQ(answer.failures[1].error.code, ErrorCode::kInvalid);
}

TEST_F(NetBusRoutesTest, AddsUpMetrics) {
  wire::netsvr::MetricsResp metrics;
  auto& item = (*metrics.mutable_items())[6];
  item.set_item(6);
  item.set_count(10);
  item.set_rate1(1.5);
  transport.answers = {metrics.SerializeAsString(), metrics.SerializeAsString(), ""};
  const auto answer = bus.metrics();
  EXPECT_TRUE(answer.ok());
  ASSERT_THAT(answer.value, SizeIs(1));
  EXPECT_EQ(answer.value.at(6).count, 20);
  EXPECT_EQ(answer.value.at(6).rate_1, 3.0);
}

TEST_F(NetBusRoutesTest, KeepsTheLimitsOfGatewaysApart) {
  wire::netsvr::LimitResp limits;
  limits.set_on_open(7);
  transport.answers[2] = limits.SerializeAsString();
  const auto answer = bus.limit(7);
  ASSERT_THAT(answer.value, SizeIs(3));
  EXPECT_EQ(answer.value[2].gateway, "three:3");
  EXPECT_EQ(answer.value[2].opens, 7);
  EXPECT_EQ(answer.value[0].opens, 0);
}

// ---- two gateways that run

class TwoGatewaysTest : public testing::Test {
 protected:
  TwoGatewaysTest() {
    auto created = TaskSocketManager::create(
        {{.task = first.path(), .id = first.id()}, {.task = second.path(), .id = second.id()}},
        {.timeout = std::chrono::milliseconds(300)});
    EXPECT_TRUE(created.ok());
    tasks = std::move(*created);
    bus = std::make_unique<NetBus>(*tasks);
  }

  RealGateway first{1, 1};
  RealGateway second{2, 2};
  // Ada is at both gateways, in the room only at the first; grace at the second, in the room.
  RealClient a = first.connect(member({"room"}, "ada"));
  RealClient b = second.connect(member({"hall"}, "ada"));
  RealClient g = second.connect(member({"room"}, "grace"));
  std::unique_ptr<TaskSocketManager> tasks;
  std::unique_ptr<NetBus> bus;
};

TEST_F(TwoGatewaysTest, ReachesEveryConnection) {
  EXPECT_TRUE(bus->send(a.id(), "1").ok());
  EXPECT_TRUE(bus->send(g.id(), "2").ok());
  EXPECT_TRUE(bus->send_to_user("ada", "3").ok());
  EXPECT_TRUE(bus->publish("room", "4", {g.id()}).ok());
  EXPECT_TRUE(bus->count_connections().ok());
  EXPECT_EQ(a.next().payload, "1");
  EXPECT_EQ(a.next().payload, "3");
  EXPECT_EQ(a.next().payload, "4");
  EXPECT_EQ(b.next().payload, "3");
  EXPECT_EQ(g.next().payload, "2");
  EXPECT_THAT(g.payloads(), IsEmpty());
}

TEST_F(TwoGatewaysTest, MergesAnswers) {
  EXPECT_THAT(bus->online({g.id(), a.id(), b.id(), g.id()}).value, ElementsAre(g.id(), a.id(), b.id(), g.id()));
  EXPECT_THAT(bus->connections().value, UnorderedElementsAre(a.id(), b.id(), g.id()));
  EXPECT_EQ(bus->count_connections().value, 3U);
  EXPECT_THAT(bus->channels().value, ElementsAre("hall", "room"));
  EXPECT_EQ(bus->count_channels().value, 2U);
  EXPECT_THAT(bus->connections_in({"room"}).value, ElementsAre(Pair("room", UnorderedElementsAre(a.id(), g.id()))));
  EXPECT_THAT(bus->count_connections_in_all().value, ElementsAre(Pair("hall", 1U), Pair("room", 2U)));
  EXPECT_THAT(bus->info({a.id(), g.id()}).value, SizeIs(2));
  EXPECT_THAT(bus->info_of_users({"ada"}).value.at("ada"), SizeIs(2));
}

TEST_F(TwoGatewaysTest, CountsAUserAtBothOnce) {
  EXPECT_THAT(bus->users().value, ElementsAre("ada", "grace"));
  EXPECT_EQ(bus->count_users().value, 2U);
  EXPECT_TRUE(bus->join(b.id(), {"room"}).ok());
  EXPECT_THAT(bus->users_in({"room"}).value, ElementsAre(Pair("room", ElementsAre("ada", "grace"))));
  EXPECT_THAT(bus->count_users_in({"room", "attic"}).value, ElementsAre(Pair("room", 2U)));
  EXPECT_THAT(bus->count_users_in_all().value, ElementsAre(Pair("hall", 1U), Pair("room", 2U)));
}

// The room is known at the second gateway too, but without ada: its answer alone has nothing about her.
TEST_F(TwoGatewaysTest, FindsAUsersConnectionsAtAnotherGatewayThanTheChannels) {
  EXPECT_THAT(bus->connections_of_users_in({"room"}).value,
              ElementsAre(Pair("room", ElementsAre(Pair("ada", UnorderedElementsAre(a.id(), b.id())),
                                                   Pair("grace", ElementsAre(g.id()))))));
}

TEST(NetBusFailures, AnswersForTheGatewaysThatAreThere) {
  RealGateway there{1, 1};
  const RealClient a = there.connect(member({}, "ada"));
  auto tasks = TaskSocketManager::create(
      {{.task = there.path(), .id = there.id()}, {.task = "/nonexistent/task.sock", .id = kSecond}},
      {.timeout = std::chrono::milliseconds(100)});
  ASSERT_TRUE(tasks.ok());
  NetBus bus(**tasks);
  const auto users = bus.users();
  EXPECT_THAT(users.value, ElementsAre("ada"));
  ASSERT_THAT(users.failures, SizeIs(1));
  EXPECT_EQ(users.failures[0].gateway, "/nonexistent/task.sock");
  EXPECT_THAT(users.message(), HasSubstr("No such file"));
}

}  // namespace
}  // namespace laraman::business
