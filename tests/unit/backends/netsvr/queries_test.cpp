// What each query answers. Lists have no order of their own.
#include <algorithm>
#include <ctime>

#include "business_fixture.h"

namespace laraman::backends::netsvr {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

// a and b are the user 1, d is 2; c is nobody and nowhere. In channel x: a, b, d; in y: a; in z: e, who is nobody.
class QueriesTest : public BusinessFixture {
 protected:
  void SetUp() override {
    BusinessFixture::SetUp();
    business = std::make_unique<Business>(connect_business());
    clients.push_back(connect(member({"x", "y"}, "1", "sa"), &a, 0));
    clients.push_back(connect(member({"x"}, "1", "sb"), &b));
    clients.push_back(connect({}, &c));
    clients.push_back(connect(member({"x"}, "2"), &d));
    clients.push_back(connect(member({"z"}), &e));
  }
  void TearDown() override {
    clients.clear();
    business.reset();
    BusinessFixture::TearDown();
  }

  template <typename Reply>
  Reply ask(Command command, const google::protobuf::MessageLite& request) {
    business->send(command, request);
    turn(20);
    Reply reply = business->hear<Reply>(command);
    EXPECT_TRUE(business->silent());
    return reply;
  }
  template <typename Reply>
  Reply ask(Command command) {
    return ask<Reply>(command, netsvr::UnRegisterResp());
  }
  // The items of a map, with lists as vectors.
  template <typename Items, typename Get>
  static std::map<std::string, std::vector<std::string>> lists(const Items& items, Get get) {
    std::map<std::string, std::vector<std::string>> all;
    for (const auto& [name, item] : items) {
      const auto& list = get(item);
      all[name].assign(list.begin(), list.end());
      std::sort(all[name].begin(), all[name].end());
    }
    return all;
  }
  static std::vector<std::string> sorted(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    return names;
  }

  const std::string nobody = "7f00000117ae6b04cfb7ffd61e0b";
  std::unique_ptr<Business> business;
  std::vector<Client> clients;
  std::string a, b, c, d, e;
};
INSTANTIATE_TEST_SUITE_P(Loops, QueriesTest, testing::Values(1, 4));

TEST_P(QueriesTest, CheckOnlineKeepsOrderAndDuplicates) {
  netsvr::CheckOnlineReq request;
  for (const std::string& id : {d, nobody, a, std::string("no id"), d}) request.add_uniq_ids(id);
  EXPECT_THAT(ask<netsvr::CheckOnlineResp>(Command::kCheckOnline, request).uniq_ids(), ElementsAre(d, a, d));
  EXPECT_THAT(ask<netsvr::CheckOnlineResp>(Command::kCheckOnline).uniq_ids(), IsEmpty());
}

TEST_P(QueriesTest, ListsAndCountsEverything) {
  EXPECT_THAT(ask<netsvr::CustomerIdListResp>(Command::kCustomerIdList).customer_ids(), UnorderedElementsAre("1", "2"));
  EXPECT_EQ(ask<netsvr::CustomerIdCountResp>(Command::kCustomerIdCount).count(), 2);
  EXPECT_THAT(ask<netsvr::UniqIdListResp>(Command::kUniqIdList).uniq_ids(), UnorderedElementsAre(a, b, c, d, e));
  EXPECT_EQ(ask<netsvr::UniqIdCountResp>(Command::kUniqIdCount).count(), 5);
  EXPECT_THAT(ask<netsvr::TopicListResp>(Command::kTopicList).topics(), UnorderedElementsAre("x", "y", "z"));
  EXPECT_EQ(ask<netsvr::TopicCountResp>(Command::kTopicCount).count(), 3);
}

TEST_P(QueriesTest, AnswersWithEmptyMessagesWhereThereIsNothing) {
  make({.metrics_items = 0});
  business = std::make_unique<Business>(connect_business());
  for (const Command command :
       {Command::kCheckOnline, Command::kCustomerIdList, Command::kCustomerIdCount, Command::kUniqIdList,
        Command::kUniqIdCount, Command::kTopicList, Command::kTopicCount, Command::kTopicUniqIdList,
        Command::kTopicUniqIdCount, Command::kTopicCustomerIdList, Command::kTopicCustomerIdToUniqIdsList,
        Command::kTopicCustomerIdCount, Command::kConnInfo, Command::kConnInfoByCustomerId, Command::kMetrics,
        Command::kLimit}) {
    business->send(command);
    turn(20);
    const Business::Heard reply = business->hear();
    EXPECT_EQ(reply.id, to_id(command)) << netsvr::to_string(command);
    EXPECT_EQ(reply.message, "") << netsvr::to_string(command);
  }
}

TEST_P(QueriesTest, ConnectionsDescribesEachWithItsTraffic) {
  clients[0].text("hello");
  turn();
  netsvr::Broadcast message;
  message.set_data("to all");
  business->send(Command::kBroadcast, message);
  turn();
  const auto reply = ask<netsvr::ConnectionsResp>(Command::kConnections);
  ASSERT_EQ(reply.connections_size(), 5);
  const auto first = std::find_if(reply.connections().begin(), reply.connections().end(),
                                  [this](const auto& item) { return item.uniq_id() == a; });
  ASSERT_NE(first, reply.connections().end());
  EXPECT_EQ(first->customer_id(), "1");
  EXPECT_THAT(first->topics(), UnorderedElementsAre("x", "y"));
  EXPECT_EQ(first->messages_in(), 1u);
  EXPECT_EQ(first->bytes_in(), 6u + 5u);  // header with mask, and payload
  EXPECT_EQ(first->messages_out(), 1u);
  EXPECT_EQ(first->bytes_out(), 2u + 6u);
  EXPECT_EQ(first->queued_bytes(), 0u);
  EXPECT_NEAR(static_cast<double>(first->opened_at()), static_cast<double>(std::time(nullptr)), 60);
}

TEST_P(QueriesTest, TopicUniqIdListLeavesOutWhatDoesNotExist) {
  netsvr::TopicUniqIdListReq request;
  for (const char* topic : {"x", "y", "nowhere", "x"}) request.add_topics(topic);
  const auto reply = ask<netsvr::TopicUniqIdListResp>(Command::kTopicUniqIdList, request);
  EXPECT_THAT(lists(reply.items(), [](const auto& item) { return item.uniq_ids(); }),
              ElementsAre(Pair("x", sorted({a, b, d})), Pair("y", sorted({a}))));
}

TEST_P(QueriesTest, TopicUniqIdCountCountsNamedOrAll) {
  netsvr::TopicUniqIdCountReq request;
  for (const char* topic : {"x", "nowhere", "x"}) request.add_topics(topic);
  EXPECT_THAT(ask<netsvr::TopicUniqIdCountResp>(Command::kTopicUniqIdCount, request).items(),
              UnorderedElementsAre(Pair("x", 3)));
  request.set_count_all(true);
  EXPECT_THAT(ask<netsvr::TopicUniqIdCountResp>(Command::kTopicUniqIdCount, request).items(),
              UnorderedElementsAre(Pair("x", 3), Pair("y", 1), Pair("z", 1)));
}

TEST_P(QueriesTest, TopicCustomerIdListHasTopicsWithoutUsers) {
  netsvr::TopicCustomerIdListReq request;
  for (const char* topic : {"x", "z", "nowhere"}) request.add_topics(topic);
  const auto reply = ask<netsvr::TopicCustomerIdListResp>(Command::kTopicCustomerIdList, request);
  EXPECT_THAT(lists(reply.items(), [](const auto& item) { return item.customer_ids(); }),
              ElementsAre(Pair("x", ElementsAre("1", "2")), Pair("z", IsEmpty())));
}

TEST_P(QueriesTest, TopicCustomerIdToUniqIdsListHasAllConnectionsOfAUser) {
  netsvr::TopicCustomerIdToUniqIdsListReq request;
  for (const char* topic : {"y", "z", "nowhere"}) request.add_topics(topic);
  const auto reply = ask<netsvr::TopicCustomerIdToUniqIdsListResp>(Command::kTopicCustomerIdToUniqIdsList, request);
  ASSERT_EQ(reply.items().size(), 2U);
  EXPECT_THAT(lists(reply.items().at("y").items(), [](const auto& item) { return item.uniq_ids(); }),
              ElementsAre(Pair("1", sorted({a, b}))));  // b is not in y
  EXPECT_THAT(reply.items().at("z").items(), IsEmpty());
}

TEST_P(QueriesTest, TopicCustomerIdCountCountsUsersOnce) {
  netsvr::TopicCustomerIdCountReq request;
  request.add_topics("x");
  EXPECT_THAT(ask<netsvr::TopicCustomerIdCountResp>(Command::kTopicCustomerIdCount, request).items(),
              UnorderedElementsAre(Pair("x", 2)));
  request.set_count_all(true);
  EXPECT_THAT(ask<netsvr::TopicCustomerIdCountResp>(Command::kTopicCustomerIdCount, request).items(),
              UnorderedElementsAre(Pair("x", 2), Pair("y", 1), Pair("z", 0)));
}

TEST_P(QueriesTest, ConnInfoHasWhatWasAskedFor) {
  netsvr::ConnInfoReq request;
  for (const std::string& id : {a, c, nobody}) request.add_uniq_ids(id);
  auto reply = ask<netsvr::ConnInfoResp>(Command::kConnInfo, request);
  ASSERT_EQ(reply.items().size(), 2U);
  EXPECT_EQ(reply.items().at(a).SerializeAsString(), "");
  request.set_req_session(true);
  request.set_req_customer_id(true);
  request.set_req_topic(true);
  reply = ask<netsvr::ConnInfoResp>(Command::kConnInfo, request);
  EXPECT_EQ(reply.items().at(a).session(), "sa");
  EXPECT_EQ(reply.items().at(a).customer_id(), "1");
  EXPECT_THAT(reply.items().at(a).topics(), ElementsAre("x", "y"));
  EXPECT_EQ(reply.items().at(c).SerializeAsString(), "");
}

TEST_P(QueriesTest, ConnInfoByCustomerIdHasOneEntryAConnection) {
  netsvr::ConnInfoByCustomerIdReq request;
  for (const char* user : {"1", "nobody", "1"}) request.add_customer_ids(user);
  auto reply = ask<netsvr::ConnInfoByCustomerIdResp>(Command::kConnInfoByCustomerId, request);
  ASSERT_EQ(reply.items().size(), 1U);
  EXPECT_EQ(reply.items().at("1").items_size(), 2);
  request.set_req_session(true);
  request.set_req_uniq_id(true);
  request.set_req_topic(true);
  reply = ask<netsvr::ConnInfoByCustomerIdResp>(Command::kConnInfoByCustomerId, request);
  std::map<std::string, std::string> sessions;
  for (const auto& item : reply.items().at("1").items()) sessions[item.uniq_id()] = item.session();
  EXPECT_THAT(sessions, UnorderedElementsAre(Pair(a, "sa"), Pair(b, "sb")));
}

TEST_P(QueriesTest, LimitsThatAreOffStayOff) {
  netsvr::LimitReq request;
  request.set_on_open(5);
  request.set_on_message(5);
  const auto reply = ask<netsvr::LimitResp>(Command::kLimit, request);
  EXPECT_EQ(reply.on_open(), 0);
  EXPECT_EQ(reply.on_message(), 0);
}

TEST_P(QueriesTest, LimitChangesTheRatesInForce) {
  gateway::LimitOptions limits;
  limits.opens = 100;
  limits.messages = 200;
  make({}, limits);
  business = std::make_unique<Business>(connect_business());
  netsvr::LimitReq request;
  request.set_on_open(-1);
  request.set_on_message(3);
  const auto reply = ask<netsvr::LimitResp>(Command::kLimit, request);
  EXPECT_EQ(reply.on_open(), 100);
  EXPECT_EQ(reply.on_message(), 3);
  Business listener = register_business(registration(kMessage, 0));
  Client client = connect();
  for (int i = 0; i < 5; ++i) client.text("x");
  turn();
  EXPECT_EQ(listener.messages().size(), 3U);
}

}  // namespace
}  // namespace laraman::backends::netsvr
