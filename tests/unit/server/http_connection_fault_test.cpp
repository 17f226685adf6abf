#include "port_fixture.h"
#include "server/http_connection.h"

namespace laraman::server {
namespace {

using std::chrono::seconds;

class HttpConnectionFaultTest : public PortFixture {
 protected:
  // The status of the answer to `bytes`; the connection must end after it.
  int refused(std::string_view bytes) {
    Client client = connect();
    const std::string response = say(client, bytes);
    EXPECT_TRUE(has_line(response, "Connection: close")) << response;
    EXPECT_TRUE(response.ends_with("<end>")) << response;
    return status_of(response);
  }
};

TEST_F(HttpConnectionFaultTest, RefusesMalformedRequests) {
  EXPECT_EQ(refused("hello\r\n\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/3.0\r\n"), 505);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n"), 400);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 400);
  EXPECT_EQ(refused("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n"), 414);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'a') + "\r\n\r\n"), 431);
  EXPECT_EQ(requests(), 0u);
}

TEST_F(HttpConnectionFaultTest, RefusesLargeBodies) {
  options.max_body_bytes = 10;
  EXPECT_EQ(refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n"), 413);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n"), 413);
  EXPECT_EQ(requests(), 0u);
}

// What only the gateway may say to the application.
TEST_F(HttpConnectionFaultTest, RefusesToBeSpokenThrough) {
  EXPECT_EQ(
      refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/websocket-events\r\nContent-Length: 6\r\n\r\n"
              "OPEN\r\n"),
      415);
  Client client = connect();
  say(client, "GET / HTTP/1.1\r\nHost: a\r\nConnection-Id: 1\r\nMeta-User: 1\r\nGrip-Sig: x\r\nX: y\r\n\r\n");
  EXPECT_EQ(last().parameter("HTTP_CONNECTION_ID"), "<none>");
  EXPECT_EQ(last().parameter("HTTP_META_USER"), "<none>");
  EXPECT_EQ(last().parameter("HTTP_GRIP_SIG"), "<none>");
  EXPECT_EQ(last().parameter("HTTP_X"), "y");
}

TEST_F(HttpConnectionFaultTest, AnswersWhatWasGoodBeforeWhatWasBad) {
  Client client = connect();
  say(client, "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nbad\r\n\r\n");
  last().answer(200, {}, "");
  turn();
  const std::string responses = client.read();
  EXPECT_EQ(status_of(responses), 200);
  const std::size_t second = responses.find("HTTP/1.1 400 Bad Request\r\n");
  ASSERT_NE(second, std::string::npos);
  EXPECT_EQ(body_of(responses.substr(second)), "400 Bad Request\n<end>") << "the HEAD was the request before";
}

TEST_F(HttpConnectionFaultTest, AnswersForWorkersThatFail) {
  Client client = connect();
  say(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  last().handler->on_failure(backends::application::Failure::kNoWorker);
  turn();
  EXPECT_EQ(status_of(client.read()), 503);
  say(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  last().handler->on_failure(backends::application::Failure::kWorkerLost);
  turn();
  EXPECT_EQ(status_of(client.read()), 502);
  EXPECT_EQ(requests(), 2u) << "on one connection";
}

TEST_F(HttpConnectionFaultTest, ShowsThatAResponseIsNotWhole) {
  Client chunked = connect();
  say(chunked, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  last().head(200);
  last().handler->on_body("part");
  last().handler->on_failure(backends::application::Failure::kTruncated);
  turn();
  EXPECT_EQ(body_of(chunked.read()), "4\r\npart\r\n<end>");

  Client counted = connect();
  say(counted, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  last().answer(200, {{"Content-Length", "10"}}, "part");
  turn();
  EXPECT_EQ(body_of(counted.read()), "part<end>");
}

TEST_F(HttpConnectionFaultTest, SendsNoMoreThanTheLengthThatWasPromised) {
  Client client = connect();
  say(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  last().answer(200, {{"Content-Length", "2"}}, "okHTTP/1.1 200 OK\r\n");
  turn();
  EXPECT_EQ(body_of(client.read()), "ok");
}

TEST_F(HttpConnectionFaultTest, TellsTheWorkerThatTheClientIsGone) {
  Client client = connect();
  say(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_FALSE(last().abandoned);
  client.close();
  turn();
  EXPECT_TRUE(last().abandoned);
  EXPECT_EQ(port->connections(), 0u);
}

// A FIN does not say whether its sender still reads. As nginx does, the session takes it for the end of the client: so
// the work for a client that has left ends, and its request leaves the queue, before there is anything to send.
TEST_F(HttpConnectionFaultTest, TakesAClientThatHasEndedSendingForGone) {
  Client client = connect();
  say(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.end_sending();
  turn();
  EXPECT_TRUE(last().abandoned);
  EXPECT_EQ(client.read(), "<end>");
  Client answered = connect();
  say(answered, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  last().answer(200, {{"Content-Length", "2"}}, "ok");
  answered.end_sending();
  turn();
  EXPECT_EQ(body_of(answered.read()), "ok<end>") << "what is answered already is sent";
}

TEST_F(HttpConnectionFaultTest, AnswersRequestsThatEndInTheMiddle) {
  for (const char* bytes : {"GET / HTTP/1.1\r\nHost", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel"}) {
    Client client = connect();
    client.send(bytes);
    client.end_sending();
    turn();
    EXPECT_EQ(status_of(client.read()), 400) << bytes;
  }
  Client silent = connect();
  silent.end_sending();
  turn();
  EXPECT_EQ(silent.read(), "<end>");
  EXPECT_EQ(requests(), 0u);
}

// ---- time

TEST_F(HttpConnectionFaultTest, AnswersSlowHeadsWith408) {
  Client client = connect();
  say(client, "GET / HTTP/1.1\r\n");
  for (int i = 0; i < 9; ++i) {
    pass(seconds(1));
    client.send("X: y\r\n");  // a little now and then does not help
    turn();
  }
  EXPECT_EQ(client.read(), "");
  pass(seconds(2));
  EXPECT_EQ(status_of(client.read()), 408);
}

TEST_F(HttpConnectionFaultTest, AnswersSlowBodiesWith408) {
  Client client = connect();
  say(client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
  pass(options.body_timeout - seconds(1));
  EXPECT_EQ(client.read(), "");
  pass(seconds(2));
  const std::string response = client.read();
  EXPECT_EQ(status_of(response), 408);
  EXPECT_TRUE(response.ends_with("<end>"));
}

TEST_F(HttpConnectionFaultTest, ClosesIdleConnectionsWithoutAWord) {
  Client silent = connect();
  Client idle = connect();
  say(idle, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  last().answer(200, {{"Content-Length", "0"}}, "");
  turn();
  idle.read();
  pass(options.head_timeout + seconds(1));
  EXPECT_EQ(silent.read(), "<end>");
  EXPECT_EQ(idle.read(), "");
  pass(options.idle_timeout);
  EXPECT_EQ(idle.read(), "<end>");
  EXPECT_EQ(port->connections(), 0u);
}

TEST_F(HttpConnectionFaultTest, LetsTheApplicationTakeItsTime) {
  Client client = connect();
  say(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  for (int i = 0; i < 10; ++i) pass(seconds(60));
  EXPECT_EQ(client.read(), "");
  last().answer(200, {{"Content-Length", "2"}}, "ok");
  turn();
  EXPECT_EQ(body_of(client.read()), "ok");
}

TEST_F(HttpConnectionFaultTest, ClosesOnAClientThatTakesNothing) {
  Client client = connect();
  say(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  last().head(200, {{"X-Accel-Buffering", "no"}});
  while (!last().paused) {
    last().handler->on_body(std::string(64 * 1024, 'x'));
    turn(1);
  }
  pass(seconds(1));
  pass(options.send_timeout + seconds(1));
  EXPECT_TRUE(last().abandoned);
  EXPECT_EQ(port->connections(), 0u);
}

}  // namespace
}  // namespace laraman::server
