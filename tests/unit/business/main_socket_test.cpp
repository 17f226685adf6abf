#include "laraman/business/main_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "base/scoreboard.h"
#include "fake_gateway.h"

namespace laraman::business {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;
using wire::netsvr::Command;
namespace netsvr = wire::netsvr;

constexpr std::uint8_t kMessagesAndCloses = 6;

class MainSocketTest : public testing::Test {
 protected:
  void connect(MainSocket::Options options = {}) {
    auto connected = MainSocket::connect(gateway.path(), options);
    ASSERT_TRUE(connected.ok()) << connected.error().message();
    socket = std::move(*connected);
    gateway.accept();
  }

  void accept_registration(Registration registration = {.events = kMessagesAndCloses, .window = 32}) {
    netsvr::RegisterResp response;
    response.set_message("Success");
    response.set_conn_id(std::string(32, 'a'));
    gateway.say(Command::kRegister, response);
    const auto registered = socket->register_for(registration);
    ASSERT_TRUE(registered.ok());
    request = gateway.hear<netsvr::RegisterReq>(Command::kRegister);
  }

  void connect_and_register() {
    connect();
    accept_registration();
  }

  std::string take_data() {
    const auto event = socket->take_event();
    return event ? event->data : "none";
  }

  FakeGateway gateway;
  std::unique_ptr<MainSocket> socket;
  netsvr::RegisterReq request;
};

TEST_F(MainSocketTest, RefusesACommandAboveTheGatewaysLimitAndTheLinkGoesOn) {
  connect();
  netsvr::RegisterResp response;
  response.set_max_frame_bytes(1004);
  gateway.say(Command::kRegister, response);
  ASSERT_TRUE(socket->register_for({.events = kMessagesAndCloses}).ok());
  gateway.hear<netsvr::RegisterReq>(Command::kRegister);
  const auto refused = socket->command(to_id(Command::kBroadcast), std::string(1001, 'x'));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  EXPECT_THAT(refused.error().message(), HasSubstr("1001 bytes is above the gateway's limit of 1000"));
  EXPECT_THAT(refused.error().message(), HasSubstr("max_frame_bytes"));
  EXPECT_EQ(socket->query(to_id(Command::kCheckOnline), std::string(1001, 'x'), 1s).error().code, ErrorCode::kLimit);
  netsvr::UniqIdCountResp count;
  count.set_count(7);
  gateway.say(Command::kUniqIdCount, count);
  EXPECT_TRUE(socket->query(to_id(Command::kUniqIdCount), {}, 1s).ok());
}

TEST_F(MainSocketTest, SaysWhyTheGatewayRefusesAReply) {
  connect_and_register();
  netsvr::Refused refused;
  refused.set_command(to_id(Command::kConnInfo));
  refused.set_reason("too long by far");
  gateway.say(Command::kRefused, refused);
  const auto reply = socket->query(to_id(Command::kConnInfo), {}, 1s);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code, ErrorCode::kLimit);
  EXPECT_THAT(reply.error().message(), HasSubstr("too long by far"));
  EXPECT_TRUE(socket->flush().ok());
}

TEST_F(MainSocketTest, SaysWhereNobodyListens) {
  gateway.stop_listening();
  const auto connected = MainSocket::connect(gateway.path(), {});
  ASSERT_FALSE(connected.ok());
  EXPECT_THAT(connected.error().message(), HasSubstr(gateway.path()));
}

TEST_F(MainSocketTest, Registers) {
  auto board = Scoreboard::create(4, 1);
  WorkerSlot& slot = board->worker(2);
  slot.generation = 7;
  slot.begun = 99;  // of an earlier link
  connect();
  accept_registration({.events = kMessagesAndCloses,
                       .window = 32,
                       .wants_meta = true,
                       .lean = true,
                       .request_address = "/run/php-2-7.sock",
                       .slot = &slot,
                       .slot_index = 2});
  EXPECT_EQ(request.events(), 6);
  EXPECT_EQ(request.library(), "laraman/0.1");
  EXPECT_EQ(request.acknowledge_window(), 32U);
  EXPECT_TRUE(request.wants_meta());
  EXPECT_TRUE(request.lean());
  EXPECT_EQ(request.fastcgi_address(), "/run/php-2-7.sock");
  EXPECT_EQ(request.scoreboard_slot(), 3U);
  EXPECT_EQ(request.scoreboard_generation(), 7U);
  EXPECT_EQ(request.process_cmd_goroutine_num(), 0U);  // would ask for the layout of old protocols
  EXPECT_EQ(last_begun_event(slot), 0U);
  EXPECT_EQ(socket->link_id(), std::string(32, 'a'));
}

TEST_F(MainSocketTest, ReportsARefusedRegistration) {
  connect();
  netsvr::RegisterResp response;
  response.set_code(netsvr::RegisterResp::INVALID_EVENT);
  response.set_message("InvalidEvent");
  gateway.say(Command::kRegister, response);
  const auto registered = socket->register_for({});
  ASSERT_FALSE(registered.ok());
  EXPECT_THAT(registered.error().what, HasSubstr("InvalidEvent"));
}

TEST_F(MainSocketTest, DecodesEveryKindOfEvent) {
  connect_and_register();
  netsvr::ConnOpen open;
  open.set_uniq_id("id1");
  open.set_raw_query("a=1");
  open.set_remote_addr("192.0.2.1");
  open.set_x_forwarded_for("f");
  open.set_x_real_ip("r");
  open.set_sequence(1);
  gateway.say(Command::kConnOpen, open);
  netsvr::Transfer transfer;
  transfer.set_uniq_id("id2");
  transfer.set_customer_id("u");
  transfer.set_session("s");
  transfer.add_topics("t1");
  transfer.add_topics("t2");
  transfer.set_data(std::string("\0\xff", 2));
  transfer.set_binary(true);
  transfer.set_path("/chat/1");
  (*transfer.mutable_meta())["Socket"] = "{}";
  transfer.set_sequence(2);
  gateway.say(Command::kTransfer, transfer);
  netsvr::ConnClose close;
  close.set_uniq_id("id3");
  close.set_customer_id("u");
  close.set_code(1001);
  close.set_reason("bye");
  close.set_sequence(3);
  gateway.say(Command::kConnClose, close);

  ASSERT_TRUE(socket->receive().ok());
  auto event = socket->take_event();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, Event::Kind::kOpen);
  EXPECT_EQ(event->connection, "id1");
  EXPECT_EQ(event->query, "a=1");
  EXPECT_EQ(event->remote_address, "192.0.2.1");
  EXPECT_EQ(event->forwarded_for, "f");
  EXPECT_EQ(event->real_ip, "r");
  EXPECT_EQ(event->sequence, 1U);
  event = socket->take_event();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, Event::Kind::kMessage);
  EXPECT_EQ(event->connection, "id2");
  EXPECT_EQ(event->user, "u");
  EXPECT_EQ(event->session, "s");
  EXPECT_THAT(event->channels, ElementsAre("t1", "t2"));
  EXPECT_EQ(event->data, std::string("\0\xff", 2));
  EXPECT_TRUE(event->binary);
  EXPECT_EQ(event->path, "/chat/1");
  EXPECT_THAT(event->meta, ElementsAre(Pair("Socket", "{}")));
  event = socket->take_event();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, Event::Kind::kClose);
  EXPECT_EQ(event->user, "u");
  EXPECT_EQ(event->close_code, 1001);
  EXPECT_EQ(event->data, "bye");
  EXPECT_FALSE(socket->take_event());
}

TEST_F(MainSocketTest, WaitsForAnEvent) {
  connect_and_register();
  EXPECT_FALSE(*socket->wait(1ms));
  gateway.say_message(1, "a");
  EXPECT_TRUE(*socket->wait(5s));
  EXPECT_EQ(take_data(), "a");
}

TEST_F(MainSocketTest, SendsCommandsAndAcknowledgementInOneWrite) {
  connect_and_register();
  const int reads = gateway.reads();
  ASSERT_TRUE(socket->command(900002013, "publish").ok());
  ASSERT_TRUE(socket->command(900002006, "cast").ok());
  socket->acknowledge(5);
  ASSERT_TRUE(socket->flush().ok());
  EXPECT_EQ(gateway.hear(), (FakeGateway::Heard{900002013, "publish"}));
  EXPECT_EQ(gateway.hear(), (FakeGateway::Heard{900002006, "cast"}));
  EXPECT_EQ(gateway.hear<netsvr::Acknowledge>(Command::kAcknowledge).sequence(), 5U);
  EXPECT_EQ(gateway.reads(), reads + 1);
}

TEST_F(MainSocketTest, SendsByItselfAboveTheBound) {
  connect({.unsent_bytes = 1000});
  accept_registration();
  ASSERT_TRUE(socket->command(1, std::string(600, 'a')).ok());
  ASSERT_TRUE(socket->command(2, std::string(600, 'b')).ok());  // no flush()
  EXPECT_EQ(gateway.hear().id, 1U);
  EXPECT_EQ(gateway.hear().id, 2U);
}

TEST_F(MainSocketTest, KeepsEventsThatComeBeforeAReply) {
  connect_and_register();
  gateway.say_message(1, "a");
  gateway.say_message(2, "b");
  gateway.say(900003007, "reply");
  const auto reply = socket->query(900003007, "question", 5s);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(*reply, "reply");
  EXPECT_EQ(gateway.hear(), (FakeGateway::Heard{900003007, "question"}));
  EXPECT_EQ(take_data(), "a");
  EXPECT_EQ(take_data(), "b");
}

TEST_F(MainSocketTest, ThrowsALateReplyAway) {
  connect_and_register();
  const auto none = socket->query(900003007, "", 1ms);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, ErrorCode::kTimeout);
  gateway.say(900003007, "late");
  gateway.say(900003007, "fresh");
  const auto reply = socket->query(900003007, "", 5s);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(*reply, "fresh");
}

TEST_F(MainSocketTest, BreaksOnAReplyToNothing) {
  connect_and_register();
  gateway.say(900003007, "");
  const auto received = socket->receive();
  ASSERT_FALSE(received.ok());
  EXPECT_EQ(received.error().code, ErrorCode::kInvalid);
  EXPECT_FALSE(socket->command(1, "").ok());
}

TEST_F(MainSocketTest, BreaksOnAMalformedEvent) {
  connect_and_register();
  gateway.say(900001003, "\xff\xff");
  EXPECT_EQ(socket->receive().error().code, ErrorCode::kInvalid);
}

TEST_F(MainSocketTest, KeepsEventsWhenTheGatewayGoes) {
  connect_and_register();
  gateway.say_message(1, "a");
  gateway.close();
  EXPECT_TRUE(socket->receive().ok());
  const auto received = socket->receive();
  ASSERT_FALSE(received.ok());
  EXPECT_EQ(received.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(*socket->wait(1s));
  EXPECT_EQ(take_data(), "a");
  EXPECT_FALSE(socket->wait(1s).ok());
  EXPECT_FALSE(socket->query(1, "", 1s).ok());
  EXPECT_EQ(socket->flush().error().code, ErrorCode::kUnavailable);
}

TEST_F(MainSocketTest, ReadsWhileTheGatewayDoesNot) {
  connect({.unsent_bytes = 64 << 20});
  accept_registration();
  const std::string large(8 << 20, 'x');
  std::thread other([&] {  // both ends write more than the kernel holds before either reads
    for (std::uint64_t i = 1; i <= 8; ++i) gateway.say_message(i, std::string(1 << 20, 'e'));
    EXPECT_EQ(gateway.hear().message.size(), large.size());
  });
  ASSERT_TRUE(socket->command(900002003, large).ok());
  EXPECT_TRUE(socket->flush().ok());
  other.join();
  int events = 0;
  while (socket->has_event() || *socket->wait(10ms)) {
    ++events;
    EXPECT_EQ(take_data().size(), 1U << 20);
  }
  EXPECT_EQ(events, 8);
}

TEST_F(MainSocketTest, BeatsWhileItsOwnerIsAway) {
  connect({.heartbeat = 20ms});
  accept_registration();
  for (int i = 0; i < 3; ++i) {
    const int before = gateway.reads();
    EXPECT_EQ(gateway.hear(), FakeGateway::Heard{});  // no command
    EXPECT_EQ(gateway.reads(), before + 1);
  }
  socket.reset();  // ends the thread
  EXPECT_EQ(gateway.hear(), FakeGateway::Heard{});
}

TEST_F(MainSocketTest, DoesNotBeatWhileItSpeaks) {
  connect({.heartbeat = 300ms});
  accept_registration();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(socket->command(900002003, "x").ok());
    ASSERT_TRUE(socket->flush().ok());
    EXPECT_EQ(gateway.hear().id, 900002003U);
    std::this_thread::sleep_for(20ms);
  }
}

TEST_F(MainSocketTest, BeatsBetweenFramesOnly) {
  connect({.unsent_bytes = 64 << 20, .heartbeat = 1ms});
  accept_registration();
  const std::string large(8 << 20, 'x');
  std::thread other([&] {
    for (int frames = 0; frames < 2;) {
      std::this_thread::sleep_for(20ms);  // the kernel has room for a part at a time
      const FakeGateway::Heard heard = gateway.hear();
      if (heard.id == 0) continue;
      EXPECT_EQ(heard.id, 900002003U);
      EXPECT_EQ(heard.message.size(), large.size());
      ++frames;
    }
  });
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(socket->command(900002003, large).ok());
    EXPECT_TRUE(socket->flush().ok());
    std::this_thread::sleep_for(10ms);
  }
  other.join();
}

TEST_F(MainSocketTest, GivesUpOnAGatewayThatDoesNotRead) {
  connect({.send_timeout = 20ms, .unsent_bytes = 64 << 20});
  accept_registration();
  ASSERT_TRUE(socket->command(900002003, std::string(8 << 20, 'x')).ok());
  EXPECT_EQ(socket->flush().error().code, ErrorCode::kTimeout);
  EXPECT_FALSE(socket->flush().ok());
}

TEST_F(MainSocketTest, HandlesEventsUntilUnregistered) {
  connect_and_register();
  gateway.say_message(1, "a");
  ASSERT_TRUE(socket->unregister().ok());
  EXPECT_EQ(gateway.hear<netsvr::UnRegisterReq>(Command::kUnRegister).conn_id(), socket->link_id());
  ASSERT_TRUE(socket->receive().ok());
  EXPECT_FALSE(socket->unregistered());
  const auto event = socket->take_event();
  ASSERT_TRUE(event);
  gateway.say(900003007, "n");
  EXPECT_TRUE(socket->query(900003007, "", 5s).ok());  // the answer to the unregistration may come after other replies
  EXPECT_FALSE(socket->unregistered());
  gateway.say(Command::kUnRegister, netsvr::UnRegisterResp());
  EXPECT_FALSE(*socket->wait(5s));
  EXPECT_TRUE(socket->unregistered());
}

class MainSocketSlotTest : public MainSocketTest {
 protected:
  void SetUp() override {
    board = std::move(*Scoreboard::create(1, 1));
    connect();
    accept_registration({.events = kMessagesAndCloses, .window = 32, .slot = &board.worker(0)});
  }
  void say_taken_back(std::uint64_t through) {
    netsvr::TakenBack notice;
    notice.set_through(through);
    gateway.say(Command::kTakenBack, notice);
  }
  Scoreboard board;
};

TEST_F(MainSocketSlotTest, NotesWhichEventItBegins) {
  gateway.say_message(1, "a");
  gateway.say_message(2, "b");
  ASSERT_TRUE(socket->receive().ok());
  EXPECT_EQ(last_begun_event(board.worker(0)), 0U);
  EXPECT_EQ(take_data(), "a");
  EXPECT_EQ(last_begun_event(board.worker(0)), 1U);
  EXPECT_EQ(take_data(), "b");
  EXPECT_EQ(last_begun_event(board.worker(0)), 2U);
}

TEST_F(MainSocketSlotTest, LeavesOutWhatWasTakenBack) {
  for (std::uint64_t i = 1; i <= 3; ++i) gateway.say_message(i, std::to_string(i));
  ASSERT_TRUE(socket->receive().ok());
  EXPECT_EQ(take_data(), "1");
  EXPECT_EQ(take_back_events(board.worker(0)), 1U);
  EXPECT_EQ(take_data(), "none");     // the notice has not come yet
  EXPECT_FALSE(socket->has_event());  // so that nobody spins
  say_taken_back(3);
  gateway.say_message(4, "4");
  EXPECT_TRUE(*socket->wait(5s));
  EXPECT_EQ(take_data(), "4");
  EXPECT_EQ(last_begun_event(board.worker(0)), 4U);
  EXPECT_EQ(take_data(), "none");
}

TEST_F(MainSocketSlotTest, LearnsDuringAQueryThatEventsWereTakenBack) {
  for (std::uint64_t i = 1; i <= 2; ++i) gateway.say_message(i, std::to_string(i));
  ASSERT_TRUE(socket->receive().ok());
  EXPECT_EQ(take_data(), "1");
  EXPECT_EQ(take_back_events(board.worker(0)), 1U);
  say_taken_back(2);
  gateway.say(900003007, "n");
  EXPECT_TRUE(socket->query(900003007, "", 5s).ok());
  EXPECT_FALSE(socket->has_event());
  EXPECT_EQ(take_data(), "none");
}

}  // namespace
}  // namespace laraman::business
