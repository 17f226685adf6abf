#include "net/listener.h"

#include <gtest/gtest.h>

#include <vector>

#include "net/socket.h"

namespace laraman::net {
namespace {

TEST(Listener, AcceptsNonBlockingSockets) {
  auto loop = std::move(*EventLoop::create());
  UniqueFd fd = std::move(*listen_on(*SocketAddress::parse("127.0.0.1:0")));
  const SocketAddress address = SocketAddress::of_local(fd.get());
  std::vector<UniqueFd> accepted;
  auto listener = std::move(
      *Listener::open(*loop, std::move(fd), [&](UniqueFd connection) { accepted.push_back(std::move(connection)); }));
  const Result<UniqueFd> first = connect_to(address);
  const Result<UniqueFd> second = connect_to(address);
  for (int i = 0; i < 100 && accepted.size() < 2; ++i) loop->run_once(std::chrono::milliseconds(10));
  ASSERT_EQ(accepted.size(), 2u);
  char byte;
  EXPECT_EQ(::recv(accepted[0].get(), &byte, 1, 0), -1);
  EXPECT_EQ(errno, EAGAIN);
}

}  // namespace
}  // namespace laraman::net
