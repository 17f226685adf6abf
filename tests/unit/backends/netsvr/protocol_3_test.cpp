#include "backends/netsvr/protocol_3.h"

#include <gtest/gtest.h>

#include "netsvr.pb.h"

namespace laraman::backends::netsvr {
namespace {

namespace netsvr = wire::netsvr;
using netsvr::Command;

constexpr const char* kConnection = "7f000001178c6b04cfb73fd61e0b";

TEST(Protocol3, IsRecognizedByQueriesThatMeanNothingSince) {
  netsvr::TopicCustomerIdCountReq count;
  count.set_count_all(true);
  EXPECT_TRUE(is_of_protocol_3(Command::kTopicCustomerIdToUniqIdsList, count.SerializeAsString()));
  netsvr::ConnInfoReq info;
  info.add_uniq_ids(kConnection);
  info.set_req_session(true);
  EXPECT_TRUE(is_of_protocol_3(Command::kTopicCustomerIdCount, info.SerializeAsString()));
  netsvr::ConnInfoByCustomerIdReq by_customer;
  by_customer.add_customer_ids("7");
  EXPECT_TRUE(is_of_protocol_3(Command::kConnInfo, by_customer.SerializeAsString()));
  EXPECT_TRUE(is_of_protocol_3(Command::kConnInfoByCustomerId, ""));
  netsvr::LimitReq limit;
  limit.set_on_open(10);
  EXPECT_TRUE(is_of_protocol_3(Command::kMetrics, limit.SerializeAsString()));
}

TEST(Protocol3, IsNotSeenInQueriesOfLaterProtocols) {
  netsvr::TopicCustomerIdToUniqIdsListReq list;
  list.add_topics("a");
  EXPECT_FALSE(is_of_protocol_3(Command::kTopicCustomerIdToUniqIdsList, list.SerializeAsString()));
  netsvr::TopicCustomerIdCountReq count;
  count.add_topics("a");
  count.set_count_all(true);
  EXPECT_FALSE(is_of_protocol_3(Command::kTopicCustomerIdCount, count.SerializeAsString()));
  netsvr::ConnInfoReq info;
  info.add_uniq_ids(kConnection);
  info.add_uniq_ids("of another gateway");
  EXPECT_FALSE(is_of_protocol_3(Command::kConnInfo, info.SerializeAsString()));
  EXPECT_FALSE(is_of_protocol_3(Command::kConnInfo, ""));
  netsvr::ConnInfoByCustomerIdReq by_customer;
  by_customer.add_customer_ids("7");
  EXPECT_FALSE(is_of_protocol_3(Command::kConnInfoByCustomerId, by_customer.SerializeAsString()));
  EXPECT_FALSE(is_of_protocol_3(Command::kMetrics, ""));
  EXPECT_FALSE(is_of_protocol_3(Command::kBroadcast, "x"));
}

}  // namespace
}  // namespace laraman::backends::netsvr
