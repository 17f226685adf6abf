#include "net/socket.h"
#include "temporary_directory.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <filesystem>

namespace laraman::net {
namespace {

TEST(SocketAddress, ReadsAndWritesWhatPeopleWrite) {
  for (const char* text : {"127.0.0.1:8000", "[::1]:8000", "unix:/tmp/x.sock"}) {
    Result<SocketAddress> address = SocketAddress::parse(text);
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_EQ(address->to_string(), text);
  }
  EXPECT_EQ(SocketAddress::parse("/tmp/x.sock")->to_string(), "unix:/tmp/x.sock");
  EXPECT_EQ(SocketAddress::parse("127.0.0.1:8000")->port(), 8000);
  EXPECT_EQ(SocketAddress::parse("127.0.0.1:8000")->host(), "127.0.0.1");
}

TEST(SocketAddress, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "unix:"}) {
    EXPECT_FALSE(SocketAddress::parse(text).ok()) << text;
  }
  Result<SocketAddress> too_long = SocketAddress::of_path(std::string(108, 'x'));
  ASSERT_FALSE(too_long.ok());
  EXPECT_NE(too_long.error().message().find("107"), std::string::npos);
}

TEST(ListenOn, SaysWhichAddressIsInUse) {
  Result<UniqueFd> first = listen_on(*SocketAddress::parse("127.0.0.1:0"));
  ASSERT_TRUE(first.ok());
  const SocketAddress taken = SocketAddress::of_local(first->get());
  Result<UniqueFd> second = listen_on(taken);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kExists);
  EXPECT_EQ(second.error().subject, taken.to_string());
}

TEST(ListenOn, SharesAPortIfAsked) {
  Result<UniqueFd> first = listen_on(*SocketAddress::parse("127.0.0.1:0"), true);
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(listen_on(SocketAddress::of_local(first->get()), true).ok());
}

TEST(ListenOn, TakesOverALeftOverUnixSocketButNotALiveOne) {
  const TemporaryDirectory directory;
  const SocketAddress address = *SocketAddress::of_path(directory / "x.sock");
  { const Result<UniqueFd> gone = listen_on(address); }
  Result<UniqueFd> live = listen_on(address);
  ASSERT_TRUE(live.ok());
  Result<UniqueFd> refused = listen_on(address);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kExists);
}

TEST(ConnectTo, ReportsARefusal) {
  UniqueFd listener = std::move(*listen_on(*SocketAddress::parse("127.0.0.1:0")));
  const SocketAddress address = SocketAddress::of_local(listener.get());
  listener.reset();
  Result<UniqueFd> connection = connect_to(address);
  if (connection.ok()) {
    pollfd wait{connection->get(), POLLOUT, 0};
    ASSERT_EQ(::poll(&wait, 1, 1000), 1);
    EXPECT_EQ(connect_error(connection->get()), ECONNREFUSED);
  }
}

}  // namespace
}  // namespace laraman::net
