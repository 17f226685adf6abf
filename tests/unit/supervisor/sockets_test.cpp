#include "supervisor/sockets.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/socket.h"
#include "temporary_directory.h"

namespace laraman::supervisor::test {
namespace {

std::uint16_t port_of(const UniqueFd& socket) { return net::SocketAddress::of_local(socket.get()).port(); }

TEST(ListenForClients, OpensOneSocketForEachLoopOnOnePort) {
  const Result<std::vector<UniqueFd>> sockets = listen_for_clients({.port = 0, .loops = 3});
  ASSERT_TRUE(sockets.ok());
  ASSERT_EQ(sockets->size(), 3U);
  EXPECT_NE(port_of(sockets->front()), 0);
  for (const UniqueFd& socket : *sockets) EXPECT_EQ(port_of(socket), port_of(sockets->front()));
}

TEST(ListenForClients, DoesNotShareThePortOfAnotherServer) {
  const Result<std::vector<UniqueFd>> first = listen_for_clients({.port = 0, .loops = 2});
  const Result<std::vector<UniqueFd>> second = listen_for_clients({.port = port_of(first->front()), .loops = 2});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kExists);
  EXPECT_NE(second.error().message().find("(pid " + std::to_string(::getpid()) + ")"), std::string::npos);
}

TEST(ListenForClients, OpensOneUnixSocketForAllLoops) {
  const TemporaryDirectory directory;
  const std::string path = directory / "http.sock";
  const Result<std::vector<UniqueFd>> sockets =
      listen_for_clients({.host = "unix:" + path, .socket_mode = 0600, .loops = 3});
  ASSERT_TRUE(sockets.ok());
  EXPECT_EQ(sockets->size(), 3U);
  for (const UniqueFd& socket : *sockets) EXPECT_EQ(net::SocketAddress::of_local(socket.get()).host(), path);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const Result<std::vector<UniqueFd>> second = listen_for_clients({.host = "unix:" + path, .loops = 1});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kExists);
  EXPECT_NE(second.error().message().find(path), std::string::npos);
}

TEST(ListenForClients, NamesAHostThatIsNone) {
  const Result<std::vector<UniqueFd>> sockets = listen_for_clients({.host = "192.0.2.1", .port = 0, .loops = 1});
  ASSERT_FALSE(sockets.ok());
  EXPECT_NE(sockets.error().message().find("192.0.2.1"), std::string::npos);
}

TEST(ListenWithMode, SetsThePermissionsAndReplacesALeftOverFile) {
  const TemporaryDirectory directory;
  const std::string path = directory / "task.sock";
  for (int i = 0; i < 2; ++i) {
    const Result<UniqueFd> socket = listen_with_mode(path, 0660);
    ASSERT_TRUE(socket.ok());
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0660U);
    EXPECT_EQ(listen_with_mode(path, 0660).error().code, ErrorCode::kExists) << "while somebody listens";
  }
}

}  // namespace
}  // namespace laraman::supervisor::test
