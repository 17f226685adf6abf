// Frames, good and bad, on a business's connection.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/log_limiter.h"
#include "business_fixture.h"

namespace laraman::backends::netsvr {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

class ProtocolTest : public BusinessFixture {
 protected:
  std::int32_t count(Business& business) {
    return business.hear<netsvr::UniqIdCountResp>(Command::kUniqIdCount).count();
  }
  static std::string bytes_of(Command command, const google::protobuf::MessageLite& message) {
    std::string bytes;
    netsvr::append_frame(bytes, command, message);
    return bytes;
  }
};
INSTANTIATE_TEST_SUITE_P(Loops, ProtocolTest, testing::Values(1, 4));

TEST_P(ProtocolTest, ReadsFramesInAnyPieces) {
  Client client = connect(member({"room"}));
  Business business = connect_business();
  netsvr::TopicPublish publish;
  publish.add_topics("room");
  publish.set_data("hi");
  std::string bytes = bytes_of(Command::kTopicPublish, publish);
  netsvr::append_heartbeat(bytes);
  netsvr::append_frame(bytes, to_id(Command::kUniqIdCount), "");
  for (const char byte : bytes) {
    business.send_bytes({&byte, 1});
    turn(1);
  }
  turn();
  EXPECT_EQ(client.read(), text_frame("hi"));
  EXPECT_EQ(count(business), 1);
  EXPECT_TRUE(business.silent());  // a heartbeat has no answer
}

TEST_P(ProtocolTest, ClosesOnWhatIsNoFrameOfTheProtocol) {
  const std::string cases[] = {
      "\x00\x00\x00\x00"s,  // no command id
      "\x00\x00\x00\x03"s
      "abc",                    // the same
      "\x00\x20\x00\x01"s,      // longer than 2 MiB
      "\x00\x00\x00\x04ping"s,  // another heartbeat text: an unknown command
      "\x00\x00\x00\x04\x00\x00\x00\x01"s,
      "\x00\x00\x00\x04\x35\xa4\xec\xeb"s,  // 900001003: an event
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  };
  Client client = connect();
  Business good = connect_business();
  for (const std::string& bytes : cases) {
    Business bad = connect_business();
    bad.send_bytes(bytes);
    bad.send(Command::kUniqIdCount);
    turn();
    EXPECT_TRUE(bad.silent()) << bytes;
    EXPECT_TRUE(bad.closed()) << bytes;
  }
  EXPECT_EQ(server->connections(), 1U);
  good.send(Command::kUniqIdCount);
  turn();
  EXPECT_EQ(count(good), 1);
}

TEST_P(ProtocolTest, HasAHeartbeatTextForEachPort) {
  make({.heartbeat = "tick"});
  auto port = net::listen_on(*net::SocketAddress::parse("127.0.0.1:0"));
  const net::SocketAddress address = net::SocketAddress::of_local(port->get());
  ASSERT_TRUE(server->listen(std::move(*port), "tock").ok());
  const std::string tick = "\x00\x00\x00\x04tick"s;
  const std::string tock = "\x00\x00\x00\x04tock"s;
  Business first = connect_business();
  Business second(address);
  first.send_bytes(tick);
  second.send_bytes(tock);
  turn();
  EXPECT_FALSE(first.closed());
  EXPECT_FALSE(second.closed());
  first.send_bytes(tock);
  second.send_bytes(tick);
  turn();
  EXPECT_TRUE(first.closed());
  EXPECT_TRUE(second.closed());
}

TEST_P(ProtocolTest, AcceptsFramesOfExactlyTheLimit) {
  Client client = connect();
  make({.max_frame_bytes = 100});
  Business business = connect_business();
  business.send(to_id(Command::kUniqIdCount), std::string(96, 'x'));
  turn();
  EXPECT_EQ(count(business), 0);
  business.send(to_id(Command::kUniqIdCount), std::string(97, 'x'));
  turn();
  EXPECT_TRUE(business.closed());
}

TEST_P(ProtocolTest, SkipsKnownCommandsWithAMalformedMessage) {
  Business business = connect_business();
  for (const netsvr::CommandName& row : netsvr::all_commands()) {
    const bool has_message = row.command != Command::kUniqIdList && row.command != Command::kUniqIdCount &&
                             row.command != Command::kCustomerIdList && row.command != Command::kCustomerIdCount &&
                             row.command != Command::kTopicList && row.command != Command::kTopicCount &&
                             row.command != Command::kMetrics && row.command != Command::kRegister &&
                             row.command != Command::kAcknowledge && row.command != Command::kTakenBack &&
                             row.command != Command::kAuthenticate && row.command != Command::kConnections &&
                             row.command != Command::kFrameLimit && row.command != Command::kRefused &&
                             row.command != Command::kJoined && row.command != Command::kLeft &&
                             to_id(row.command) > 900002000;
    if (!has_message) continue;
    business.send(to_id(row.command), "\xff\xff");
    turn();
    EXPECT_TRUE(business.silent()) << row.name;
    EXPECT_FALSE(business.closed()) << row.name;
  }
  business.send(to_id(Command::kUniqIdCount), "\xff\xff");  // it has no message: what is there is ignored
  turn();
  EXPECT_EQ(count(business), 0);
}

// With the peer, and limited: a business sends as many as it likes.
TEST_P(ProtocolTest, LogsCommandsThatItCannotCarryOut) {
  const std::string file = path + ".log";
  ASSERT_TRUE(log::start({.file = file}).ok());
  Business unregistered = connect_business();
  unregistered.send(to_id(Command::kRegister), "\xff\xff");
  turn();
  EXPECT_EQ(unregistered.hear<netsvr::RegisterResp>(Command::kRegister).code(), netsvr::RegisterResp::UNMARSHAL_ERROR);
  EXPECT_FALSE(unregistered.closed()) << "it may try again, as with netsvr";

  Business business = connect_business_over_tcp();
  for (int i = 0; i < 50; ++i) business.send(to_id(Command::kBroadcast), "\xff\xff");
  turn(60);
  pass(LogLimiter::kInterval);
  business.send(to_id(Command::kConnInfo), "\xff\xff");
  turn();
  Business bulk = connect_business();
  netsvr::TopicPublishBulk unpaired;
  unpaired.add_topics("a");
  unpaired.add_topics("b");
  unpaired.add_data("1");
  for (int i = 0; i < 3; ++i) bulk.send(Command::kTopicPublishBulk, unpaired);
  bulk.send(900'000'000, "");
  turn(20);
  ASSERT_TRUE(log::start({}).ok());

  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  std::filesystem::remove(file);
  const std::string of_this_process = "peer=pid:" + std::to_string(::getpid());
  for (const std::string& line : {
           "command not carried out command=Register reason=\"UnmarshalError\" " + of_this_process + " link= times=1\n",
           std::string("command not carried out command=Broadcast reason=\"malformed message\" peer=127.0.0.1:"),
           std::string(" link= times=50\n"),
           std::string("command dropped command=TopicPublishBulk receivers=2 messages=1 times=1\n"),
           "business disconnected reason=\"unknown command 900000000\" " + of_this_process + " link=\n",
       }) {
    EXPECT_THAT(text.str(), testing::HasSubstr(line));
  }
  const std::string all = text.str();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 5) << all;
}

TEST_P(ProtocolTest, TellsHowLongAFrameMayBe) {
  BusinessServerOptions options;
  options.max_frame_bytes = 3'000'000;
  make(std::move(options));
  Business business = connect_business();
  business.send(Command::kFrameLimit);
  turn();
  EXPECT_EQ(business.hear<netsvr::FrameLimitResp>(Command::kFrameLimit).max_frame_bytes(), 3'000'000u);
  business.send(Command::kRegister, registration(kMessage, 8));
  turn();
  EXPECT_EQ(business.hear<netsvr::RegisterResp>(Command::kRegister).max_frame_bytes(), 3'000'000u);
}

TEST_P(ProtocolTest, RefusesAReplyThatIsTooLongByName) {
  BusinessServerOptions options;
  options.max_reply_bytes = 20;
  make(std::move(options));
  Client client = connect();
  Business business = connect_business();
  business.send(Command::kUniqIdList);
  business.send(Command::kUniqIdCount);
  turn();
  const auto refused = business.hear<netsvr::Refused>(Command::kRefused);
  EXPECT_EQ(refused.command(), to_id(Command::kUniqIdList));
  EXPECT_THAT(refused.reason(), testing::HasSubstr("the reply to UniqIdList would have 30 bytes, more than 20"));
  EXPECT_EQ(count(business), 1) << "the connection goes on";
}

TEST_P(ProtocolTest, RepliesInTheOrderOfTheQueriesAndSeesTheCommandsBeforeEach) {
  std::string id;
  Client client = connect({}, &id);
  Business business = connect_business();
  netsvr::TopicSubscribe subscribe;
  subscribe.set_uniq_id(id);
  subscribe.add_topics("room");
  netsvr::TopicUnsubscribe unsubscribe;
  unsubscribe.set_uniq_id(id);
  unsubscribe.add_topics("room");
  std::string bytes;
  for (int i = 0; i < 20; ++i) {
    netsvr::append_frame(bytes, to_id(Command::kTopicCount), "");
    bytes += bytes_of(Command::kTopicSubscribe, subscribe);
    netsvr::append_frame(bytes, to_id(Command::kTopicCount), "");
    bytes += bytes_of(Command::kTopicUnsubscribe, unsubscribe);
    netsvr::append_frame(bytes, to_id(Command::kLimit), "");  // answered without asking the shards
  }
  business.send_bytes(bytes);
  turn(200);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(business.hear<netsvr::TopicCountResp>(Command::kTopicCount).count(), 0);
    EXPECT_EQ(business.hear<netsvr::TopicCountResp>(Command::kTopicCount).count(), 1);
    business.hear<netsvr::LimitResp>(Command::kLimit);
  }
}

TEST_P(ProtocolTest, AnswersOthersWhileOneBusinessPublishesToMany) {
  constexpr unsigned kMembers = 250, kPublications = 1000;
  std::vector<Client> clients;
  for (unsigned i = 0; i < kMembers; ++i) clients.push_back(connect(member({"room"}), nullptr, 0));
  Business publisher = connect_business();
  Business other = connect_business();
  netsvr::TopicPublish publish;
  publish.add_topics("room");
  publish.set_data("hi");
  std::string bytes;
  for (unsigned i = 0; i < kPublications; ++i) bytes += bytes_of(Command::kTopicPublish, publish);
  const Counter& sent = gateway->shard(0).slot().messages_sent;

  publisher.send_bytes(bytes);
  other.send(Command::kUniqIdCount);
  while (other.silent()) turn(1);
  EXPECT_EQ(count(other), static_cast<int>(kMembers));
  EXPECT_LT(sent.load(), kMembers * kPublications);
  for (int i = 0; i < 1000 && sent.load() < kMembers * kPublications; ++i) turn(1);
  EXPECT_EQ(sent.load(), kMembers * kPublications);
}

TEST_P(ProtocolTest, MakesAPublisherWaitWhileMuchIsToBeSent) {
  constexpr unsigned kMembers = 16, kTopics = 70, kCommands = 3;  // 18 MB a command, and few messages
  std::vector<Client> clients;
  for (unsigned i = 0; i < kMembers; ++i) clients.push_back(connect(member({"room"}), nullptr, 0));
  Business publisher = connect_business();
  netsvr::TopicPublish publish;
  for (unsigned i = 0; i < kTopics; ++i) publish.add_topics("room");
  publish.set_data(std::string(16 << 10, 'x'));
  std::string bytes;
  for (unsigned i = 0; i < kCommands; ++i) bytes += bytes_of(Command::kTopicPublish, publish);
  const Counter& sent = gateway->shard(0).slot().messages_sent;

  publisher.send_bytes(bytes);
  turn();
  EXPECT_EQ(sent.load(), kMembers * kTopics);
  for (int i = 0; i < 100 && sent.load() < kMembers * kTopics * kCommands; ++i) pass(2ms);
  EXPECT_EQ(sent.load(), kMembers * kTopics * kCommands);
}

TEST_P(ProtocolTest, AnswersABusinessThatHadToWaitForSending) {
  std::vector<Client> clients;
  for (unsigned i = 0; i < 16; ++i) clients.push_back(connect(member({"room"}), nullptr, 0));
  Business publisher = connect_business();
  Business other = connect_business();
  netsvr::TopicPublish publish;
  for (unsigned i = 0; i < 70; ++i) publish.add_topics("room");
  publish.set_data(std::string(16 << 10, 'x'));
  publisher.send(Command::kTopicPublish, publish);
  other.send(Command::kUniqIdCount);
  turn(1);
  for (int i = 0; i < 10 && other.silent(); ++i) pass(2ms);
  EXPECT_EQ(count(other), 16);
}

TEST_P(ProtocolTest, GivesAHalfClosedBusinessItsReplies) {
  Client client = connect();
  Business business = connect_business();
  for (int i = 0; i < 3; ++i) business.send(Command::kUniqIdCount);
  business.end_sending();
  turn(20);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(count(business), 1);
  EXPECT_TRUE(business.closed());
  EXPECT_EQ(server->connections(), 0U);
}

TEST_P(ProtocolTest, CarriesOutWhatABusinessSentBeforeItLeft) {
  Client client = connect(member({"room"}));
  Business business = connect_business();
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    business.send(Command::kUniqIdCount);  // nobody will read the replies
    netsvr::TopicPublish publish;
    publish.add_topics("room");
    publish.set_data(std::to_string(i));
    business.send(Command::kTopicPublish, publish);
    expected += text_frame(std::to_string(i));
  }
  business.end();
  turn(400);
  EXPECT_EQ(client.read(), expected);
  EXPECT_EQ(server->connections(), 0U);
}

TEST_P(ProtocolTest, EndsOnHalfAFrame) {
  Business business = connect_business();
  business.send_bytes("\x00\x00\x00\x10\x35"s);
  business.end_sending();
  turn();
  EXPECT_TRUE(business.closed());
  EXPECT_EQ(server->connections(), 0U);
}

TEST_P(ProtocolTest, StopsReadingFromABusinessThatDoesNotReadItsReplies) {
  ConnectionInfo info;
  info.session = std::string(512 * 1024, 's');
  std::string id;
  Client client = connect(info, &id);
  netsvr::ConnInfoReq request;
  request.add_uniq_ids(id);
  request.set_req_session(true);
  std::string query = bytes_of(Command::kConnInfo, request);
  Business business = connect_business();
  for (int i = 0; i < 50; ++i) business.send_bytes(query);
  turn(100);
  Business other = connect_business();
  other.send(Command::kUniqIdCount);
  turn();
  EXPECT_EQ(count(other), 1);
  int replies = 0;
  for (int i = 0; i < 2000 && replies < 50; ++i) {
    turn(1);
    while (!business.silent()) {
      EXPECT_EQ(business.hear<netsvr::ConnInfoResp>(Command::kConnInfo).items().at(id).session().size(), 512U * 1024);
      ++replies;
    }
  }
  EXPECT_EQ(replies, 50);
}

TEST_P(ProtocolTest, HoldsTheEventsOfABusinessThatDoesNotReadThem) {
  make({.max_unsent_event_bytes = 1000});
  Business business = register_business(registration(kMessage, 0));
  std::vector<Client> clients;
  for (int i = 0; i < 40; ++i) clients.push_back(connect());
  for (int i = 0; i < 100; ++i) {
    for (std::size_t client = 0; client < clients.size(); ++client) {
      clients[client].text(std::to_string(client) + " " + std::to_string(i) + std::string(80, ' '));
    }
    turn(2);
  }
  EXPECT_GT(dispatch->dispatcher().waiting_events(), 0U);
  std::vector<int> next(clients.size(), 0);
  for (int i = 0; i < 500; ++i) {
    for (const std::string& text : business.messages()) {
      std::istringstream words(text);
      std::size_t client = 0;
      int number = 0;
      words >> client >> number;
      EXPECT_EQ(number, next[client]++);
    }
    turn(2);
  }
  EXPECT_EQ(next, std::vector<int>(clients.size(), 100));
  EXPECT_EQ(dispatch->dispatcher().counters().overflowed, 0U);
}

TEST_P(ProtocolTest, DisconnectsWhoSendsNoWholeFrameOverTcp) {
  make({.read_timeout = 120s});
  Business silent = connect_business_over_tcp();
  Business dripping = connect_business_over_tcp();
  Business beating = connect_business_over_tcp();
  Business local = connect_business();
  for (int i = 0; i < 10; ++i) {
    std::string heartbeat;
    netsvr::append_heartbeat(heartbeat);
    beating.send_bytes(heartbeat);
    dripping.send_bytes(heartbeat.substr(static_cast<std::size_t>(i), 1));
    pass(15s);
  }
  EXPECT_TRUE(silent.closed());
  EXPECT_TRUE(dripping.closed());
  EXPECT_FALSE(beating.closed());
  EXPECT_FALSE(local.closed());
}

TEST_P(ProtocolTest, SpeaksProtocol3ToBusinessesOnTcpIfToldTo) {
  make({.protocol = 3});
  std::string id;
  Client client = connect(member({"a"}, "7", "s"), &id);
  Business old = connect_business_over_tcp();
  netsvr::TopicCustomerIdCountReq count;
  count.add_topics("a");
  old.send(900003013, count.SerializeAsString());
  netsvr::ConnInfoReq info;
  info.add_uniq_ids(id);
  info.set_req_session(true);
  old.send(900003014, info.SerializeAsString());
  netsvr::ConnInfoByCustomerIdReq by_customer;
  by_customer.add_customer_ids("7");
  by_customer.set_req_uniq_id(true);
  old.send(900003015, by_customer.SerializeAsString());
  old.send(900003016, "");                         // Metrics
  old.send(900003017, "");                         // Limit
  old.send(900003012, count.SerializeAsString());  // TopicCustomerIdList, as ever
  turn(20);
  Business::Heard heard = old.hear();
  EXPECT_EQ(heard.id, 900003013U);
  netsvr::TopicCustomerIdCountResp counted;
  ASSERT_TRUE(counted.ParseFromString(heard.message));
  EXPECT_EQ(counted.items().at("a"), 1);
  heard = old.hear();
  EXPECT_EQ(heard.id, 900003014U);
  netsvr::ConnInfoResp informed;
  ASSERT_TRUE(informed.ParseFromString(heard.message));
  EXPECT_EQ(informed.items().at(id).session(), "s");
  heard = old.hear();
  EXPECT_EQ(heard.id, 900003015U);
  netsvr::ConnInfoByCustomerIdResp of_customer;
  ASSERT_TRUE(of_customer.ParseFromString(heard.message));
  EXPECT_EQ(of_customer.items().at("7").items(0).uniq_id(), id);
  EXPECT_EQ(old.hear().id, 900003016U);
  EXPECT_EQ(old.hear().id, 900003017U);
  EXPECT_EQ(old.hear().id, 900003012U);
  old.send(900003018, "");  // nothing, there
  turn();
  EXPECT_TRUE(old.closed());

  Business ours = connect_business();
  ours.send(Command::kConnInfo, info);
  turn(20);
  EXPECT_EQ(ours.hear<netsvr::ConnInfoResp>(Command::kConnInfo).items().at(id).session(), "s");
}

TEST_P(ProtocolTest, TakesAnotherHeartbeatIfToldTo) {
  make({.heartbeat = "beat"});
  Business right = connect_business();
  Business wrong = connect_business();
  std::string heartbeat;
  netsvr::append_heartbeat(heartbeat, "beat");
  right.send_bytes(heartbeat);
  heartbeat.clear();
  netsvr::append_heartbeat(heartbeat);
  wrong.send_bytes(heartbeat);
  turn();
  EXPECT_FALSE(right.closed());
  EXPECT_TRUE(wrong.closed());
}

}  // namespace
}  // namespace laraman::backends::netsvr
