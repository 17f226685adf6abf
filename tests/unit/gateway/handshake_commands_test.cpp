#include "gateway/handshake_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway_fixture.h"

namespace laraman::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ConnectionId id(std::uint8_t number) {
  std::array<std::uint8_t, 14> bytes{};
  bytes[13] = number;
  return ConnectionId(bytes);
}

LoginChange change(std::string login, std::string new_login) {
  LoginChange command{std::move(login), {}};
  command.change.login = std::move(new_login);
  command.change.meta = {{"Session", "new"}};
  return command;
}

std::vector<std::string> logins_of(const HandshakeCommands::Missed& missed) {
  std::vector<std::string> names;
  for (const auto& command : missed.commands) names.push_back(std::get<LoginClose>(*command).login);
  return names;
}

TEST(HandshakeCommandsTest, GivesEachHandshakeWhatCameSinceItBegan) {
  HandshakeCommands commands;
  commands.add(LoginClose{"before all", {}});
  commands.begin(id(1));
  commands.add(LoginClose{"a", {}});
  commands.begin(id(2));
  commands.add(LoginClose{"b", {}});
  EXPECT_THAT(logins_of(commands.end(id(1))), ElementsAre("a", "b"));
  commands.begin(id(3));
  EXPECT_THAT(logins_of(commands.end(id(3))), IsEmpty());
  EXPECT_THAT(logins_of(commands.end(id(2))), ElementsAre("b"));
  EXPECT_THAT(logins_of(commands.end(id(2))), IsEmpty()) << "it is over";
}

TEST(HandshakeCommandsTest, KeepsNothingWhileNoHandshakeIsUnderWay) {
  HandshakeCommands commands;
  commands.add(LoginClose{"a", {}});
  EXPECT_EQ(commands.bytes(), 0U);
  commands.begin(id(1));
  commands.add(UserClose{"7", {4001, "out"}, {}, "login", {id(5)}, id(6)});
  commands.add(change("a", "b"));
  EXPECT_GT(commands.bytes(), 0U);
  commands.end(id(1));
  EXPECT_EQ(commands.bytes(), 0U);
}

TEST(HandshakeCommandsTest, SaysWhereTooManyCameToBeKept) {
  HandshakeCommands commands;
  commands.begin(id(1));
  for (int i = 0; i < 3; ++i) commands.add(LoginClose{std::string(HandshakeCommands::kMaxBytes / 2, 'x'), {}});
  EXPECT_LE(commands.bytes(), HandshakeCommands::kMaxBytes);
  commands.begin(id(2));
  commands.add(LoginClose{"small", {}});
  EXPECT_FALSE(commands.end(id(1)).complete);
  const HandshakeCommands::Missed missed = commands.end(id(2));
  EXPECT_TRUE(missed.complete);
  EXPECT_THAT(logins_of(missed), ElementsAre("small"));
  commands.begin(id(3));
  EXPECT_TRUE(commands.end(id(3)).complete);
}

class HandshakeTest : public GatewayFixture {
 protected:
  static ConnectionInfo of(const std::string& user, const std::string& login) {
    ConnectionInfo info;
    info.user = user;
    info.login = login;
    return info;
  }
  // What a client gets whose handshake has ended.
  std::string open(const ConnectionId& id, ConnectionInfo info) {
    Client client = finish_handshake(id, std::move(info), {text("hello")});
    turn();
    return client.read();
  }
  static std::string closed(std::uint16_t code, std::string_view reason) { return "101." + close_frame(code, reason); }
  const std::string welcome = "101." + text_frame("hello");
};
INSTANTIATE_TEST_SUITE_P(Loops, HandshakeTest, testing::Values(1, 4));

TEST_P(HandshakeTest, ClosesWhatOpensWithALoginThatHasEndedMeanwhile) {
  const ConnectionId id = begin_handshake();
  const ConnectionId other = begin_handshake();
  gateway->commands().close_login(first(), {"a", {4001, "out"}});
  turn();
  EXPECT_EQ(open(id, of("7", "a")), closed(4001, "out")) << "and nothing of what open() has sent";
  ASSERT_EQ(sink.events.size(), 2U);
  EXPECT_EQ(sink.events[0].kind, Event::Kind::kOpen);
  EXPECT_EQ(sink.events[1].kind, Event::Kind::kClose);
  EXPECT_EQ(sink.events[1].close_code, 4001);
  EXPECT_TRUE(sink.events[1].by_gateway);
  EXPECT_EQ(open(other, of("7", "b")), welcome);
  EXPECT_EQ(open(begin_handshake(), of("7", "a")), welcome) << "the application has let it in since";
}

TEST_P(HandshakeTest, ClosesWhatOpensForAUserWhoWasClosedMeanwhile) {
  std::vector<ConnectionId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(begin_handshake(i % GetParam()));
  UserClose command{"7", {4001, "out"}, text("bye"), "kept", {ids[2]}, {}};
  gateway->commands().close_user(first(), command);
  turn();
  const std::string bye = "101." + text_frame("bye") + close_frame(4001, "out");
  EXPECT_EQ(open(ids[0], of("7", "a")), bye);
  EXPECT_EQ(open(ids[1], of("7", "kept")), welcome);
  EXPECT_EQ(open(ids[2], of("7", "a")), welcome);
  EXPECT_EQ(open(ids[3], of("8", "a")), welcome);
  EXPECT_EQ(open(ids[4], of("", "")), welcome);
}

TEST_P(HandshakeTest, LetsAHandshakeCloseTheUsersOpenConnectionsAlone) {
  Client older = connect(of("7", ""), nullptr, 0);
  const ConnectionId id = begin_handshake();
  const ConnectionId other = begin_handshake(0);
  UserClose command{"7", {4003, "elsewhere"}};
  command.opening = id;
  gateway->commands().close_user(first(), command);
  Client own = finish_handshake(id, of("7", ""));  // its answer may be faster than the command
  turn();
  EXPECT_EQ(older.read(), close_frame(4003, "elsewhere"));
  EXPECT_EQ(own.read(), "101.");
  EXPECT_EQ(open(other, of("7", "")), welcome);
}

TEST_P(HandshakeTest, FollowsALoginThatGotAnotherNameMeanwhile) {
  const ConnectionId id = begin_handshake();
  const ConnectionId ended = begin_handshake();
  gateway->commands().change_login(first(), change("a", "b"));
  turn();
  Client client = finish_handshake(id, of("7", "a"));
  turn();
  EXPECT_EQ(client.read(), "101.");
  client.text("hi");
  turn();
  EXPECT_EQ(sink.events.back().info->login, "b");
  EXPECT_EQ(sink.events.back().info->meta.at(0).second, "new");
  gateway->commands().close_login(first(), {"b", {4001, "out"}});
  turn();
  EXPECT_EQ(client.read(), close_frame(4001, "out"));
  EXPECT_EQ(open(ended, of("7", "a")), closed(4001, "out"));
}

TEST_P(HandshakeTest, TurnsAwayWhoseCommandsWereTooManyToBeKept) {
  const ConnectionId known = begin_handshake();
  const ConnectionId guest = begin_handshake();
  for (int i = 0; i < 3; ++i) {
    gateway->commands().close_login(first(), {std::string(HandshakeCommands::kMaxBytes / 2, 'x'), {4001, ""}});
  }
  turn();
  EXPECT_EQ(open(known, of("", "a")), closed(1013, "try again later"));
  EXPECT_EQ(open(guest, {}), welcome);
}

TEST_P(HandshakeTest, KeepsNothingForHandshakesThatWereGivenUp) {
  const ConnectionId id = begin_handshake();
  gateway->shard(id.loop()).give_up(id);
  gateway->commands().close_login(first(), {"a", {4001, "out"}});
  turn();
  EXPECT_EQ(open(id, of("7", "a")), welcome);
}

}  // namespace
}  // namespace laraman::gateway
