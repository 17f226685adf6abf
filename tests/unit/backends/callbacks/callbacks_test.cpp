#include "backends/callbacks/callbacks.h"

#include <gtest/gtest.h>

#include "net/socket.h"
#include "netsvr.pb.h"
#include "websocket/utf8.h"

namespace laraman::backends::callbacks {
namespace {

namespace netsvr = wire::netsvr;

CallbackAnswer read(const netsvr::ConnOpenResp& message, long status = 200) {
  std::string problem;
  return read_callback_answer({status, message.SerializeAsString()}, gateway::MessageType::kText, problem);
}

std::string message_of(const CallbackAnswer& answer) {
  return answer.messages.size() == 1 ? std::string(answer.messages[0].payload()) : "";
}

TEST(CallbackAnswerTest, GivesWhatTheConnectionBeginsWith) {
  netsvr::ConnOpenResp message;
  message.set_allow(true);
  message.set_new_customer_id("ann");
  message.set_new_session("s");
  for (const char* topic : {"a", "", "b", "a"}) message.add_new_topics(topic);
  message.set_data("hi");
  const CallbackAnswer answer = read(message);
  EXPECT_TRUE(answer.allowed);
  EXPECT_EQ(answer.info.user, "ann");
  EXPECT_EQ(answer.info.session, "s");
  EXPECT_EQ(answer.channels, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(message_of(answer), "hi");
}

TEST(CallbackAnswerTest, RefusesWhatIsNotAllowed) {
  netsvr::ConnOpenResp message;
  EXPECT_FALSE(read(message).allowed) << "an empty answer allows nothing";
  message.set_data("no");
  message.set_data_type(netsvr::BINARY);
  const CallbackAnswer answer = read(message);
  EXPECT_FALSE(answer.allowed);
  EXPECT_EQ(answer.close.code, 1008);
  EXPECT_EQ(answer.close.reason, "unauthorized");
  EXPECT_EQ(message_of(answer), "no");
}

TEST(CallbackAnswerTest, FailsWithoutAProperAnswer) {
  netsvr::ConnOpenResp allowing;
  allowing.set_allow(true);
  for (const long status : {201L, 204L, 302L, 404L, 500L}) {
    const CallbackAnswer answer = read(allowing, status);
    EXPECT_FALSE(answer.allowed) << status;
    EXPECT_EQ(answer.close.code, 1011) << status;
    EXPECT_EQ(answer.close.reason, "internal error");
  }
  std::string problem;
  EXPECT_EQ(read_callback_answer({200, "<html>"}, gateway::MessageType::kText, problem).close.code, 1011);
  EXPECT_FALSE(problem.empty());
}

TEST(CallbackAnswerTest, MakesUtf8OfHeaders) {
  EXPECT_EQ(websocket::as_utf8("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(websocket::as_utf8("gr\xfc\xdf"), "gr??");
}

TEST(Callbacks, TellsAClientToComeLaterWhenTooManyAreAsked) {
  const auto silent = std::move(*net::listen_on(*net::SocketAddress::of_host("127.0.0.1", 0)));
  auto loop = std::move(*net::EventLoop::create());
  CallbackOptions options;
  options.open_url = "http://" + net::SocketAddress::of_local(silent.get()).to_string() + "/open";
  options.limits.in_flight = 1;
  options.limits.waiting = 0;
  auto callbacks = std::move(*Callbacks::create(*loop, options));
  std::vector<std::uint16_t> codes;
  for (int i = 0; i < 2; ++i) {
    callbacks->ask({}, {}, [&](const CallbackAnswer& answer) { codes.push_back(answer.close.code); });
  }
  for (int i = 0; i < 100 && codes.empty(); ++i) loop->run_once(std::chrono::milliseconds(10));
  EXPECT_EQ(codes, std::vector<std::uint16_t>{1013});
  EXPECT_EQ(callbacks->pending(), 1u);
}

}  // namespace
}  // namespace laraman::backends::callbacks
