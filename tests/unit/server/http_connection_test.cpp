#include "server/http_connection.h"

#include "port_fixture.h"

namespace laraman::server {
namespace {

using HttpConnectionTest = PortFixture;

TEST_F(HttpConnectionTest, BringsARequestToTheApplicationAndItsResponseBack) {
  Client client = connect();
  EXPECT_EQ(
      say(client,
          "POST /users/7?tab=a HTTP/1.1\r\nHost: example.com:8000\r\nCookie: a=1\r\nCookie: b=2\r\n"
          "Content-Type: text/plain\r\nX-Under_score: x\r\nX-Real: y\r\nProxy: z\r\nContent-Length: 5\r\n\r\nhello"),
      "");
  ASSERT_EQ(requests(), 1u);
  EXPECT_EQ(last().parameter("REQUEST_METHOD"), "POST");
  EXPECT_EQ(last().parameter("REQUEST_URI"), "/users/7?tab=a");
  EXPECT_EQ(last().parameter("QUERY_STRING"), "tab=a");
  EXPECT_EQ(last().parameter("SCRIPT_FILENAME"), options.public_directory + "/index.php");
  EXPECT_EQ(last().parameter("SERVER_NAME"), "example.com");
  EXPECT_EQ(last().parameter("REMOTE_ADDR"), "127.0.0.1");
  EXPECT_EQ(last().parameter("CONTENT_TYPE"), "text/plain");
  EXPECT_EQ(last().parameter("CONTENT_LENGTH"), "5");
  EXPECT_EQ(last().parameter("HTTP_COOKIE"), "a=1; b=2");
  EXPECT_EQ(last().parameter("HTTP_X_REAL"), "y");
  EXPECT_EQ(last().parameter("HTTP_X_UNDER_SCORE"), "<none>");
  EXPECT_EQ(last().parameter("HTTP_PROXY"), "<none>");
  EXPECT_EQ(last().parameter("LARAMAN_EVENTS"), "<none>");
  EXPECT_EQ(last().body(), "hello");

  last().answer(201, {{"Set-Cookie", "a=1"}, {"Content-Type", "text/html"}, {"Set-Cookie", "b=2"}}, "done");
  turn();
  const std::string response = client.read();
  EXPECT_EQ(status_of(response), 201);
  EXPECT_TRUE(has_line(response, "Set-Cookie: a=1"));
  EXPECT_TRUE(has_line(response, "Set-Cookie: b=2"));
  EXPECT_TRUE(has_line(response, "Transfer-Encoding: chunked"));
  EXPECT_NE(response.find("\r\nDate: "), std::string::npos);
  EXPECT_EQ(body_of(response), "4\r\ndone\r\n0\r\n\r\n");
}

TEST_F(HttpConnectionTest, ServesOneRequestAfterTheOther) {
  Client client = connect();
  for (int i = 0; i < 3; ++i) {
    say(client, "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_EQ(requests(), static_cast<std::size_t>(i + 1));
    last().answer(200, {{"Content-Length", "2"}}, "ok");
    turn();
    EXPECT_EQ(body_of(client.read()), "ok");
  }
  EXPECT_EQ(port->connections(), 1u);
}

TEST_F(HttpConnectionTest, AnswersPipelinedRequestsInOrder) {
  Client client = connect();
  say(client,
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxyGET /3 HTTP/1.1\r\n"
      "Host: a\r\n\r\n");
  for (const char* target : {"/1", "/2", "/3"}) {
    EXPECT_EQ(last().parameter("REQUEST_URI"), target);
    last().answer(200, {{"Content-Length", "2"}}, target);
    turn();
    EXPECT_EQ(body_of(client.read()), target);
  }
  EXPECT_EQ(requests(), 3u);
}

TEST_F(HttpConnectionTest, TakesRequestsByteByByte) {
  Client client = connect();
  const std::string request =
      "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;e=f\r\nde\r\n0\r\nT: u\r\n\r\n";
  for (const char c : request) {
    EXPECT_EQ(requests(), 0u);
    say(client, std::string_view(&c, 1));
  }
  ASSERT_EQ(requests(), 1u);
  EXPECT_EQ(last().body(), "abcde");
  EXPECT_EQ(last().parameter("CONTENT_LENGTH"), "5");
  EXPECT_EQ(last().parameter("HTTP_TRANSFER_ENCODING"), "<none>");
}

TEST_F(HttpConnectionTest, KeepsLargeBodiesInAFile) {
  Client client = connect();
  const std::string body(200'000, 'b');
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
  for (std::size_t at = 0; at < body.size(); at += 50'000) say(client, std::string_view(body).substr(at, 50'000));
  ASSERT_EQ(requests(), 1u);
  EXPECT_TRUE(last().bytes.empty());
  ASSERT_TRUE(last().body_file);
  EXPECT_EQ(last().body(), body);
}

// RFC 9110 section 10.1.1.
TEST_F(HttpConnectionTest, SaysContinueToWhoWaitsForIt) {
  Client client = connect();
  EXPECT_EQ(say(client, "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"),
            "HTTP/1.1 100 Continue\r\n\r\n");
  say(client, "ok");
  EXPECT_EQ(requests(), 1u);
}

TEST_F(HttpConnectionTest, SpeaksHttp10) {
  Client client = connect();
  say(client, "GET /x HTTP/1.0\r\n\r\n");
  last().answer(200, {}, "body");
  turn();
  const std::string response = client.read();
  EXPECT_TRUE(has_line(response, "Connection: close"));
  EXPECT_EQ(body_of(response), "body<end>");
  EXPECT_EQ(last().parameter("SERVER_PROTOCOL"), "HTTP/1.0");
  EXPECT_EQ(last().parameter("SERVER_NAME"), "127.0.0.1");

  Client persistent = connect();
  say(persistent, "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  last().answer(200, {{"Content-Length", "4"}}, "body");
  turn();
  const std::string second = persistent.read();
  EXPECT_TRUE(has_line(second, "Connection: keep-alive"));
  EXPECT_EQ(body_of(second), "body");
}

TEST_F(HttpConnectionTest, SendsNoBodyToHead) {
  Client client = connect();
  say(client, "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  last().answer(200, {{"Content-Length", "4"}}, "body");
  turn();
  const std::string response = client.read();
  EXPECT_TRUE(has_line(response, "Content-Length: 4"));
  EXPECT_EQ(body_of(response), "");
  say(client, "GET /y HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(requests(), 2u) << "the connection goes on";
}

TEST_F(HttpConnectionTest, SendsNoBodyWith204And304) {
  Client client = connect();
  for (const int status : {204, 304}) {
    say(client, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    last().answer(status, {}, "stray");
    turn();
    const std::string response = client.read();
    EXPECT_EQ(status_of(response), status);
    EXPECT_EQ(body_of(response), "");
  }
}

TEST_F(HttpConnectionTest, StreamsResponses) {
  Client client = connect();
  say(client, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  last().head(200);
  turn();
  EXPECT_EQ(status_of(client.read()), 200);
  last().handler->on_body("one");
  turn();
  EXPECT_EQ(client.read(), "3\r\none\r\n");
  last().handler->on_body("");
  last().handler->on_end();
  turn();
  EXPECT_EQ(client.read(), "0\r\n\r\n");
}

TEST_F(HttpConnectionTest, ClosesWhenTheClientAsks) {
  Client client = connect();
  say(client, "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  last().answer(200, {{"Content-Length", "2"}}, "ok");
  turn();
  const std::string response = client.read();
  EXPECT_TRUE(has_line(response, "Connection: close"));
  EXPECT_EQ(body_of(response), "ok<end>");
  client.close();
  turn();
  EXPECT_EQ(port->connections(), 0u);
}

TEST_F(HttpConnectionTest, AnswersOptionsOfTheServer) {
  Client client = connect();
  const std::string response = say(client, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(response), 200);
  EXPECT_NE(response.find("\r\nAllow: GET"), std::string::npos);
  EXPECT_EQ(requests(), 0u);
}

// Where nothing is spooled, a worker must not be read from faster than the client reads.
TEST_F(HttpConnectionTest, MakesTheWorkerOfAStreamWaitForASlowClient) {
  Client client = connect();
  say(client, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  last().head(200, {{"Content-Type", "text/event-stream"}});
  const std::string piece(64 * 1024, 'x');
  std::size_t sent = 0;
  for (; !last().paused && sent < (64u << 20); sent += piece.size()) {
    last().handler->on_body(piece);
    turn(1);
  }
  ASSERT_TRUE(last().paused);
  std::size_t got = 0;
  for (int i = 0; i < 1000 && last().paused; ++i) {
    got += client.read().size();
    turn(1);
  }
  EXPECT_FALSE(last().paused);
  EXPECT_GT(got, 0u);
  last().handler->on_end();
  for (int i = 0; i < 100; ++i) {
    got += client.read().size();
    turn(1);
  }
  EXPECT_GT(got, sent);
}

TEST_F(HttpConnectionTest, StopsAfterTheRequestsThatHaveBegun) {
  Client idle = connect();
  Client busy = connect();
  Client begun = connect();
  say(idle, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
  last().answer(200, {{"Content-Length", "0"}}, "");
  say(busy, "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  FakeUpstream::Exchange& under_way = last();
  say(begun, "GET /3 HTTP/1.1\r\nHo");
  idle.read();
  port->stop();
  turn();
  EXPECT_EQ(idle.read(), "<end>");
  under_way.answer(200, {{"Content-Length", "2"}}, "ok");
  turn();
  const std::string response = busy.read();
  EXPECT_TRUE(has_line(response, "Connection: close"));
  EXPECT_EQ(body_of(response), "ok<end>");
  say(begun, "st: a\r\n\r\n");
  last().answer(200, {{"Content-Length", "2"}}, "ok");
  turn();
  EXPECT_EQ(body_of(begun.read()), "ok<end>");
  busy.close();
  begun.close();
  turn();
  EXPECT_EQ(port->connections(), 0u);
}

}  // namespace
}  // namespace laraman::server
