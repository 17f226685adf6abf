#include "supervisor/port_owner.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "net/socket.h"

namespace laraman::supervisor {
namespace {

TEST(PortOwner, IsTheProcessThatListens) {
  for (const char* address : {"127.0.0.1:0", "0.0.0.0:0"}) {
    const Result<UniqueFd> socket = net::listen_on(*net::SocketAddress::parse(address));
    ASSERT_TRUE(socket.ok());
    const std::string owner = port_owner(net::SocketAddress::of_local(socket->get()).port());
    EXPECT_NE(owner.find("(pid " + std::to_string(::getpid()) + ")"), std::string::npos) << owner;
  }
}

TEST(PortOwner, IsNobodyWhereNobodyListens) {
  std::uint16_t port = 0;
  {
    const Result<UniqueFd> socket = net::listen_on(*net::SocketAddress::parse("127.0.0.1:0"));
    port = net::SocketAddress::of_local(socket->get()).port();
  }
  EXPECT_EQ(port_owner(port), "");
}

}  // namespace
}  // namespace laraman::supervisor
