// What each one-way command does: netsvr's rules for what is empty, unknown or named twice.
#include "business_fixture.h"

namespace laraman::backends::netsvr {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class CommandsTest : public BusinessFixture {
 protected:
  void SetUp() override {
    BusinessFixture::SetUp();
    business = std::make_unique<Business>(connect_business());
    a = std::make_unique<Client>(connect(member({"x", "y"}, "1", "s"), &id_a, 0));
    b = std::make_unique<Client>(connect(member({"x"}, "1"), &id_b));
    c = std::make_unique<Client>(connect({}, &id_c));
  }
  void TearDown() override {
    business.reset();
    a.reset();
    b.reset();
    c.reset();
    BusinessFixture::TearDown();
  }

  void give(Command command, const google::protobuf::MessageLite& message) {
    business->send(command, message);
    turn();
  }
  // What clients a, b and c have got since the last time.
  std::vector<std::string> got() { return {a->read(), b->read(), c->read()}; }
  netsvr::ConnInfoRespItem info(const std::string& id) {
    netsvr::ConnInfoReq request;
    request.add_uniq_ids(id);
    request.set_req_session(true);
    request.set_req_customer_id(true);
    request.set_req_topic(true);
    give(Command::kConnInfo, request);
    const auto reply = business->hear<netsvr::ConnInfoResp>(Command::kConnInfo);
    const auto item = reply.items().find(id);
    return item == reply.items().end() ? netsvr::ConnInfoRespItem() : item->second;
  }

  const std::string nobody = "7f00000117ae6b04cfb7ffd61e0b";
  std::unique_ptr<Business> business;
  std::unique_ptr<Client> a, b, c;
  std::string id_a, id_b, id_c;
};
INSTANTIATE_TEST_SUITE_P(Loops, CommandsTest, testing::Values(1, 4));

TEST_P(CommandsTest, ConnInfoUpdateChangesWhatIsGiven) {
  netsvr::ConnInfoUpdate message;
  message.set_uniq_id(id_a);
  message.set_new_session("new");
  give(Command::kConnInfoUpdate, message);
  EXPECT_EQ(info(id_a).session(), "new");
  EXPECT_EQ(info(id_a).customer_id(), "1");
  EXPECT_THAT(info(id_a).topics(), ElementsAre("x", "y"));
  message.Clear();
  message.set_uniq_id(id_a);
  message.set_new_customer_id("2");
  for (const char* topic : {"z", "", "x", "z"}) message.add_new_topics(topic);
  message.set_data("hi");
  give(Command::kConnInfoUpdate, message);
  EXPECT_EQ(info(id_a).session(), "new");
  EXPECT_EQ(info(id_a).customer_id(), "2");
  EXPECT_THAT(info(id_a).topics(), ElementsAre("z", "x"));
  EXPECT_THAT(got(), ElementsAre(text_frame("hi"), "", ""));
  message.set_uniq_id(nobody);
  give(Command::kConnInfoUpdate, message);
  message.set_uniq_id("no id");
  give(Command::kConnInfoUpdate, message);
  EXPECT_FALSE(business->closed());
}

TEST_P(CommandsTest, ConnInfoDeleteClearsWhatIsNamed) {
  netsvr::ConnInfoDelete message;
  message.set_uniq_id(id_a);
  message.set_data("hi");
  give(Command::kConnInfoDelete, message);
  EXPECT_EQ(info(id_a).customer_id(), "1");
  message.set_del_session(true);
  message.set_del_customer_id(true);
  message.set_del_topic(true);
  give(Command::kConnInfoDelete, message);
  EXPECT_EQ(info(id_a).session(), "");
  EXPECT_EQ(info(id_a).customer_id(), "");
  EXPECT_THAT(info(id_a).topics(), IsEmpty());
  EXPECT_THAT(got(), ElementsAre(text_frame("hi") + text_frame("hi"), "", ""));
}

TEST_P(CommandsTest, BroadcastReachesAll) {
  netsvr::Broadcast message;
  message.set_data("hi");
  give(Command::kBroadcast, message);
  EXPECT_THAT(got(), ElementsAre(text_frame("hi"), text_frame("hi"), text_frame("hi")));
  message.add_except(id_b);
  message.add_except("no id");
  message.set_data_type(netsvr::BINARY);
  give(Command::kBroadcast, message);
  EXPECT_THAT(got(), ElementsAre(binary_frame("hi"), "", binary_frame("hi")));
  message.clear_data();
  give(Command::kBroadcast, message);  // who names the type means an empty message
  EXPECT_THAT(got(), ElementsAre(binary_frame(""), "", binary_frame("")));
  message.clear_data_type();
  give(Command::kBroadcast, message);
  EXPECT_THAT(got(), ElementsAre("", "", ""));
}

TEST_P(CommandsTest, SendsEventsInTheFormOfTheClientsProtocol) {
  netsvr::Broadcast message;
  message.set_event("said \"it\"");
  message.set_data(R"({"text":1})");
  give(Command::kBroadcast, message);
  const std::string event = text_frame(R"({"event":"said \"it\"","data":{"text":1}})");
  EXPECT_THAT(got(), ElementsAre(event, event, event));
  message.clear_data();
  give(Command::kBroadcast, message);
  const std::string without_data = text_frame(R"({"event":"said \"it\"","data":null})");
  EXPECT_THAT(got(), ElementsAre(without_data, without_data, without_data));
}

TEST_P(CommandsTest, SendsAsTheGatewayIsConfiguredUnlessTold) {
  make({.message_type = gateway::MessageType::kBinary});
  business = std::make_unique<Business>(connect_business());
  std::string id;
  Client client = connect({}, &id);
  netsvr::SingleCast message;
  message.set_uniq_id(id);
  message.set_data("hi");
  give(Command::kSingleCast, message);
  message.set_data_type(netsvr::TEXT);
  give(Command::kSingleCast, message);
  EXPECT_EQ(client.read(), binary_frame("hi") + text_frame("hi"));
}

TEST_P(CommandsTest, MulticastSendsTwiceToWhoIsNamedTwice) {
  netsvr::Multicast message;
  for (const std::string& id : {id_a, nobody, id_b, id_a}) message.add_uniq_ids(id);
  message.set_data("hi");
  give(Command::kMulticast, message);
  EXPECT_THAT(got(), ElementsAre(text_frame("hi") + text_frame("hi"), text_frame("hi"), ""));
}

TEST_P(CommandsTest, MulticastByCustomerIdMergesDuplicates) {
  netsvr::MulticastByCustomerId message;
  for (const char* user : {"1", "nobody", "1", ""}) message.add_customer_ids(user);
  message.set_data("hi");
  give(Command::kMulticastByCustomerId, message);
  EXPECT_THAT(got(), ElementsAre(text_frame("hi"), text_frame("hi"), ""));
  message.add_except(id_a);
  give(Command::kMulticastByCustomerId, message);
  EXPECT_THAT(got(), ElementsAre("", text_frame("hi"), ""));
}

TEST_P(CommandsTest, SingleCastReachesOne) {
  netsvr::SingleCast message;
  message.set_uniq_id(id_c);
  message.set_data("hi");
  give(Command::kSingleCast, message);
  EXPECT_THAT(got(), ElementsAre("", "", text_frame("hi")));
}

TEST_P(CommandsTest, SingleCastBulkPairsIdsAndData) {
  netsvr::SingleCastBulk message;
  message.add_uniq_ids(id_a);
  for (const char* data : {"1", "", "2"}) message.add_data(data);
  give(Command::kSingleCastBulk, message);
  EXPECT_THAT(got(), ElementsAre(text_frame("1") + text_frame("2"), "", ""));
  message.add_uniq_ids(id_b);
  give(Command::kSingleCastBulk, message);  // 2 and 3: dropped
  EXPECT_THAT(got(), ElementsAre("", "", ""));
  message.add_uniq_ids(id_c);
  give(Command::kSingleCastBulk, message);
  EXPECT_THAT(got(), ElementsAre(text_frame("1"), "", text_frame("2")));
  message.Clear();
  give(Command::kSingleCastBulk, message);
  EXPECT_THAT(got(), ElementsAre("", "", ""));
}

TEST_P(CommandsTest, SingleCastByCustomerIdReachesAllOfAUser) {
  netsvr::SingleCastByCustomerId message;
  message.set_customer_id("1");
  message.set_data("hi");
  give(Command::kSingleCastByCustomerId, message);
  EXPECT_THAT(got(), ElementsAre(text_frame("hi"), text_frame("hi"), ""));
  message.set_customer_id("");
  give(Command::kSingleCastByCustomerId, message);
  EXPECT_THAT(got(), ElementsAre("", "", ""));
}

TEST_P(CommandsTest, SingleCastBulkByCustomerIdPairsUsersAndData) {
  netsvr::SingleCastBulkByCustomerId message;
  message.add_customer_ids("1");
  message.add_data("1");
  message.add_data("2");
  give(Command::kSingleCastBulkByCustomerId, message);
  EXPECT_THAT(got(), ElementsAre(text_frame("1") + text_frame("2"), text_frame("1") + text_frame("2"), ""));
  message.add_customer_ids("nobody");
  give(Command::kSingleCastBulkByCustomerId, message);
  EXPECT_THAT(got(), ElementsAre(text_frame("1"), text_frame("1"), ""));
  message.add_customer_ids("1");
  give(Command::kSingleCastBulkByCustomerId, message);  // 3 and 2: dropped
  EXPECT_THAT(got(), ElementsAre("", "", ""));
}

TEST_P(CommandsTest, TopicSubscribeNeedsATopic) {
  netsvr::TopicSubscribe message;
  message.set_uniq_id(id_c);
  message.set_data("hi");
  give(Command::kTopicSubscribe, message);
  EXPECT_THAT(got(), ElementsAre("", "", ""));
  message.add_topics("x");
  message.add_topics("x");
  give(Command::kTopicSubscribe, message);
  EXPECT_THAT(got(), ElementsAre("", "", text_frame("hi")));
  EXPECT_THAT(info(id_c).topics(), ElementsAre("x"));
}

TEST_P(CommandsTest, ChannelsUpdateChangesTheChannelsOfAllThatItNames) {
  netsvr::ChannelsUpdate message;
  message.add_uniq_ids(id_c);
  message.add_customer_ids("1");
  message.add_topics("x");
  message.add_join("z");
  message.add_join("z");
  message.add_leave("x");
  give(Command::kChannelsUpdate, message);
  EXPECT_THAT(info(id_a).topics(), ElementsAre("y", "z"));
  EXPECT_THAT(info(id_c).topics(), ElementsAre("z"));

  netsvr::ChannelsUpdate of_all;
  of_all.set_all(true);
  of_all.add_except(id_c);
  of_all.add_leave("z");
  give(Command::kChannelsUpdate, of_all);
  EXPECT_THAT(info(id_a).topics(), ElementsAre("y"));
  EXPECT_THAT(info(id_c).topics(), ElementsAre("z"));
}

TEST_P(CommandsTest, TopicUnsubscribeSendsDataAnyway) {
  netsvr::TopicUnsubscribe message;
  message.set_uniq_id(id_a);
  message.set_data("hi");
  give(Command::kTopicUnsubscribe, message);
  EXPECT_THAT(got(), ElementsAre("", "", ""));
  message.add_topics("nowhere");
  give(Command::kTopicUnsubscribe, message);
  EXPECT_THAT(got(), ElementsAre(text_frame("hi"), "", ""));
  message.add_topics("x");
  give(Command::kTopicUnsubscribe, message);
  EXPECT_THAT(info(id_a).topics(), ElementsAre("y"));
}

TEST_P(CommandsTest, TopicDeleteTellsEachMemberOnce) {
  netsvr::TopicDelete message;
  for (const char* topic : {"x", "y", "nowhere"}) message.add_topics(topic);
  message.set_data("hi");
  give(Command::kTopicDelete, message);
  EXPECT_THAT(got(), ElementsAre(text_frame("hi"), text_frame("hi"), ""));
  EXPECT_THAT(info(id_a).topics(), IsEmpty());
  EXPECT_THAT(info(id_b).topics(), IsEmpty());
}

TEST_P(CommandsTest, TopicPublishSendsOnceForEachTopic) {
  netsvr::TopicPublish message;
  for (const char* topic : {"x", "y", "x", "nowhere"}) message.add_topics(topic);
  message.set_data("hi");
  give(Command::kTopicPublish, message);
  EXPECT_THAT(got(), ElementsAre(text_frame("hi") + text_frame("hi") + text_frame("hi"),
                                 text_frame("hi") + text_frame("hi"), ""));
  message.add_except(id_b);
  message.set_data_type(netsvr::BINARY);
  give(Command::kTopicPublish, message);
  EXPECT_THAT(got(), ElementsAre(binary_frame("hi") + binary_frame("hi") + binary_frame("hi"), "", ""));
  message.clear_data();
  message.clear_data_type();
  give(Command::kTopicPublish, message);
  EXPECT_THAT(got(), ElementsAre("", "", ""));
}

TEST_P(CommandsTest, TopicPublishBulkPairsTopicsAndData) {
  netsvr::TopicPublishBulk message;
  message.add_topics("y");
  for (const char* data : {"1", "", "2"}) message.add_data(data);
  give(Command::kTopicPublishBulk, message);
  EXPECT_THAT(got(), ElementsAre(text_frame("1") + text_frame("") + text_frame("2"), "", ""));
  message.add_topics("x");
  give(Command::kTopicPublishBulk, message);  // 2 and 3: dropped
  EXPECT_THAT(got(), ElementsAre("", "", ""));
  message.add_topics("x");
  give(Command::kTopicPublishBulk, message);
  EXPECT_THAT(got(), ElementsAre(text_frame("1") + text_frame("2"), text_frame("2"), ""));
}

TEST_P(CommandsTest, ForceOfflineClosesAndForgetsAtOnce) {
  netsvr::ForceOffline message;
  message.add_uniq_ids(id_a);
  message.add_uniq_ids(nobody);
  message.set_data("out");
  business->send(Command::kForceOffline, message);
  netsvr::CheckOnlineReq online;
  online.add_uniq_ids(id_a);
  online.add_uniq_ids(id_b);
  give(Command::kCheckOnline, online);
  EXPECT_THAT(business->hear<netsvr::CheckOnlineResp>(Command::kCheckOnline).uniq_ids(), ElementsAre(id_b));
  EXPECT_THAT(got(), ElementsAre(text_frame("out") + close_frame(1008, "forceOffline"), "", ""));
  message.Clear();
  message.add_uniq_ids(id_b);
  message.set_code(4001);
  message.set_reason("bye");
  give(Command::kForceOffline, message);
  EXPECT_THAT(got(), ElementsAre("", close_frame(4001, "bye"), ""));
  message.Clear();
  message.add_uniq_ids(id_c);
  message.set_code(1006);  // may not be sent
  give(Command::kForceOffline, message);
  EXPECT_THAT(got(), ElementsAre("", "", close_frame(1008, "forceOffline")));
}

TEST_P(CommandsTest, ForceOfflineByCustomerIdClosesAllOfAUser) {
  netsvr::ForceOfflineByCustomerId message;
  for (const char* user : {"1", "1", "nobody"}) message.add_customer_ids(user);
  message.set_data("out");
  give(Command::kForceOfflineByCustomerId, message);
  const std::string last = text_frame("out") + close_frame(1008, "forceOfflineByCustomerId");
  EXPECT_THAT(got(), ElementsAre(last, last, ""));
}

TEST_P(CommandsTest, ForceOfflineGuestClosesThoseWithoutUserAndSession) {
  std::string id_d;
  Client d = connect(member({}, "", "s"), &id_d);
  netsvr::ForceOfflineGuest message;
  for (const std::string& id : {id_a, id_c, id_d, nobody}) message.add_uniq_ids(id);
  message.set_data("out");
  give(Command::kForceOfflineGuest, message);
  EXPECT_THAT(got(), ElementsAre("", "", text_frame("out") + close_frame(1008, "forceOfflineGuest")));
  EXPECT_EQ(d.read(), "");
}

TEST_P(CommandsTest, ForceOfflineGuestLooksAfterItsDelay) {
  std::string id_d;
  Client d = connect({}, &id_d);
  netsvr::ForceOfflineGuest message;
  message.add_uniq_ids(id_c);
  message.add_uniq_ids(id_d);
  message.set_delay(3);
  give(Command::kForceOfflineGuest, message);
  netsvr::ForceOfflineGuest sooner;
  sooner.set_delay(1);
  sooner.add_uniq_ids(id_b);  // has a user
  give(Command::kForceOfflineGuest, sooner);
  pass(2900ms);
  EXPECT_THAT(got(), ElementsAre("", "", ""));
  netsvr::ConnInfoUpdate update;
  update.set_uniq_id(id_d);
  update.set_new_customer_id("4");
  give(Command::kConnInfoUpdate, update);
  pass(100ms);
  EXPECT_THAT(got(), ElementsAre("", "", close_frame(1008, "forceOfflineGuest")));
  EXPECT_EQ(d.read(), "");
}

class LoginCommandsTest : public CommandsTest {
 protected:
  ConnectionInfo of_login(const std::string& login, const std::string& user) {
    gateway::Beginning info = member({"room"}, user);
    info.login = login;
    info.meta = {{"Socket", "chat"}, {"Session", "old"}};
    return info;
  }
};
INSTANTIATE_TEST_SUITE_P(Loops, LoginCommandsTest, testing::Values(1, 4));

TEST_P(LoginCommandsTest, LoginCloseClosesAllConnectionsOfTheLogin) {
  Client tab = connect(of_login("k1", "7"), nullptr, 0);
  Client other_tab = connect(of_login("k1", "7"));
  Client phone = connect(of_login("k2", "7"));
  netsvr::LoginClose message;
  for (const char* login : {"k1", "", "unknown"}) message.add_logins(login);
  message.set_code(4001);
  message.set_reason("logged out");
  give(Command::kLoginClose, message);
  EXPECT_EQ(tab.read(), close_frame(4001, "logged out"));
  EXPECT_EQ(other_tab.read(), close_frame(4001, "logged out"));
  EXPECT_EQ(phone.read(), "");
  EXPECT_THAT(got(), ElementsAre("", "", ""));
}

TEST_P(LoginCommandsTest, AUsersOtherConnectionsCloseAndThoseOfOneLoginStay) {
  Client tab = connect(of_login("k1", "7"), nullptr, 0);
  Client phone = connect(of_login("k2", "7"));
  Client guest = connect(of_login("", "7"));
  netsvr::ForceOfflineByCustomerId message;
  message.add_customer_ids("7");
  message.set_code(4001);
  message.set_except_login("k1");
  message.set_data("bye");
  give(Command::kForceOfflineByCustomerId, message);
  EXPECT_EQ(tab.read(), "");
  EXPECT_EQ(phone.read(), text_frame("bye") + close_frame(4001, ""));
  EXPECT_EQ(guest.read(), text_frame("bye") + close_frame(4001, ""));
}

TEST_P(LoginCommandsTest, AUsersOtherConnectionsCloseAndThoseNamedStay) {
  std::string first;
  std::string second;
  Client tab = connect(of_login("k1", "7"), &first, 0);
  Client opening = connect(of_login("k1", "7"), &second);
  Client phone = connect(of_login("k1", "7"));
  netsvr::ForceOfflineByCustomerId message;
  message.add_customer_ids("7");
  message.set_code(4001);
  message.add_except(first);
  message.set_opening(second);
  give(Command::kForceOfflineByCustomerId, message);
  EXPECT_EQ(tab.read() + opening.read(), "");
  EXPECT_EQ(phone.read(), close_frame(4001, ""));
}

TEST_P(LoginCommandsTest, LoginUpdateMovesAllConnectionsToTheNewLogin) {
  netsvr::RegisterReq request = registration(kMessage, 8);
  request.set_wants_meta(true);
  Business worker = register_business(request);
  Client tab = connect(of_login("k1", "7"), nullptr, 0);
  Client other_tab = connect(of_login("k1", "7"));
  netsvr::LoginUpdate update;
  update.set_login("k1");
  update.set_new_login("k2");
  (*update.mutable_meta())["Session"] = "new";
  (*update.mutable_meta())["Extra"] = "";
  give(Command::kLoginUpdate, update);

  tab.text("hi");
  turn();
  const auto transfer = worker.hear<netsvr::Transfer>(Command::kTransfer);
  EXPECT_EQ(transfer.meta().at("Session"), "new");
  EXPECT_EQ(transfer.meta().at("Socket"), "chat");
  EXPECT_EQ(transfer.meta().size(), 2u);

  netsvr::LoginClose close;
  close.add_logins("k1");
  close.set_code(4001);
  give(Command::kLoginClose, close);
  EXPECT_EQ(tab.read() + other_tab.read(), "");
  close.set_logins(0, "k2");
  give(Command::kLoginClose, close);
  EXPECT_EQ(tab.read(), close_frame(4001, ""));
  EXPECT_EQ(other_tab.read(), close_frame(4001, ""));
}

TEST_P(LoginCommandsTest, ConnInfoUpdateChangesTheMetaOfOneConnection) {
  netsvr::RegisterReq request = registration(kMessage, 8);
  request.set_wants_meta(true);
  Business worker = register_business(request);
  std::string id;
  Client tab = connect(of_login("k1", "7"), &id);
  netsvr::ConnInfoUpdate update;
  update.set_uniq_id(id);
  (*update.mutable_meta())["Checked"] = "1";
  give(Command::kConnInfoUpdate, update);

  tab.text("hi");
  turn();
  const auto transfer = worker.hear<netsvr::Transfer>(Command::kTransfer);
  EXPECT_EQ(transfer.meta().at("Checked"), "1");
  EXPECT_EQ(transfer.meta().at("Socket"), "chat");
  EXPECT_EQ(transfer.customer_id(), "7");
}

TEST_P(LoginCommandsTest, NoReplyShowsALogin) {
  Client tab = connect(of_login("secret-key", "7"));
  business->send(Command::kConnections);
  turn();
  EXPECT_EQ(business->hear<netsvr::ConnectionsResp>(Command::kConnections).SerializeAsString().find("secret-key"),
            std::string::npos);
}

}  // namespace
}  // namespace laraman::backends::netsvr
