#include "supervisor/systemd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "net/socket.h"
#include "supervised_server.h"

namespace laraman::supervisor::test {
namespace {

// The service manager's end.
class ServiceManager {
 public:
  explicit ServiceManager(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
    timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~ServiceManager() { ::unsetenv("NOTIFY_SOCKET"); }

  std::string hears() {
    std::array<char, 256> text;
    const ssize_t size = ::recv(fd_.get(), text.data(), text.size(), 0);
    return size < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(size));
  }

 private:
  UniqueFd fd_;
};

TEST(Systemd, HearsOfStartReloadAndStop) {
  SupervisedServer server;
  ServiceManager manager(server.directory / "notify");
  server.start();
  EXPECT_EQ(manager.hears(), "READY=1");
  EXPECT_TRUE(server.ask({{"command", "reload"}}).ok());
  EXPECT_TRUE(manager.hears().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_EQ(manager.hears(), "READY=1");
  server.set("php", "fail for a test");
  EXPECT_FALSE(server.ask({{"command", "reload"}}).ok());
  EXPECT_TRUE(manager.hears().starts_with("RELOADING=1\n"));
  EXPECT_EQ(manager.hears(), "READY=1");
  server.signal(SIGTERM);
  EXPECT_EQ(manager.hears(), "STOPPING=1");
  EXPECT_EQ(server.wait(), kExitStopped);
}

// Runs `test` in a process of its own that was handed `fd` down as systemd does.
int with_activated(int fd, const char* count, bool own_pid, const std::function<int()>& test) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(fd, 3);
    ::setenv("LISTEN_PID", std::to_string(own_pid ? ::getpid() : ::getppid()).c_str(), 1);
    ::setenv("LISTEN_FDS", count, 1);
    ::_exit(test());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Systemd, GivesTheSocketsThatItOpened) {
  const UniqueFd listening = std::move(*net::listen_on(*net::SocketAddress::of_host("127.0.0.1", 0)));
  EXPECT_EQ(with_activated(listening.get(), "1", true,
                           [] {
                             const auto sockets = take_activated_sockets();
                             if (!sockets || sockets->size() != 1 || sockets->front().get() != 3) return 1;
                             if ((::fcntl(3, F_GETFL) & O_NONBLOCK) == 0) return 2;
                             if (std::getenv("LISTEN_FDS") != nullptr || std::getenv("LISTEN_PID") != nullptr) return 3;
                             return 0;
                           }),
            0);
}

TEST(Systemd, TakesNoSocketsThatAreForAnotherProcess) {
  const UniqueFd listening = std::move(*net::listen_on(*net::SocketAddress::of_host("127.0.0.1", 0)));
  EXPECT_EQ(with_activated(listening.get(), "1", false,
                           [] {
                             const auto sockets = take_activated_sockets();
                             return sockets && sockets->empty() ? 0 : 1;
                           }),
            0);
}

TEST(Systemd, RefusesWhatIsNoListeningSocket) {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(with_activated(socket.get(), "1", true,
                           [] {
                             const auto sockets = take_activated_sockets();
                             return !sockets && sockets.error().code == ErrorCode::kInvalid ? 0 : 1;
                           }),
            0);
}

}  // namespace
}  // namespace laraman::supervisor::test
