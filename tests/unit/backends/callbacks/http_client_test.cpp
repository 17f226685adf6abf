#include "backends/callbacks/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "net/socket.h"

namespace laraman::backends::callbacks {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

class HttpClientTest : public testing::Test {
 protected:
  HttpClientTest() {
    client = std::move(*HttpClient::create(*loop, {.in_flight = 2, .waiting = 1, .max_response_bytes = 1000}));
  }

  void post(Duration timeout = std::chrono::seconds(5)) {
    const std::size_t number = answers.size();
    answers.emplace_back();
    client->post({url(), "text/plain", "text/plain", "the body"}, timeout,
                 [this, number](Result<HttpClient::Response> answer) { answers[number] = std::move(answer); });
  }
  std::string url() const { return "http://" + net::SocketAddress::of_local(listening.get()).to_string() + "/path"; }
  // The next connection of the client, with the request on it.
  UniqueFd accept(std::string* request = nullptr) {
    UniqueFd connection;
    for (int i = 0; i < 200 && !connection; ++i) {
      loop->run_once(milliseconds(5));
      connection.reset(::accept(listening.get(), nullptr, nullptr));
    }
    for (int i = 0; i < 200 && request != nullptr && request->find("the body") == std::string::npos; ++i) {
      loop->run_once(milliseconds(5));
      std::array<char, 4096> bytes;
      const ssize_t size = ::recv(connection.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (size > 0) request->append(bytes.data(), static_cast<std::size_t>(size));
    }
    return connection;
  }
  static void answer(const UniqueFd& connection, const std::string& text) {
    ASSERT_EQ(::send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  void turn_until_answered(std::size_t number) {
    for (int i = 0; i < 400 && !answers[number]; ++i) loop->run_once(milliseconds(5));
    ASSERT_TRUE(answers[number].has_value());
  }

  UniqueFd listening = std::move(*net::listen_on(*net::SocketAddress::of_host("127.0.0.1", 0)));
  std::unique_ptr<net::EventLoop> loop = std::move(*net::EventLoop::create());
  std::unique_ptr<HttpClient> client;
  std::vector<std::optional<Result<HttpClient::Response>>> answers;
};

TEST_F(HttpClientTest, PostsAndGivesTheAnswer) {
  post();
  std::string request;
  const UniqueFd connection = accept(&request);
  EXPECT_THAT(request, StartsWith("POST /path HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nContent-Type: text/plain\r\n"));
  EXPECT_FALSE(answers[0].has_value());
  answer(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone");
  turn_until_answered(0);
  ASSERT_TRUE(answers[0]->ok());
  EXPECT_EQ((*answers[0])->status, 404);
  EXPECT_EQ((*answers[0])->body, "none");
  EXPECT_EQ(client->pending(), 0u);
}

TEST_F(HttpClientTest, GivesUpAfterItsTime) {
  post(milliseconds(100));
  const UniqueFd connection = accept();
  turn_until_answered(0);
  EXPECT_EQ(answers[0]->error().code, ErrorCode::kTimeout);
}

TEST_F(HttpClientTest, TellsThatNobodyListens) {
  const std::string nobody = url();
  listening.reset();
  answers.emplace_back();
  client->post({nobody, "text/plain", "text/plain", ""}, std::chrono::seconds(5),
               [this](Result<HttpClient::Response> answer) { answers[0] = std::move(answer); });
  turn_until_answered(0);
  EXPECT_EQ(answers[0]->error().code, ErrorCode::kUnavailable);
}

TEST_F(HttpClientTest, TakesNoMoreOfAnAnswerThanItsLimit) {
  post();
  std::string request;
  const UniqueFd connection = accept(&request);
  answer(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + std::string(2000, 'x'));
  turn_until_answered(0);
  EXPECT_EQ(answers[0]->error().code, ErrorCode::kInvalid);
}

TEST_F(HttpClientTest, LetsSomeWaitAndRefusesTheRest) {
  for (int i = 0; i < 4; ++i) post();
  turn_until_answered(3);
  EXPECT_EQ(answers[3]->error().code, ErrorCode::kLimit);
  EXPECT_EQ(client->pending(), 3u);
  std::string request;
  const UniqueFd first = accept(&request);
  answer(first, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  const UniqueFd second = accept();
  const UniqueFd third = accept();
  EXPECT_TRUE(third) << "the one that waited";
}

}  // namespace
}  // namespace laraman::backends::callbacks
