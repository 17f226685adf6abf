// Every command and query of the protocol, as NetBus gives it, against a real gateway of one loop and of four. Each row
// is one: what is given, and what each client gets. What does not exist, what is empty, and what is listed twice has
// rows of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "laraman/business/net_bus.h"
#include "laraman/business/task_socket_manager.h"
#include "real_gateway.h"

namespace laraman::business {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

using Got = std::vector<RealClient::Frame>;

// Four clients: a and b are user ada's, in "room" and in "room" and "hall"; g is grace, in "hall"; n is nobody,
// nowhere.
class Scene {
 public:
  explicit Scene(int loops)
      : gateway(loops),
        a(gateway.connect(member({"room"}, "ada", "sa"))),
        b(gateway.connect(member({"room", "hall"}, "ada", "sb"))),
        g(gateway.connect(member({"hall"}, "grace"))),
        n(gateway.connect()) {
    auto created = TaskSocketManager::create({{.task = gateway.path()}});
    EXPECT_TRUE(created.ok());
    tasks = std::move(*created);
    bus = std::make_unique<NetBus>(*tasks);
  }

  // An id of this gateway that nobody has.
  std::string stranger() const { return gateway.id() + "0000000000000000"; }

  RealGateway gateway;
  RealClient a, b, g, n;
  std::unique_ptr<TaskSocketManager> tasks;
  std::unique_ptr<NetBus> bus;
};

RealClient::Frame text_of(std::string payload) { return {1, std::move(payload)}; }
RealClient::Frame binary_of(std::string payload) { return {2, std::move(payload)}; }
RealClient::Frame close_of(std::uint16_t code, const std::string& reason) {
  return {8, std::string{static_cast<char>(code >> 8), static_cast<char>(code)} + reason};
}

struct Row {
  const char* name;
  std::function<Outcome(Scene&)> give;
  Got a, b, g, n;
};

// clang-format off
const std::vector<Row>& commands() {
  static const std::vector<Row> rows = {
    // ---- SingleCast
    {"Send", [](Scene& s) { return s.bus->send(s.a.id(), "x"); }, {text_of("x")}, {}, {}, {}},
    {"SendText", [](Scene& s) { return s.bus->send(s.a.id(), text("x")); }, {text_of("x")}, {}, {}, {}},
    {"SendBinary", [](Scene& s) { return s.bus->send(s.a.id(), binary("\xff")); }, {binary_of("\xff")}, {}, {}, {}},
    {"SendNothing", [](Scene& s) { return s.bus->send(s.a.id(), ""); }, {}, {}, {}, {}},
    {"SendEmptyText", [](Scene& s) { return s.bus->send(s.a.id(), text("")); }, {text_of("")}, {}, {}, {}},
    {"SendToStranger", [](Scene& s) { return s.bus->send(s.stranger(), "x"); }, {}, {}, {}, {}},
    {"SendToNoId", [](Scene& s) { return s.bus->send("ada", "x"); }, {}, {}, {}, {}},
    // ---- Multicast
    {"SendTo", [](Scene& s) { return s.bus->send_to({s.a.id(), s.g.id(), s.stranger()}, "x"); }, {text_of("x")}, {}, {text_of("x")}, {}},
    {"SendToTwice", [](Scene& s) { return s.bus->send_to({s.a.id(), s.a.id()}, "x"); }, {text_of("x"), text_of("x")}, {}, {}, {}},
    {"SendToNone", [](Scene& s) { return s.bus->send_to({}, "x"); }, {}, {}, {}, {}},
    // ---- SingleCastBulk
    {"SendAll", [](Scene& s) { return s.bus->send_all(s.a.id(), {"1", "", "2"}); }, {text_of("1"), text_of("2")}, {}, {}, {}},
    {"SendAllOfOne", [](Scene& s) { return s.bus->send_all(s.a.id(), {"1"}, DataType::kBinary); }, {binary_of("1")}, {}, {}, {}},
    {"SendAllOfNone", [](Scene& s) { return s.bus->send_all(s.a.id(), {}); }, {}, {}, {}, {}},
    {"SendAllTyped", [](Scene& s) { return s.bus->send_all(s.a.id(), {"1", ""}, DataType::kText); }, {text_of("1"), text_of("")}, {}, {}, {}},
    {"SendEach", [](Scene& s) { return s.bus->send_each({{s.a.id(), "1"}, {s.n.id(), "2"}, {s.a.id(), "3"}, {s.g.id(), ""}, {s.stranger(), "4"}}); },
      {text_of("1"), text_of("3")}, {}, {}, {text_of("2")}},
    {"SendEachNone", [](Scene& s) { return s.bus->send_each({}); }, {}, {}, {}, {}},
    // ---- Broadcast
    {"Broadcast", [](Scene& s) { return s.bus->broadcast("x"); }, {text_of("x")}, {text_of("x")}, {text_of("x")}, {text_of("x")}},
    {"BroadcastExcept", [](Scene& s) { return s.bus->broadcast(binary("x"), {s.a.id(), s.a.id(), "no id"}); }, {}, {binary_of("x")}, {binary_of("x")}, {binary_of("x")}},
    {"BroadcastNothing", [](Scene& s) { return s.bus->broadcast({}); }, {}, {}, {}, {}},
    // ---- SingleCastByCustomerId, MulticastByCustomerId
    {"SendToUser", [](Scene& s) { return s.bus->send_to_user("ada", "x"); }, {text_of("x")}, {text_of("x")}, {}, {}},
    {"SendToUserExcept", [](Scene& s) { return s.bus->send_to_user("ada", "x", {s.b.id()}); }, {text_of("x")}, {}, {}, {}},
    {"SendToUnknownUser", [](Scene& s) { return s.bus->send_to_user("bob", "x"); }, {}, {}, {}, {}},
    {"SendToNoUser", [](Scene& s) { return s.bus->send_to_user("", "x"); }, {}, {}, {}, {}},
    {"SendToUsers", [](Scene& s) { return s.bus->send_to_users({"grace", "ada", "bob", "ada"}, "x"); }, {text_of("x")}, {text_of("x")}, {text_of("x")}, {}},
    {"SendToUsersExcept", [](Scene& s) { return s.bus->send_to_users({"grace", "ada"}, "x", {s.a.id()}); }, {}, {text_of("x")}, {text_of("x")}, {}},
    {"SendToNoUsers", [](Scene& s) { return s.bus->send_to_users({}, "x"); }, {}, {}, {}, {}},
    // ---- SingleCastBulkByCustomerId
    {"SendAllToUser", [](Scene& s) { return s.bus->send_all_to_user("ada", {"1", "2"}); }, {text_of("1"), text_of("2")}, {text_of("1"), text_of("2")}, {}, {}},
    {"SendEachToUsers", [](Scene& s) { return s.bus->send_each_to_users({{"ada", "1"}, {"grace", "2"}, {"bob", "3"}}); }, {text_of("1")}, {text_of("1")}, {text_of("2")}, {}},
    {"SendEachToNoUsers", [](Scene& s) { return s.bus->send_each_to_users({}); }, {}, {}, {}, {}},
    // ---- TopicPublish
    {"Publish", [](Scene& s) { return s.bus->publish("room", "x"); }, {text_of("x")}, {text_of("x")}, {}, {}},
    {"PublishExcept", [](Scene& s) { return s.bus->publish("room", "x", {s.a.id()}); }, {}, {text_of("x")}, {}, {}},
    {"PublishToBoth", [](Scene& s) { return s.bus->publish_to({"room", "hall", "attic"}, "x"); }, {text_of("x")}, {text_of("x"), text_of("x")}, {text_of("x")}, {}},
    {"PublishTwice", [](Scene& s) { return s.bus->publish_to({"hall", "hall"}, "x"); }, {}, {text_of("x"), text_of("x")}, {text_of("x"), text_of("x")}, {}},
    {"PublishToNone", [](Scene& s) { return s.bus->publish_to({}, "x"); }, {}, {}, {}, {}},
    {"PublishNothing", [](Scene& s) { return s.bus->publish("room", ""); }, {}, {}, {}, {}},
    // ---- TopicPublishBulk
    {"PublishAll", [](Scene& s) { return s.bus->publish_all("room", {"1", "", "2"}); }, {text_of("1"), text_of(""), text_of("2")}, {text_of("1"), text_of(""), text_of("2")}, {}, {}},
    {"PublishAllOfNone", [](Scene& s) { return s.bus->publish_all("room", {}); }, {}, {}, {}, {}},
    {"PublishEach", [](Scene& s) { return s.bus->publish_each({{"room", "1"}, {"hall", "2"}, {"hall", ""}, {"attic", "3"}}, DataType::kBinary); }, {binary_of("1")}, {binary_of("1"), binary_of("2")}, {binary_of("2")}, {}},
    {"PublishEachNone", [](Scene& s) { return s.bus->publish_each({}); }, {}, {}, {}, {}},
    // ---- TopicDelete
    {"DeleteChannels", [](Scene& s) { return s.bus->delete_channels({"room", "hall", "attic", "room"}, "x"); }, {text_of("x")}, {text_of("x")}, {text_of("x")}, {}},
    {"DeleteNoChannels", [](Scene& s) { return s.bus->delete_channels({}, "x"); }, {}, {}, {}, {}},
    // ---- what a connection is: the payloads (what becomes of the rest is below)
    {"Update", [](Scene& s) { return s.bus->update(s.n.id(), {.user = "bob"}, "x"); }, {}, {}, {}, {text_of("x")}},
    {"UpdateStranger", [](Scene& s) { return s.bus->update(s.stranger(), {.user = "bob"}, "x"); }, {}, {}, {}, {}},
    {"Clear", [](Scene& s) { return s.bus->clear(s.a.id(), {.user = true}, binary("x")); }, {binary_of("x")}, {}, {}, {}},
    {"Join", [](Scene& s) { return s.bus->join(s.n.id(), {"room"}, "x"); }, {}, {}, {}, {text_of("x")}},
    {"JoinNothing", [](Scene& s) { return s.bus->join(s.n.id(), {}, "x"); }, {}, {}, {}, {}},
    {"JoinOfStranger", [](Scene& s) { return s.bus->join(s.stranger(), {"room"}, "x"); }, {}, {}, {}, {}},
    {"Leave", [](Scene& s) { return s.bus->leave(s.a.id(), {"room"}, "x"); }, {text_of("x")}, {}, {}, {}},
    {"LeaveWhereItIsNot", [](Scene& s) { return s.bus->leave(s.a.id(), {"hall", "attic"}, "x"); }, {text_of("x")}, {}, {}, {}},
    {"LeaveNothing", [](Scene& s) { return s.bus->leave(s.a.id(), {}, "x"); }, {}, {}, {}, {}},
    // ---- ForceOffline
    {"Close", [](Scene& s) { return s.bus->close(s.a.id()); }, {close_of(1008, "forceOffline")}, {}, {}, {}},
    {"CloseWithCode", [](Scene& s) { return s.bus->close(s.a.id(), {4001, "out"}, "bye"); }, {text_of("bye"), close_of(4001, "out")}, {}, {}, {}},
    {"CloseWithBadCode", [](Scene& s) { return s.bus->close(s.a.id(), {1005, "out"}); }, {close_of(1008, "out")}, {}, {}, {}},
    {"CloseSeveral", [](Scene& s) { return s.bus->close_connections({s.a.id(), s.a.id(), s.n.id(), s.stranger()}, {4000, ""}); }, {close_of(4000, "")}, {}, {}, {close_of(4000, "")}},
    {"CloseNone", [](Scene& s) { return s.bus->close_connections({}); }, {}, {}, {}, {}},
    {"SendAfterClose", [](Scene& s) { (void)s.bus->close(s.a.id()); return s.bus->send(s.a.id(), "x"); }, {close_of(1008, "forceOffline")}, {}, {}, {}},
    // ---- ForceOfflineByCustomerId
    {"CloseUsers", [](Scene& s) { return s.bus->close_users({"ada", "bob", "ada"}, {}, "bye"); },
      {text_of("bye"), close_of(1008, "forceOfflineByCustomerId")}, {text_of("bye"), close_of(1008, "forceOfflineByCustomerId")}, {}, {}},
    {"CloseNoUsers", [](Scene& s) { return s.bus->close_users({}); }, {}, {}, {}, {}},
    // ---- ForceOfflineGuest
    {"CloseGuests", [](Scene& s) { return s.bus->close_guests({s.a.id(), s.g.id(), s.n.id(), s.stranger()}, {}, "bye"); }, {}, {}, {}, {text_of("bye"), close_of(1008, "forceOfflineGuest")}},
    {"CloseGuestsLater", [](Scene& s) { return s.bus->close_guests({s.n.id()}, std::chrono::seconds(100)); }, {}, {}, {}, {}},
    {"CloseNoGuests", [](Scene& s) { return s.bus->close_guests({}); }, {}, {}, {}, {}},
  };
  return rows;
}
// clang-format on

class EveryCommandTest : public testing::TestWithParam<std::tuple<int, std::size_t>> {};
std::string name_of_row(const testing::TestParamInfo<EveryCommandTest::ParamType>& parameter) {
  const auto [loops, row] = parameter.param;
  return std::string(commands()[row].name) + "_" + std::to_string(loops);
}
INSTANTIATE_TEST_SUITE_P(Loops, EveryCommandTest,
                         testing::Combine(testing::Values(1, 4), testing::Range<std::size_t>(0, commands().size())),
                         name_of_row);

TEST_P(EveryCommandTest, ReachesWhomItShould) {
  const Row& row = commands()[std::get<1>(GetParam())];
  Scene scene(std::get<0>(GetParam()));
  const Outcome outcome = row.give(scene);
  EXPECT_TRUE(outcome.ok()) << outcome.message();
  // The end: what comes after it would be too much.
  EXPECT_TRUE(scene.bus->broadcast(text("<end>")).ok());
  const auto check = [](RealClient& client, const Got& expected, const char* name) {
    for (const RealClient::Frame& frame : expected) {
      const RealClient::Frame got = client.next();
      EXPECT_EQ(got, frame) << name << ": " << int{got.opcode} << " " << got.payload;
    }
    const bool closed = !expected.empty() && expected.back().opcode == 8;
    const RealClient::Frame last = closed ? client.next(std::chrono::milliseconds(20)) : client.next();
    EXPECT_EQ(last, closed ? RealClient::Frame() : text_of("<end>")) << name << ": " << last.payload;
  };
  check(scene.a, row.a, "a");
  check(scene.b, row.b, "b");
  check(scene.g, row.g, "g");
  check(scene.n, row.n, "n");
}

// ---- what changes, and the queries

class EveryQueryTest : public testing::TestWithParam<int> {
 protected:
  Scene scene{GetParam()};
  NetBus& bus = *scene.bus;
  std::string a = scene.a.id(), b = scene.b.id(), g = scene.g.id(), n = scene.n.id();
};
INSTANTIATE_TEST_SUITE_P(Loops, EveryQueryTest, testing::Values(1, 4));

// What was asked for; a failure shows as such.
template <typename T>
T value(Answer<T> answer) {
  EXPECT_TRUE(answer.ok()) << answer.message();
  return std::move(answer.value);
}

ConnectionInfo sorted(ConnectionInfo info) {
  std::sort(info.channels.begin(), info.channels.end());
  return info;
}

TEST_P(EveryQueryTest, TellsWhoIsOnline) {
  EXPECT_THAT(value(bus.online({n, a, scene.stranger(), a, "no id", ""})), ElementsAre(n, a, a));
  EXPECT_THAT(value(bus.online({})), IsEmpty());
  EXPECT_TRUE(bus.close(a).ok());
  EXPECT_THAT(value(bus.online({a, b})), ElementsAre(b));
}

TEST_P(EveryQueryTest, ListsAndCountsEverything) {
  EXPECT_THAT(value(bus.connections()), UnorderedElementsAre(a, b, g, n));
  EXPECT_EQ(value(bus.count_connections()), 4U);
  EXPECT_THAT(value(bus.users()), ElementsAre("ada", "grace"));
  EXPECT_EQ(value(bus.count_users()), 2U);
  EXPECT_THAT(value(bus.channels()), ElementsAre("hall", "room"));
  EXPECT_EQ(value(bus.count_channels()), 2U);
}

TEST_P(EveryQueryTest, CountsNothingWhereNothingIs) {
  EXPECT_TRUE(bus.close_connections({a, b, g, n}).ok());
  EXPECT_THAT(value(bus.connections()), IsEmpty());
  EXPECT_EQ(value(bus.count_connections()), 0U);
  EXPECT_THAT(value(bus.users()), IsEmpty());
  EXPECT_EQ(value(bus.count_users()), 0U);
  EXPECT_THAT(value(bus.channels()), IsEmpty());
  EXPECT_EQ(value(bus.count_channels()), 0U);
  EXPECT_THAT(value(bus.count_connections_in_all()), IsEmpty());
  EXPECT_THAT(value(bus.count_users_in_all()), IsEmpty());
}

TEST_P(EveryQueryTest, TellsWhoIsInChannels) {
  EXPECT_TRUE(bus.join(n, {"empty of users"}).ok());
  EXPECT_THAT(value(bus.connections_in({"room", "attic", "hall", "room"})),
              ElementsAre(Pair("hall", UnorderedElementsAre(b, g)), Pair("room", UnorderedElementsAre(a, b))));
  EXPECT_THAT(value(bus.connections_in({})), IsEmpty());
  EXPECT_THAT(value(bus.count_connections_in({"room", "attic", "room"})), ElementsAre(Pair("room", 2U)));
  EXPECT_THAT(value(bus.count_connections_in({})), IsEmpty());
  EXPECT_THAT(value(bus.count_connections_in_all()),
              ElementsAre(Pair("empty of users", 1U), Pair("hall", 2U), Pair("room", 2U)));
  EXPECT_THAT(value(bus.users_in({"room", "hall", "attic", "empty of users"})),
              ElementsAre(Pair("empty of users", IsEmpty()), Pair("hall", ElementsAre("ada", "grace")),
                          Pair("room", ElementsAre("ada"))));
  EXPECT_THAT(value(bus.users_in({})), IsEmpty());
  EXPECT_THAT(value(bus.count_users_in({"room", "attic"})), ElementsAre(Pair("room", 1U)));
  EXPECT_THAT(value(bus.count_users_in_all()),
              ElementsAre(Pair("empty of users", 0U), Pair("hall", 2U), Pair("room", 1U)));
  // All of ada's connections, also the one that is not in the hall.
  EXPECT_THAT(
      value(bus.connections_of_users_in({"hall", "attic"})),
      ElementsAre(Pair("hall", ElementsAre(Pair("ada", UnorderedElementsAre(a, b)), Pair("grace", ElementsAre(g))))));
  EXPECT_THAT(value(bus.connections_of_users_in({})), IsEmpty());
}

TEST_P(EveryQueryTest, TellsAboutConnections) {
  const auto all = value(bus.info({a, b, scene.stranger(), n, a}));
  ASSERT_THAT(all, testing::SizeIs(3));
  EXPECT_EQ(all.at(a).connection, a);
  EXPECT_EQ(all.at(a).user, "ada");
  EXPECT_EQ(all.at(a).session, "sa");
  EXPECT_THAT(sorted(all.at(b)).channels, ElementsAre("hall", "room"));
  EXPECT_EQ(all.at(n).user, "");
  const auto sessions = value(bus.info({a}, {.session = true}));
  EXPECT_EQ(sessions.at(a).session, "sa");
  EXPECT_EQ(sessions.at(a).user, "");
  EXPECT_THAT(sessions.at(a).channels, IsEmpty());
  EXPECT_THAT(value(bus.info({})), IsEmpty());
}

TEST_P(EveryQueryTest, TellsAboutUsers) {
  const auto all = value(bus.info_of_users({"ada", "bob", "grace"}));
  ASSERT_THAT(all, testing::SizeIs(2));
  std::map<std::string, ConnectionInfo> of_ada;
  for (const ConnectionInfo& info : all.at("ada")) of_ada.emplace(info.connection, sorted(info));
  ASSERT_THAT(of_ada, testing::SizeIs(2));
  EXPECT_EQ(of_ada.at(a).session, "sa");
  EXPECT_EQ(of_ada.at(a).user, "ada");
  EXPECT_THAT(of_ada.at(b).channels, ElementsAre("hall", "room"));
  const auto bare = value(bus.info_of_users({"ada"}, {}));
  EXPECT_THAT(bare.at("ada"), testing::SizeIs(2));  // one for each connection also when nothing is asked for
  EXPECT_EQ(bare.at("ada").front().session, "");
  EXPECT_THAT(value(bus.info_of_users({})), IsEmpty());
}

TEST_P(EveryQueryTest, UpdatesWhatIsNotEmpty) {
  EXPECT_TRUE(bus.update(a, {.session = "new", .channels = {"attic", "", "attic"}}).ok());
  auto info = value(bus.info({a})).at(a);
  EXPECT_EQ(info.session, "new");
  EXPECT_EQ(info.user, "ada");
  EXPECT_THAT(info.channels, ElementsAre("attic"));
  EXPECT_TRUE(bus.update(a, {.user = "bob"}).ok());
  info = value(bus.info({a})).at(a);
  EXPECT_EQ(info.session, "new");
  EXPECT_EQ(info.user, "bob");
  EXPECT_THAT(info.channels, ElementsAre("attic"));
  EXPECT_TRUE(bus.update(a, {}).ok());  // nothing
  EXPECT_EQ(value(bus.info({a})).at(a).user, "bob");
  EXPECT_THAT(value(bus.users()), ElementsAre("ada", "bob", "grace"));
  EXPECT_THAT(value(bus.info_of_users({"ada"}, {})).at("ada"), testing::SizeIs(1));
}

TEST_P(EveryQueryTest, ClearsWhatIsNamed) {
  EXPECT_TRUE(bus.clear(a, {}).ok());  // nothing
  EXPECT_TRUE(bus.clear(scene.stranger(), kAllFields).ok());
  EXPECT_EQ(value(bus.info({a})).at(a).user, "ada");
  EXPECT_TRUE(bus.clear(a, {.session = true}).ok());
  EXPECT_EQ(value(bus.info({a})).at(a).session, "");
  EXPECT_EQ(value(bus.info({a})).at(a).user, "ada");
  EXPECT_TRUE(bus.clear(a, kAllFields).ok());
  EXPECT_EQ(value(bus.info({a})).at(a).user, "");
  EXPECT_THAT(value(bus.info({a})).at(a).channels, IsEmpty());
  EXPECT_THAT(value(bus.info_of_users({"ada"}, {})).at("ada"), testing::SizeIs(1));
}

TEST_P(EveryQueryTest, JoinsLeavesAndDeletesChannels) {
  EXPECT_TRUE(bus.join(n, {"hall", "hall", "new"}).ok());
  EXPECT_THAT(value(bus.count_connections_in({"hall", "new"})), ElementsAre(Pair("hall", 3U), Pair("new", 1U)));
  EXPECT_TRUE(bus.leave(n, {"new", "attic"}).ok());
  EXPECT_THAT(value(bus.channels()), ElementsAre("hall", "room"));
  EXPECT_TRUE(bus.delete_channels({"hall", "attic"}).ok());
  EXPECT_THAT(value(bus.channels()), ElementsAre("room"));
  EXPECT_THAT(value(bus.info({b})).at(b).channels, ElementsAre("room"));
}

TEST_P(EveryQueryTest, ClosesGuestsOnlyWhenTheTimeIsOver) {
  EXPECT_TRUE(bus.close_guests({n}, std::chrono::seconds(1)).ok());
  EXPECT_THAT(value(bus.online({n})), ElementsAre(n));
  EXPECT_EQ(scene.n.next(), close_of(1008, "forceOfflineGuest"));
  EXPECT_THAT(value(bus.online({n})), IsEmpty());
}

TEST_P(EveryQueryTest, SparesAGuestWhoHasBecomeSomebody) {
  EXPECT_TRUE(bus.close_guests({n}, std::chrono::seconds(1)).ok());
  EXPECT_TRUE(bus.update(n, {.session = "here"}).ok());
  EXPECT_EQ(scene.n.next(std::chrono::milliseconds(1300)), RealClient::Frame());
  EXPECT_THAT(value(bus.online({n})), ElementsAre(n));
}

TEST_P(EveryQueryTest, AnswersForTheGateway) {
  EXPECT_TRUE(bus.metrics().ok());
  const auto limits = value(bus.limit());
  ASSERT_THAT(limits, testing::SizeIs(1));
  EXPECT_EQ(limits.front().gateway, scene.gateway.path());
}

TEST_P(EveryQueryTest, RefusesACommandThatTheGatewayWouldNotTake) {
  const Outcome outcome = bus.send(a, std::string(2 << 20, 'x'));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.failures.front().error.code, ErrorCode::kLimit);
  EXPECT_EQ(value(bus.count_connections()), 4U);
}

}  // namespace
}  // namespace laraman::business
