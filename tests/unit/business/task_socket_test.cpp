#include "laraman/business/task_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "fake_gateway.h"

namespace laraman::business {
namespace {

using namespace std::chrono_literals;
using Heard = FakeGateway::Heard;

TEST(TaskSocket, ConnectsOnFirstUse) {
  FakeGateway gateway;
  TaskSocket socket(gateway.path(), {});
  EXPECT_FALSE(socket.connected());
  ASSERT_TRUE(socket.command(900002003, "all").ok());
  EXPECT_TRUE(socket.connected());
  gateway.accept();
  std::thread other([&] {
    EXPECT_EQ(gateway.hear(), (Heard{900002003, "all"}));
    EXPECT_EQ(gateway.hear(), (Heard{900003007, "of what"}));
    gateway.say(900003007, "count");
  });
  const auto reply = socket.query(900003007, "of what");
  other.join();
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(*reply, "count");
}

TEST(TaskSocket, ConnectsAgainAfterTheGatewayWent) {
  FakeGateway gateway;
  TaskSocket socket(gateway.path(), {});
  ASSERT_TRUE(socket.command(1, "first").ok());
  gateway.accept();
  EXPECT_EQ(gateway.hear(), (Heard{1, "first"}));
  gateway.close();
  ASSERT_TRUE(socket.command(2, "second").ok());
  gateway.accept();
  EXPECT_EQ(gateway.hear(), (Heard{2, "second"}));
}

TEST(TaskSocket, GivesTheConnectionUpWithAReplyThatIsLate) {
  FakeGateway gateway;
  TaskSocket socket(gateway.path(), {.timeout = 20ms});
  ASSERT_TRUE(socket.command(1, "").ok());
  gateway.accept();
  const auto none = socket.query(900003007, "");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, ErrorCode::kTimeout);
  EXPECT_FALSE(socket.connected());
}

TEST(TaskSocket, DoesNotOvertakeWhatASlowGatewayHasNotRead) {
  FakeGateway gateway;
  TaskSocket socket(gateway.path(), {.timeout = 20ms});
  const std::string message(1000, 'm');
  Result<void> sent;
  for (int i = 0; i < 5000 && sent; ++i) sent = socket.command(1, message);
  ASSERT_FALSE(sent.ok()) << "on a second connection";
  EXPECT_EQ(sent.error().code, ErrorCode::kTimeout);
  EXPECT_FALSE(socket.connected());
}

TEST(TaskSocket, RefusesAReplyToAnotherQuery) {
  FakeGateway gateway;
  TaskSocket socket(gateway.path(), {});
  ASSERT_TRUE(socket.command(1, "").ok());
  gateway.accept();
  std::thread other([&] {
    gateway.hear();
    gateway.hear();
    gateway.say(900003009, "");
  });
  EXPECT_EQ(socket.query(900003007, "").error().code, ErrorCode::kInvalid);
  other.join();
  EXPECT_FALSE(socket.connected());
}

TEST(TaskSocket, FailsWhenNobodyListens) {
  FakeGateway gateway;
  gateway.stop_listening();
  TaskSocket socket(gateway.path(), {});
  EXPECT_FALSE(socket.command(1, "").ok());
  EXPECT_FALSE(socket.query(1, "").ok());
}

}  // namespace
}  // namespace laraman::business
