#include "backends/netsvr/metrics.h"

#include "business_fixture.h"

namespace laraman::backends::netsvr {
namespace {

using namespace std::chrono_literals;

TEST(MeterTest, TakesTheFirstIntervalAsItIs) {
  Meter meter;
  EXPECT_EQ(meter.rates().rate1, 0);
  meter.tick(50);
  EXPECT_DOUBLE_EQ(meter.rates().rate1, 10);
  EXPECT_DOUBLE_EQ(meter.rates().rate5, 10);
  EXPECT_DOUBLE_EQ(meter.rates().rate15, 10);
}

// 3 in the first 5 seconds and none after: known values of the algorithm, also those of the Unix load average.
TEST(MeterTest, ForgetsExponentially) {
  Meter meter;
  meter.tick(3);
  for (int i = 0; i < 12; ++i) meter.tick(3);
  EXPECT_NEAR(meter.rates().rate1, 0.6 * std::exp(-1.0), 1e-9);
  EXPECT_NEAR(meter.rates().rate5, 0.6 * std::exp(-1.0 / 5), 1e-9);
  EXPECT_NEAR(meter.rates().rate15, 0.6 * std::exp(-1.0 / 15), 1e-9);
}

TEST(MeterTest, RemembersTheHighest) {
  Meter meter;
  meter.tick(5);
  meter.tick(55);
  const Meter::Rates peak = meter.rates();
  EXPECT_DOUBLE_EQ(peak.mean, 5.5);
  for (int i = 0; i < 20; ++i) meter.tick(55);
  EXPECT_LT(meter.rates().rate1, peak.rate1);
  EXPECT_DOUBLE_EQ(meter.highest().mean, peak.mean);
  EXPECT_DOUBLE_EQ(meter.highest().rate1, peak.rate1);
  EXPECT_DOUBLE_EQ(meter.highest().rate5, peak.rate5);
  EXPECT_DOUBLE_EQ(meter.highest().rate15, peak.rate15);
}

class MetricsTest : public BusinessFixture {
 protected:
  netsvr::MetricsResp ask() {
    Business business = connect_business();
    business.send(Command::kMetrics);
    turn();
    return business.hear<netsvr::MetricsResp>(Command::kMetrics);
  }
  std::int64_t count(MetricsItem item) { return ask().items().at(static_cast<std::int32_t>(item)).count(); }
};
INSTANTIATE_TEST_SUITE_P(Loops, MetricsTest, testing::Values(1, 4));

TEST_P(MetricsTest, AnswersAllItems) {
  const netsvr::MetricsResp response = ask();
  EXPECT_EQ(response.items().size(), 13U);
  for (std::int32_t item = 1; item <= 13; ++item) {
    ASSERT_TRUE(response.items().contains(item)) << item;
    EXPECT_EQ(response.items().at(item).item(), item);
    EXPECT_EQ(response.items().at(item).count(), 0);
  }
}

TEST_P(MetricsTest, AnswersOnlyTheConfiguredItems) {
  make({.metrics_items = 1U << 6});
  EXPECT_EQ(ask().items().size(), 1U);
  EXPECT_TRUE(ask().items().contains(6));
}

TEST_P(MetricsTest, CountsConnectionsMessagesAndEvents) {
  Business business = register_business(registration(kOpen | kMessage | kClose, 0));
  std::string id;
  Client client = connect({}, &id);
  Client other = connect({}, nullptr, 0);
  client.text("hello");
  client.send(0x89, "");
  netsvr::SingleCast cast;
  cast.set_uniq_id(id);
  cast.set_data("answer");
  business.send(Command::kSingleCast, cast);
  other.end();
  turn(20);
  EXPECT_EQ(count(MetricsItem::kOpened), 2);
  EXPECT_EQ(count(MetricsItem::kClosed), 1);
  EXPECT_EQ(count(MetricsItem::kHeartbeats), 1);
  EXPECT_EQ(count(MetricsItem::kMessages), 1);
  EXPECT_EQ(count(MetricsItem::kMessageBytes), 8);
  EXPECT_EQ(count(MetricsItem::kEvents), 4);
  std::int64_t bytes = 0;
  while (!business.silent()) bytes += static_cast<std::int64_t>(8 + business.hear().message.size());
  EXPECT_EQ(count(MetricsItem::kEventBytes), bytes);
}

TEST_P(MetricsTest, CountsRefusalsAndLosses) {
  gateway::LimitOptions limits;
  limits.messages = 2;
  limits.window.messages = 3;
  limits.opens = 1;
  make({}, limits);
  Client client = connect();
  EXPECT_TRUE(gateway->shard(0).enter());
  for (int i = 0; i < 5; ++i) client.text("x");
  turn();
  EXPECT_EQ(count(MetricsItem::kOpensRefused), 1);
  EXPECT_EQ(count(MetricsItem::kMessagesRefused), 1);
  EXPECT_EQ(count(MetricsItem::kMessagesOverWindow), 2);
  pass(61s);  // nobody came for its three events
  EXPECT_EQ(count(MetricsItem::kEventsLost), 3);
}

// Part of an answer in protocol 3 only: fields 4, 6, 8 and 10.
TEST_P(MetricsTest, GivesTheHighestRatesInProtocol3) {
  for (const unsigned protocol : {3U, 6U}) {
    make({.protocol = protocol});
    Client client = connect();
    client.send(0x89, "");
    turn();
    pass(5s);
    pass(5s);
    Business business = connect_business_over_tcp();
    business.send(protocol == 3 ? 900003016 : to_id(Command::kMetrics), "");
    turn();
    netsvr::MetricsResp response;
    ASSERT_TRUE(response.ParseFromString(business.hear().message));
    const netsvr::MetricsRespItem& item = response.items().at(static_cast<std::int32_t>(MetricsItem::kHeartbeats));
    EXPECT_FLOAT_EQ(item.highest_rate1(), protocol == 3 ? 0.2F : 0);
    EXPECT_FLOAT_EQ(item.highest_rate5(), protocol == 3 ? 0.2F : 0);
    EXPECT_FLOAT_EQ(item.highest_rate15(), protocol == 3 ? 0.2F : 0);
    EXPECT_FLOAT_EQ(item.highest_mean_rate(), protocol == 3 ? 0.2F : 0);
    EXPECT_LT(item.rate1(), 0.2F);
  }
}

TEST_P(MetricsTest, GivesRates) {
  Business business = register_business(registration(kMessage, 0));
  Client client = connect();
  for (int i = 0; i < 10; ++i) client.text("x");
  turn();
  pass(5s);
  const netsvr::MetricsRespItem item = ask().items().at(static_cast<std::int32_t>(MetricsItem::kEvents));
  EXPECT_EQ(item.count(), 10);
  EXPECT_FLOAT_EQ(item.mean_rate(), 2);
  EXPECT_FLOAT_EQ(item.rate1(), 2);
  pass(5s);
  EXPECT_LT(ask().items().at(static_cast<std::int32_t>(MetricsItem::kEvents)).rate1(), 2);
}

}  // namespace
}  // namespace laraman::backends::netsvr
