#include "supervisor/control_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "net/socket.h"
#include "supervisor/control_client.h"
#include "temporary_directory.h"

namespace laraman::supervisor::test {
namespace {

using std::chrono::milliseconds;

class ControlServerTest : public testing::Test {
 protected:
  ControlServerTest() {
    auto server =
        ControlServer::open(*loop_, path_, [this](const nlohmann::json& request, ControlServer::Answer answer) {
          if (request["command"] == "later") {
            later_ = std::move(answer);
          } else {
            answer({{"ok", true}, {"heard", request["command"]}});
          }
        });
    server_ = std::move(*server);
  }

  UniqueFd connect() { return std::move(*net::connect_to(*net::SocketAddress::of_path(path_))); }

  // Sends, and returns what comes back: a line, or all up to the end.
  std::string exchange(const UniqueFd& client, const std::string& text) {
    if (::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0) return "cannot send";
    std::string answer;
    eventually([&] {
      loop_->run_once(milliseconds(1));
      char buffer[4096];
      const ssize_t size = ::recv(client.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (size > 0) answer.append(buffer, static_cast<std::size_t>(size));
      return size == 0 || answer.ends_with('\n');
    });
    return answer;
  }

  TemporaryDirectory directory_;
  const std::string path_ = directory_ / "control.sock";
  std::unique_ptr<net::EventLoop> loop_ = std::move(*net::EventLoop::create());
  ControlServer::Answer later_;
  std::unique_ptr<ControlServer> server_;
};

TEST_F(ControlServerTest, AnswersEachLine) {
  const UniqueFd client = connect();
  EXPECT_EQ(exchange(client, "{\"command\":\"a\"}\n"), "{\"heard\":\"a\",\"ok\":true}\n");
  EXPECT_EQ(exchange(client, "{\"command\":\"b\"}\n"), "{\"heard\":\"b\",\"ok\":true}\n");
}

TEST_F(ControlServerTest, RefusesWhatIsNoRequest) {
  for (const char* line : {"hello\n", "{}\n", "[]\n", "{\"command\":1}\n", "\n", "{\"command\":\n"}) {
    const UniqueFd client = connect();
    EXPECT_NE(exchange(client, line).find("\"ok\":false"), std::string::npos) << line;
  }
}

TEST_F(ControlServerTest, ClosesOnALineWithoutEnd) {
  const UniqueFd client = connect();
  EXPECT_EQ(exchange(client, std::string(10'000, 'x')), "");
}

TEST_F(ControlServerTest, AnswersLaterAndForgetsWhoHasLeft) {
  UniqueFd client = connect();
  const std::string line = "{\"command\":\"later\"}\n";
  ASSERT_EQ(::send(client.get(), line.data(), line.size(), 0), static_cast<ssize_t>(line.size()));
  eventually([&] {
    loop_->run_once(milliseconds(1));
    return later_ != nullptr;
  });
  later_({{"ok", true}});
  EXPECT_EQ(exchange(client, ""), "{\"ok\":true}\n");

  later_ = nullptr;
  ASSERT_EQ(::send(client.get(), line.data(), line.size(), 0), static_cast<ssize_t>(line.size()));
  eventually([&] {
    loop_->run_once(milliseconds(1));
    return later_ != nullptr;
  });
  client.reset();
  for (int i = 0; i < 5; ++i) loop_->run_once(milliseconds(1));
  later_({{"ok", true}});  // to nobody
  for (int i = 0; i < 5; ++i) loop_->run_once(milliseconds(1));
}

TEST_F(ControlServerTest, RemovesItsSocketInTheEnd) {
  server_.reset();
  const Result<ControlClient> client = ControlClient::connect(path_);
  ASSERT_FALSE(client.ok());
  EXPECT_EQ(client.error().code, ErrorCode::kUnavailable);
}

TEST_F(ControlServerTest, IsOneAtAPath) {
  const auto second = ControlServer::open(*loop_, path_, [](const nlohmann::json&, const ControlServer::Answer&) {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kExists);
}

TEST_F(ControlServerTest, ClientTellsARefusalATimeOutAndTheEnd) {
  std::thread turning([this] {
    for (int i = 0; i < 300; ++i) loop_->run_once(milliseconds(1));
    server_.reset();
  });
  Result<ControlClient> client = ControlClient::connect(path_);
  ASSERT_TRUE(client.ok());
  EXPECT_EQ((*client->ask({{"command", "a"}}, std::chrono::seconds(20)))["heard"], "a");
  EXPECT_FALSE(client->ask({{"no", "command"}}, std::chrono::seconds(20)).ok());
  const Result<nlohmann::json> slow = client->ask({{"command", "later"}}, milliseconds(10));
  ASSERT_FALSE(slow.ok());
  EXPECT_EQ(slow.error().code, ErrorCode::kTimeout);
  EXPECT_TRUE(client->wait_for_end(std::chrono::seconds(20)).ok());
  turning.join();
}

}  // namespace
}  // namespace laraman::supervisor::test
