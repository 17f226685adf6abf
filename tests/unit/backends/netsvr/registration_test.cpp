// Registration, events, acknowledgements, and how a link ends.
#include "business_fixture.h"

namespace laraman::backends::netsvr {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Pair;
using testing::UnorderedElementsAre;

class RegistrationTest : public BusinessFixture {
 protected:
  netsvr::RegisterResp::Code answer_to(Business& business, std::string_view request) {
    business.send(to_id(Command::kRegister), request);
    turn();
    const auto response = business.hear<netsvr::RegisterResp>(Command::kRegister);
    EXPECT_EQ(response.message() == "Success", response.code() == netsvr::RegisterResp::SUCCESS);
    EXPECT_EQ(response.conn_id().empty(), response.code() != netsvr::RegisterResp::SUCCESS);
    return response.code();
  }
  netsvr::RegisterResp::Code answer_to_events(std::int32_t events) {
    Business business = connect_business();
    netsvr::RegisterReq request;
    request.set_events(events);
    return answer_to(business, request.SerializeAsString());
  }
  void unregister(Business& business, const std::string& link) {
    netsvr::UnRegisterReq request;
    request.set_conn_id(link);
    business.send(Command::kUnRegister, request);
    turn();
  }
  const dispatch::Dispatcher::Counters& counters() { return dispatch->dispatcher().counters(); }
};
INSTANTIATE_TEST_SUITE_P(Loops, RegistrationTest, testing::Values(1, 4));

TEST_P(RegistrationTest, AcceptsMasksWithAKnownEvent) {
  for (const std::int32_t events : {1, 2, 3, 4, 5, 6, 7, 9, -1}) {
    EXPECT_EQ(answer_to_events(events), netsvr::RegisterResp::SUCCESS) << events;
  }
  for (const std::int32_t events : {0, 8, 16, 8 + 16}) {
    EXPECT_EQ(answer_to_events(events), netsvr::RegisterResp::INVALID_EVENT) << events;
  }
}

TEST_P(RegistrationTest, MayBeTriedAgainAfterARefusal) {
  Business business = connect_business();
  EXPECT_EQ(answer_to(business, "\xff\xff"), netsvr::RegisterResp::UNMARSHAL_ERROR);
  EXPECT_EQ(answer_to(business, ""), netsvr::RegisterResp::INVALID_EVENT);
  EXPECT_EQ(answer_to(business, "\x08\x07"), netsvr::RegisterResp::SUCCESS);
  EXPECT_EQ(answer_to(business, "\x08\x07"), netsvr::RegisterResp::DUPLICATE_REGISTER);
}

TEST_P(RegistrationTest, IsForOneTimeOnAConnection) {
  std::string link;
  Business business = register_business(registration(kMessage, 0), &link);
  unregister(business, link);
  business.hear<netsvr::UnRegisterResp>(Command::kUnRegister);
  EXPECT_EQ(answer_to(business, "\x08\x07"), netsvr::RegisterResp::DUPLICATE_REGISTER);
  EXPECT_FALSE(business.closed());
}

TEST_P(RegistrationTest, NamesEachLink) {
  std::string first, second;
  Business a = register_business(registration(kMessage, 0), &first);
  Business b = register_business(registration(kMessage, 0), &second);
  EXPECT_THAT(first, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_NE(first, second);
}

TEST_P(RegistrationTest, SendsNothingBehindTheAnswerToLibrariesThatLoseIt) {
  Client client = connect();
  client.text("early");
  turn();
  auto request = registration(kMessage, 0);
  request.clear_library();
  Business business = register_business(request);
  EXPECT_TRUE(business.silent());
  pass(199ms);
  EXPECT_TRUE(business.silent());
  pass(1ms);
  EXPECT_THAT(business.messages(), ElementsAre("early"));
}

// ---- events

TEST_P(RegistrationTest, SendsJoinsAndLeavesToBusinessesThatAskForThem) {
  std::string id;
  Client client = connect(member({"before"}), &id);
  Business watcher = register_business(registration(kJoin | kLeave | kClose, 0));
  Business other = register_business(registration(kMessage, 0));
  turn();
  const auto change = [&](Command command, const google::protobuf::MessageLite& message) {
    other.send(command, message);
    turn();
  };
  netsvr::TopicSubscribe join;
  join.set_uniq_id(id);
  for (const char* topic : {"room", "before", "room"}) join.add_topics(topic);
  change(Command::kTopicSubscribe, join);
  netsvr::TopicUnsubscribe leave;
  leave.set_uniq_id(id);
  for (const char* topic : {"before", "elsewhere"}) leave.add_topics(topic);
  change(Command::kTopicUnsubscribe, leave);
  client.end();
  turn();
  const auto joined = watcher.hear<netsvr::ChannelEvent>(Command::kJoined);
  EXPECT_EQ(joined.topic(), "room");
  EXPECT_EQ(joined.uniq_id(), id);
  EXPECT_EQ(watcher.hear<netsvr::ChannelEvent>(Command::kLeft).topic(), "before");
  EXPECT_EQ(watcher.hear<netsvr::ChannelEvent>(Command::kLeft).topic(), "room");
  EXPECT_THAT(watcher.hear<netsvr::ConnClose>(Command::kConnClose).topics(), ElementsAre("room"));
  EXPECT_TRUE(watcher.silent());
  EXPECT_TRUE(other.silent());
}

TEST_P(RegistrationTest, SendsTheEventsAskedFor) {
  Business opens = register_business(registration(kOpen, 0));
  Business others = register_business(registration(kMessage | kClose, 0));
  gateway::Beginning info = member({"a", "b"}, "7", "s");
  info.request = HandshakeRequest({.path = "/chat/1",
                                   .query = "x=1",
                                   .remote_address = "192.0.2.1",
                                   .forwarded_for = "198.51.100.1",
                                   .real_ip = "198.51.100.2"});
  std::string id;
  Client client = connect(info, &id);
  client.text("hi");
  client.send(0x82, "bin");
  client.send(0x88, std::string("\x03\xe9", 2) + "bye");
  turn();

  const auto open = opens.hear<netsvr::ConnOpen>(Command::kConnOpen);
  EXPECT_EQ(open.uniq_id(), id);
  EXPECT_EQ(open.raw_query(), "x=1");
  EXPECT_EQ(open.remote_addr(), "192.0.2.1");
  EXPECT_EQ(open.x_forwarded_for(), "198.51.100.1");
  EXPECT_EQ(open.x_real_ip(), "198.51.100.2");
  EXPECT_EQ(open.sequence(), 0U);  // it does not acknowledge
  EXPECT_EQ(open.path(), "");      // it did not ask for it
  EXPECT_TRUE(opens.silent());

  const auto text = others.hear<netsvr::Transfer>(Command::kTransfer);
  EXPECT_EQ(text.uniq_id(), id);
  EXPECT_EQ(text.customer_id(), "7");
  EXPECT_EQ(text.session(), "s");
  EXPECT_THAT(text.topics(), ElementsAre("a", "b"));
  EXPECT_EQ(text.data(), "hi");
  EXPECT_FALSE(text.binary());
  const auto binary = others.hear<netsvr::Transfer>(Command::kTransfer);
  EXPECT_EQ(binary.data(), "bin");
  EXPECT_TRUE(binary.binary());
  const auto close = others.hear<netsvr::ConnClose>(Command::kConnClose);
  EXPECT_EQ(close.uniq_id(), id);
  EXPECT_EQ(close.customer_id(), "7");
  EXPECT_EQ(close.session(), "s");
  EXPECT_THAT(close.topics(), ElementsAre("a", "b"));
  EXPECT_EQ(close.code(), 1001U);
  EXPECT_EQ(close.reason(), "bye");
}

TEST_P(RegistrationTest, SendsPathAndMetaButNoStateToThoseWhoSaySo) {
  auto request = registration(7, 32);
  request.set_wants_meta(true);
  request.set_lean(true);
  Business business = register_business(request);
  gateway::Beginning info = member({"a"}, "7", "s");
  info.request =
      HandshakeRequest({.path = "/caf\xe9"});  // a client may send what is not UTF-8, a message may not hold it
  info.meta = {{"Socket", "{}"}};
  Client client = connect(info);
  client.text("hi");
  client.end();
  turn();
  const auto open = business.hear<netsvr::ConnOpen>(Command::kConnOpen);
  EXPECT_EQ(open.sequence(), 1U);
  EXPECT_EQ(open.path(), "/caf?");
  EXPECT_THAT(open.meta(), UnorderedElementsAre(Pair("Socket", "{}")));
  business.acknowledge(1);
  turn();
  const auto message = business.hear<netsvr::Transfer>(Command::kTransfer);
  EXPECT_EQ(message.sequence(), 2U);
  EXPECT_EQ(message.customer_id(), "7");
  EXPECT_EQ(message.session(), "");
  EXPECT_THAT(message.topics(), IsEmpty());
  EXPECT_THAT(message.meta(), UnorderedElementsAre(Pair("Socket", "{}")));
  business.acknowledge(2);
  turn();
  const auto close = business.hear<netsvr::ConnClose>(Command::kConnClose);
  EXPECT_EQ(close.session(), "s");
  EXPECT_THAT(close.topics(), ElementsAre("a"));
  EXPECT_EQ(close.code(), 1006U);
}

// A library that leaves out the number of goroutines is told apart by the configuration only.
TEST_P(RegistrationTest, SpeaksOldLayoutsWhereThatIsConfigured) {
  make({.protocol = 5});
  netsvr::RegisterReq request;
  request.set_events(kOpen);
  Business old = connect_business_over_tcp();
  old.send(Command::kRegister, request);
  request.set_library("test/1");
  Business named = connect_business_over_tcp();
  named.send(Command::kRegister, request);
  turn();
  old.hear();
  named.hear();
  pass(200ms);
  ConnectionInfo info;
  info.request = HandshakeRequest({.remote_address = "192.0.2.1"});
  Client one = connect(info), two = connect(info);
  const auto open = old.hear<netsvr::ConnOpenBefore6>(Command::kConnOpen);
  EXPECT_EQ(open.remote_addr(), "192.0.2.1");
  EXPECT_EQ(named.hear<netsvr::ConnOpen>(Command::kConnOpen).remote_addr(), "192.0.2.1");
}

TEST_P(RegistrationTest, SpeaksOldLayoutsToOldLibraries) {
  auto request = registration(kOpen, 0);
  request.set_process_cmd_goroutine_num(25);
  Business business = register_business(request);
  ConnectionInfo info;
  info.request = HandshakeRequest({.remote_address = "192.0.2.1", .forwarded_for = "198.51.100.1"});
  offered_protocols = "chat.v2, chat";
  Client client = connect(info);
  const auto open = business.hear<netsvr::ConnOpenBefore6>(Command::kConnOpen);
  EXPECT_EQ(open.remote_addr(), "192.0.2.1");
  EXPECT_EQ(open.x_forwarded_for(), "198.51.100.1");
  EXPECT_THAT(open.sub_protocol(), ElementsAre("chat.v2", "chat"));
}

TEST_P(RegistrationTest, HoldsBackWhatExceedsTheWindow) {
  Business business = register_business(registration(kMessage, 32));
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(connect());
    clients.back().text(std::to_string(i));
    turn();
  }
  EXPECT_THAT(business.messages(), ElementsAre("0"));  // its speed is not known yet
  business.acknowledge(1);
  turn();
  EXPECT_FALSE(business.silent());
}

// ---- acknowledgements

TEST_P(RegistrationTest, RefusesAcknowledgementsOfWhatWasNotSent) {
  Business business = register_business(registration(kMessage, 32));
  business.acknowledge(1);
  turn();
  EXPECT_TRUE(business.closed());
  Business never_registered = connect_business();
  never_registered.acknowledge(0);
  turn();
  EXPECT_TRUE(never_registered.closed());
  Business garbled = register_business(registration(kMessage, 32));
  garbled.send(to_id(Command::kAcknowledge), "\xff");
  turn();
  EXPECT_TRUE(garbled.closed());
}

TEST_P(RegistrationTest, CarriesOutCommandsBeforeTheAcknowledgementBehindThem) {
  Business business = register_business(registration(kMessage, 32));
  std::string id;
  Client client = connect({}, &id);
  client.text("1");
  client.text("2");
  turn();
  EXPECT_THAT(business.messages(), ElementsAre("1"));
  netsvr::SingleCast cast;
  cast.set_uniq_id(id);
  cast.set_data("answer");
  business.send(Command::kSingleCast, cast);
  business.acknowledge(1);
  turn();
  EXPECT_EQ(client.read(), text_frame("answer"));
  EXPECT_THAT(business.messages(), ElementsAre("2"));
}

// A close goes round the loops; the acknowledgement behind it must not set free what waits of that connection before.
TEST_P(RegistrationTest, HandsOutNothingOfAConnectionBetweenItsCloseAndTheAcknowledgementBehindThat) {
  netsvr::ForceOffline by_id;
  netsvr::ForceOfflineByCustomerId by_user;
  by_user.add_customer_ids("7");
  netsvr::LoginClose by_login;
  by_login.add_logins("abc");
  gateway::Beginning info = member({}, "7");
  info.login = "abc";
  for (const bool dies : {false, true}) {
    for (const auto& [command, message] : std::initializer_list<std::pair<Command, google::protobuf::MessageLite*>>{
             {Command::kForceOffline, &by_id},
             {Command::kForceOfflineByCustomerId, &by_user},
             {Command::kLoginClose, &by_login}}) {
      Business business = register_business(registration(kMessage, 32));
      std::string id;
      Client client = connect(info, &id);
      client.text("1");
      client.text("2");
      turn();
      ASSERT_THAT(business.messages(), ElementsAre("1"));
      Business other = register_business(registration(kMessage, 32));
      by_id.Clear();
      by_id.add_uniq_ids(id);
      const std::uint64_t before = counters().closed;
      business.send(command, *message);
      business.acknowledge(1);
      if (dies) business.end();
      turn();
      EXPECT_THAT(other.messages(), IsEmpty());
      EXPECT_TRUE(dies || business.messages().empty());
      EXPECT_EQ(counters().closed, before + 1);
      EXPECT_EQ(counters().reported, 0U);
    }
  }
  EXPECT_EQ(counters().acknowledged, 6U);
}

TEST_P(RegistrationTest, HandsOutNothingOfAConnectionThatItsBusinessClosedAndThenDied) {
  Business business = register_business(registration(kMessage, 32));
  std::string id;
  Client client = connect({}, &id);
  client.text("1");
  client.text("2");
  turn();
  ASSERT_THAT(business.messages(), ElementsAre("1"));
  Business other = register_business(registration(kMessage, 32));
  netsvr::ForceOffline close;
  close.add_uniq_ids(id);
  business.send(Command::kForceOffline, close);
  business.end();
  turn();
  EXPECT_THAT(other.messages(), IsEmpty());
  EXPECT_EQ(counters().closed, 1U);
  EXPECT_EQ(counters().reported, 1U);
  Client next = connect();
  next.text("3");
  turn();
  EXPECT_THAT(other.messages(), ElementsAre("3"));
}

// ---- unregistration

TEST_P(RegistrationTest, EndsWhenNothingIsUnderWay) {
  std::string link;
  Business business = register_business(registration(kMessage, 32), &link);
  Client client = connect();
  client.text("1");
  turn();
  EXPECT_THAT(business.messages(), ElementsAre("1"));
  unregister(business, link);
  client.text("2");
  turn();
  EXPECT_TRUE(business.silent());  // neither the answer nor another event
  business.acknowledge(1);
  turn();
  business.hear<netsvr::UnRegisterResp>(Command::kUnRegister);
  EXPECT_TRUE(business.silent());
  EXPECT_FALSE(business.closed());
  Business next = register_business(registration(kMessage, 32));
  EXPECT_THAT(next.messages(), ElementsAre("2"));
}

TEST_P(RegistrationTest, AlwaysAnswersAnUnregistration) {
  Business business = connect_business();
  for (const std::string& link : {std::string(), std::string(32, 'f'), std::string("x")}) {
    unregister(business, link);
    business.hear<netsvr::UnRegisterResp>(Command::kUnRegister);
  }
  business.send(to_id(Command::kUnRegister), "\xff");
  turn();
  EXPECT_TRUE(business.silent());
  EXPECT_FALSE(business.closed());
}

TEST_P(RegistrationTest, UnregistersAnotherConnection) {
  std::string link;
  Business worker = register_business(registration(kMessage, 0), &link);
  Business other = connect_business();
  unregister(other, link);
  other.hear<netsvr::UnRegisterResp>(Command::kUnRegister);
  unregister(other, link);
  other.hear<netsvr::UnRegisterResp>(Command::kUnRegister);
  Client client = connect();
  client.text("1");
  turn();
  EXPECT_TRUE(worker.silent());
  EXPECT_FALSE(worker.closed());
}

TEST_P(RegistrationTest, AnswersTheUnregistrationOfALinkThatBreaks) {
  std::string link;
  Business worker = register_business(registration(kMessage, 32), &link);
  Client client = connect();
  client.text("1");
  turn();
  Business other = connect_business();
  unregister(other, link);
  EXPECT_TRUE(other.silent());
  worker.end();
  turn();
  other.hear<netsvr::UnRegisterResp>(Command::kUnRegister);
}

// ---- the end of a link

class WorkerTest : public RegistrationTest {
 protected:
  // A worker of this machine in slot 0, with three events of three clients; the first is begun.
  void SetUp() override {
    RegistrationTest::SetUp();
    slot().generation = 5;
    auto request = registration(kMessage, 32);
    request.set_scoreboard_slot(1);
    request.set_scoreboard_generation(5);
    worker = std::make_unique<Business>(register_business(request));
    for (int i = 0; i < 4; ++i) clients.push_back(connect());
    clients[3].text("0");
    turn();
    EXPECT_TRUE(begin_event(slot(), 1));
    gateway::fixture_now += 10us;  // it is fast, so it gets several at once
    worker->acknowledge(1);
    for (int i = 0; i < 3; ++i) clients[static_cast<std::size_t>(i)].text(std::to_string(i + 1));
    turn();
    EXPECT_TRUE(begin_event(slot(), 2));
  }
  void TearDown() override {
    clients.clear();
    worker.reset();
    RegistrationTest::TearDown();
  }
  WorkerSlot& slot() { return board.worker(0); }

  std::unique_ptr<Business> worker;
  std::vector<Client> clients;
};
INSTANTIATE_TEST_SUITE_P(Loops, WorkerTest, testing::Values(1, 4));

TEST_P(WorkerTest, HandsOnWhatADeadWorkerHadNotBegun) {
  EXPECT_THAT(worker->messages(), ElementsAre("0", "1", "2", "3"));
  worker->end();
  turn();
  EXPECT_EQ(counters().reported, 1U);
  Business next = register_business(registration(kMessage, 32));
  EXPECT_THAT(next.messages(), ElementsAre("2"));
  next.acknowledge(1);
  turn();
  EXPECT_THAT(next.messages(), ElementsAre("3"));
}

TEST_P(WorkerTest, TakesTheFinishedWorkOfADeadWorkerThatHadNotReadItsEvents) {
  netsvr::Broadcast broadcast;
  broadcast.set_data("done");
  worker->send(Command::kBroadcast, broadcast);
  worker->acknowledge(2);
  worker->end();  // with unread events in its socket: the gateway's end reports an error
  turn();
  EXPECT_EQ(clients[0].read(), text_frame("done"));
  EXPECT_EQ(counters().acknowledged, 2U);
  EXPECT_EQ(counters().reported, 0U);
}

TEST_P(WorkerTest, ReportsEverythingIfAnotherProcessHasTheSlot) {
  slot().generation = 6;
  slot().begun = 0;
  worker->end();
  turn();
  EXPECT_EQ(counters().reported, 3U);
}

TEST_P(WorkerTest, ClosesTheConnectionOfTheMessageThatItsWorkerCrashedOver) {
  clients[0].text("behind");
  turn();
  Business other = register_business(registration(kMessage, 32));
  slot().crashed = 5;
  worker->end();
  turn();
  EXPECT_EQ(clients[0].read(), close_frame(1011, ""));
  EXPECT_THAT(other.messages(), ElementsAre("2"));
  other.acknowledge(1);
  turn();
  EXPECT_THAT(other.messages(), ElementsAre("3"));
  EXPECT_EQ(counters().reported, 1U);
  EXPECT_EQ(counters().closed, 1U);
}

TEST_P(WorkerTest, SparesTheConnectionOfAMessageWhoseWorkerWasKilled) {
  clients[0].text("behind");
  turn();
  worker->end();
  turn();
  EXPECT_EQ(clients[0].read(), "");
  EXPECT_EQ(counters().reported, 1U);
  EXPECT_EQ(counters().closed, 0U);
}

TEST_P(WorkerTest, TakesBackWhatIsBehindASlowEvent) {
  EXPECT_THAT(worker->messages(), ElementsAre("0", "1", "2", "3"));
  Business other = register_business(registration(kMessage, 32));
  pass(1s);
  EXPECT_EQ(counters().taken_back, 2U);
  const auto notice = worker->hear<netsvr::TakenBack>(Command::kTakenBack);
  EXPECT_EQ(notice.through(), 4U);
  EXPECT_FALSE(begin_event(slot(), 3));
  EXPECT_THAT(other.messages(), ElementsAre("2"));
  other.acknowledge(1);
  turn();
  EXPECT_THAT(other.messages(), ElementsAre("3"));
  resume_events(slot(), notice.through());
  worker->acknowledge(2);
  other.acknowledge(2);
  turn();
  EXPECT_EQ(dispatch->dispatcher().events_under_way(), 0U);
  clients[0].text("a");
  clients[1].text("b");
  turn();
  EXPECT_EQ(worker->hear<netsvr::Transfer>(Command::kTransfer).sequence(), 5U);
  EXPECT_TRUE(begin_event(slot(), 5));
}

TEST_P(RegistrationTest, ReportsEverythingThatARemoteBusinessHad) {
  Business business = register_business(registration(kMessage, 32));
  Client client = connect();
  client.text("1");
  turn();
  business.end();
  turn();
  EXPECT_EQ(counters().reported, 1U);
  Business next = register_business(registration(kMessage, 32));
  client.text("2");
  turn();
  EXPECT_THAT(next.messages(), ElementsAre("2"));
}

TEST_P(RegistrationTest, KeepsAConnectionWithOneBusinessThatDoesNotAcknowledge) {
  Business a = register_business(registration(kMessage, 0));
  Business b = register_business(registration(kMessage, 0));
  Client client = connect();
  for (int i = 0; i < 5; ++i) client.text(std::to_string(i));
  turn();
  Business& with = a.silent() ? b : a;
  Business& without = a.silent() ? a : b;
  EXPECT_THAT(with.messages(), ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_TRUE(without.silent());
  with.end();
  client.text("5");
  turn();
  EXPECT_THAT(without.messages(), ElementsAre("5"));
}

}  // namespace
}  // namespace laraman::backends::netsvr
