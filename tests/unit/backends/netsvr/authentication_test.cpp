// Who may talk to the business ports: the shared secret, and the networks that businesses may come from.
#include "business_fixture.h"

namespace laraman::backends::netsvr {
namespace {

class AuthenticationTest : public BusinessFixture {
 protected:
  static constexpr const char* kSecret = "open sesame";

  static void say(Business& business, const std::string& secret) {
    netsvr::Authenticate request;
    request.set_secret(secret);
    business.send(Command::kAuthenticate, request);
  }
  static void allow_only(BusinessServerOptions& options, std::vector<std::string> networks) {
    options.allowed = *net::Networks::parse(networks);
  }
};
INSTANTIATE_TEST_SUITE_P(Loops, AuthenticationTest, testing::Values(1, 4));

TEST_P(AuthenticationTest, LetsInWhoSaysTheSecretFirst) {
  make({.secret = kSecret});
  Business business = connect_business_over_tcp();
  say(business, kSecret);
  business.send(Command::kUniqIdCount);
  turn();
  EXPECT_TRUE(business.hear<netsvr::AuthenticateResp>(Command::kAuthenticate).ok());
  EXPECT_EQ(business.hear<netsvr::UniqIdCountResp>(Command::kUniqIdCount).count(), 0);
  EXPECT_EQ(server->refused(), 0U);
}

TEST_P(AuthenticationTest, TellsAWrongSecretAndEnds) {
  make({.secret = kSecret});
  for (const char* wrong : {"", "open", "open sesamf", "open sesame!"}) {
    Business business = connect_business_over_tcp();
    say(business, wrong);
    business.send(Command::kUniqIdCount);
    turn();
    EXPECT_FALSE(business.hear<netsvr::AuthenticateResp>(Command::kAuthenticate).ok()) << wrong;
    EXPECT_TRUE(business.silent());
    EXPECT_TRUE(business.closed());
  }
  EXPECT_EQ(server->refused(), 4U);
  EXPECT_EQ(server->connections(), 0U);
}

TEST_P(AuthenticationTest, DoesNothingForWhoSaysSomethingElseFirst) {
  make({.secret = kSecret});
  Client client = connect();
  Business honest = connect_business_over_tcp();
  say(honest, kSecret);
  turn();
  honest.hear();

  netsvr::Broadcast broadcast;
  broadcast.set_data("spam");
  Business caster = connect_business_over_tcp();
  caster.send(Command::kBroadcast, broadcast);
  say(caster, kSecret);
  Business asker = connect_business_over_tcp();
  asker.send(Command::kUniqIdList);
  Business beating = connect_business_over_tcp();
  std::string heartbeat;
  netsvr::append_heartbeat(heartbeat);
  beating.send_bytes(heartbeat);
  Business malformed = connect_business_over_tcp();
  malformed.send(to_id(Command::kAuthenticate), "\xff");
  turn();
  for (Business* business : {&caster, &asker, &beating}) {
    EXPECT_TRUE(business->closed());
    EXPECT_TRUE(business->silent());
  }
  EXPECT_FALSE(malformed.hear<netsvr::AuthenticateResp>(Command::kAuthenticate).ok());
  EXPECT_EQ(client.read(), "");
  EXPECT_EQ(server->refused(), 4U);

  honest.send(Command::kUniqIdCount);
  turn();
  EXPECT_EQ(honest.hear<netsvr::UniqIdCountResp>(Command::kUniqIdCount).count(), 1);
}

// A library may be given a secret before the gateway is.
TEST_P(AuthenticationTest, AcceptsASecretWhereNoneIsWanted) {
  Business over_tcp = connect_business_over_tcp();
  say(over_tcp, "anything");
  turn();
  EXPECT_TRUE(over_tcp.hear<netsvr::AuthenticateResp>(Command::kAuthenticate).ok());

  make({.secret = kSecret});
  Business local = connect_business();  // who may open the file needs no secret
  local.send(Command::kUniqIdCount);
  say(local, "anything");
  turn();
  local.hear<netsvr::UniqIdCountResp>(Command::kUniqIdCount);
  EXPECT_TRUE(local.hear<netsvr::AuthenticateResp>(Command::kAuthenticate).ok());
}

TEST_P(AuthenticationTest, TurnsAwayWhoComesFromElsewhere) {
  BusinessServerOptions options;
  allow_only(options, {"10.0.0.0/8", "fd00::/8"});
  make(options);
  Business stranger = connect_business_over_tcp();
  Business local = connect_business();
  EXPECT_TRUE(stranger.closed());
  EXPECT_FALSE(local.closed());
  EXPECT_EQ(server->refused(), 1U);

  allow_only(options, {"10.0.0.0/8", "127.0.0.0/8"});
  make(options);
  Business neighbour = connect_business_over_tcp();
  neighbour.send(Command::kUniqIdCount);
  turn();
  EXPECT_FALSE(neighbour.closed());
  EXPECT_FALSE(neighbour.silent());
}

}  // namespace
}  // namespace laraman::backends::netsvr
