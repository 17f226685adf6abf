// Programs that a test starts, with what they write to standard error, and WebSocket clients that come over TCP.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/socket.h"
#include "real_client.h"

extern char** environ;

namespace laraman::business {

inline std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A child process; killed when the test ends before it.
class Process {
 public:
  // Standard output and error go to the file `log`.
  Process(std::vector<std::string> command, std::string log) : log_(std::move(log)) {
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (std::string& part : command) arguments.push_back(part.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 1, log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
    EXPECT_EQ(::posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ), 0) << command[0];
    ::posix_spawn_file_actions_destroy(&actions);
  }
  Process(Process&& other) noexcept : log_(std::move(other.log_)), pid_(std::exchange(other.pid_, -1)) {}
  Process& operator=(Process&&) = delete;
  ~Process() {
    if (pid_ > 0) end(SIGKILL);
  }

  // Waits for it; its exit code, or 128 + the signal that ended it.
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  int end(int signal) {
    ::kill(pid_, signal);
    return wait();
  }
  void signal(int number) const { ::kill(pid_, number); }
  std::string log() const { return read_file(log_); }
  // Waits until it has written `text`, at most 30 seconds.
  bool says(const std::string& text) const {
    for (int i = 0; i < 3000; ++i) {
      if (log().find(text) != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

 private:
  std::string log_;
  pid_t pid_ = -1;
};

// Runs it to its end. What it has written if it failed.
inline testing::AssertionResult run(std::vector<std::string> command, const std::string& log) {
  Process process(std::move(command), log);
  const int code = process.wait();
  if (code == 0) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "exit code " << code << "\n" << process.log();
}

// `laraman gateway` on free ports, with its business ports in `folder`.
class GatewayProcess {
 public:
  GatewayProcess(const std::string& binary, const std::string& folder, const std::vector<std::string>& more = {})
      : process_(command(binary, folder, more), folder + "/gateway.log") {
    EXPECT_TRUE(process_.says("gateway serves")) << process_.log();
    const std::string log = process_.log();
    const std::size_t at = log.find("address=", log.find("gateway serves"));
    address_ = log.substr(at + 8, log.find(' ', at) - at - 8);
  }

  const Process& process() const { return process_; }
  const std::string& address() const { return address_; }

  // A client whose handshake is done. Its id is not known.
  RealClient connect() const {
    auto fd = net::connect_to(*net::SocketAddress::parse(address_));
    EXPECT_TRUE(fd.ok());
    pollfd entry{fd->get(), POLLOUT, 0};
    ::poll(&entry, 1, 5000);
    const std::string request = "GET / HTTP/1.1\r\nHost: " + address_ +
                                "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    EXPECT_EQ(::send(fd->get(), request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
    std::string answer;
    std::size_t end = std::string::npos;
    while ((end = answer.find("\r\n\r\n")) == std::string::npos) {
      entry.events = POLLIN;
      char bytes[4096];
      if (::poll(&entry, 1, 5000) != 1) break;
      const ssize_t count = ::recv(fd->get(), bytes, sizeof bytes, 0);
      if (count <= 0) break;
      answer.append(bytes, static_cast<std::size_t>(count));
    }
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 101 ")) << answer;
    return {std::move(*fd), "", end == std::string::npos ? "" : answer.substr(end + 4)};  // frames may come at once
  }

 private:
  static std::vector<std::string> command(const std::string& binary, const std::string& folder,
                                          const std::vector<std::string>& more) {
    std::vector<std::string> arguments{binary, "gateway", "--config", "/dev/null", "--runtime-dir",
                                       folder, "--loops", "2",        "--port",    "0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  Process process_;
  std::string address_;
};

}  // namespace laraman::business
