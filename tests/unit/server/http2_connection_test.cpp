#include "server/http2_connection.h"

#include <functional>

#include "http2_client.h"

namespace laraman::server {
namespace {

using Http2ConnectionTest = Http2Fixture;
using std::chrono::seconds;

TEST_F(Http2ConnectionTest, BringsARequestToTheApplicationAndItsResponseBack) {
  auto client = connect_http2();
  const std::int32_t id = client->ask("POST", "/users/7?tab=a",
                                      {{"cookie", "a=1"},
                                       {"cookie", "b=2"},
                                       {"content-type", "text/plain"},
                                       {"x-real", "y"},
                                       {"proxy", "z"},
                                       {"content-length", "5"}},
                                      true);
  client->send(id, "hello");
  client->finish(id);
  exchange(*client);
  ASSERT_EQ(requests(), 1u);
  EXPECT_EQ(last().parameter("REQUEST_METHOD"), "POST");
  EXPECT_EQ(last().parameter("REQUEST_URI"), "/users/7?tab=a");
  EXPECT_EQ(last().parameter("SERVER_PROTOCOL"), "HTTP/2.0");
  EXPECT_EQ(last().parameter("SERVER_NAME"), "example.com");
  EXPECT_EQ(last().parameter("REMOTE_ADDR"), "127.0.0.1");
  EXPECT_EQ(last().parameter("CONTENT_TYPE"), "text/plain");
  EXPECT_EQ(last().parameter("CONTENT_LENGTH"), "5");
  EXPECT_EQ(last().parameter("HTTP_COOKIE"), "a=1; b=2");
  EXPECT_EQ(last().parameter("HTTP_X_REAL"), "y");
  EXPECT_EQ(last().parameter("HTTP_PROXY"), "<none>");
  EXPECT_EQ(last().body(), "hello");

  last().answer(201, {{"Set-Cookie", "a=1"}, {"Connection", "close"}, {"X-Mixed", "Z"}, {"Set-Cookie", "b=2"}}, "done");
  exchange(*client);
  const Http2Client::Answer& answer = client->answer(id);
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, "done");
  EXPECT_EQ(answer.closed, NGHTTP2_NO_ERROR);
  EXPECT_EQ(answer.field("x-mixed"), "Z");
  EXPECT_EQ(answer.field("connection"), "<none>");
  EXPECT_NE(answer.field("date"), "<none>");
  EXPECT_EQ(answer.field("set-cookie"), "a=1");
}

TEST_F(Http2ConnectionTest, AnswersManyRequestsInAnyOrder) {
  auto client = connect_http2();
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(client->ask("GET", "/" + std::to_string(i)));
  exchange(*client);
  ASSERT_EQ(requests(), 3u);
  for (const std::size_t i : {2u, 0u, 1u}) {
    upstream.exchanges[i]->answer(200, {}, upstream.exchanges[i]->parameter("REQUEST_URI"));
    exchange(*client);
    EXPECT_EQ(client->answer(ids[i]).body, "/" + std::to_string(i));
  }
  EXPECT_EQ(port->connections(), 1u);
}

TEST_F(Http2ConnectionTest, IsFoundByItsPrefaceHoweverThatComes) {
  Client raw = connect();
  for (const char c : Http2Connection::kPreface) {
    raw.send(std::string_view(&c, 1));
    turn();
  }
  const std::string said = raw.read();
  ASSERT_GT(said.size(), 9u);
  EXPECT_EQ(said[3], NGHTTP2_SETTINGS);
  EXPECT_FALSE(said.ends_with("<end>"));
}

TEST_F(Http2ConnectionTest, ServesFilesOfPublic) {
  const std::string content(300'000, 'f');
  write_file("build/app.js", content);
  auto client = connect_http2(1 << 20);
  const std::int32_t whole = client->ask("GET", "/build/app.js");
  const std::int32_t part = client->ask("GET", "/build/app.js", {{"range", "bytes=10-19"}});
  const std::int32_t head = client->ask("HEAD", "/build/app.js");
  exchange(*client, 8);
  EXPECT_EQ(client->answer(whole).status, 200);
  EXPECT_EQ(client->answer(whole).field("content-length"), "300000");
  EXPECT_EQ(client->answer(whole).body, content);
  EXPECT_EQ(client->answer(part).status, 206);
  EXPECT_EQ(client->answer(part).body.size(), 10u);
  EXPECT_EQ(client->answer(head).field("content-length"), "300000");
  EXPECT_EQ(client->answer(head).body, "");
  EXPECT_TRUE(client->answer(head).ended);
  EXPECT_EQ(requests(), 0u);
}

TEST_F(Http2ConnectionTest, SendsNoBodyWith204And304) {
  auto client = connect_http2();
  for (const int status : {204, 304}) {
    const std::int32_t id = client->ask("GET", "/x");
    exchange(*client);
    last().answer(status, {}, "stray");
    exchange(*client);
    EXPECT_EQ(client->answer(id).status, status);
    EXPECT_EQ(client->answer(id).body, "");
    EXPECT_EQ(client->answer(id).closed, NGHTTP2_NO_ERROR);
  }
}

TEST_F(Http2ConnectionTest, SendsAStreamedResponseAsItComes) {
  auto client = connect_http2();
  const std::int32_t id = client->ask("GET", "/events");
  exchange(*client);
  last().head(200, {{"Content-Type", "text/event-stream"}});
  last().handler->on_body("data: 1\n\n");
  exchange(*client);
  EXPECT_EQ(client->answer(id).body, "data: 1\n\n");
  EXPECT_FALSE(client->answer(id).ended);
  last().handler->on_body("data: 2\n\n");
  last().handler->on_end();
  exchange(*client);
  EXPECT_EQ(client->answer(id).body, "data: 1\n\ndata: 2\n\n");
  EXPECT_TRUE(client->answer(id).ended);
}

// Where nothing is spooled, the application is held back by the window of its own stream only.
TEST_F(Http2ConnectionTest, WaitsForASlowStreamAlone) {
  auto client = connect_http2(10'000);
  const std::int32_t slow = client->ask("GET", "/slow");
  exchange(*client);
  std::shared_ptr<FakeUpstream::Exchange> response = upstream.exchanges.back();
  response->head(200, {{"X-Accel-Buffering", "no"}});
  const std::string piece(100'000, 's');
  std::size_t written = 0;
  while (!response->paused && written < 10'000'000) {
    response->handler->on_body(piece);
    written += piece.size();
    exchange(*client, 1);
  }
  EXPECT_TRUE(response->paused);
  EXPECT_EQ(client->answer(slow).body.size(), 10'000u);

  const std::int32_t other = client->ask("GET", "/other");
  exchange(*client);
  last().answer(200, {}, "quick");
  exchange(*client);
  EXPECT_EQ(client->answer(other).body, "quick");

  while (client->answer(slow).body.size() < written) {
    const std::size_t before = client->answer(slow).body.size();
    client->open_window(slow);
    exchange(*client, 1);
    ASSERT_GT(client->answer(slow).body.size(), before);
  }
  EXPECT_FALSE(response->paused);
}

TEST_F(Http2ConnectionTest, KeepsLargeBodiesInAFile) {
  auto client = connect_http2();
  const std::string body(3'000'000, 'b');
  const std::int32_t id = client->ask("POST", "/x", {}, true);
  client->send(id, body);
  client->finish(id);
  for (int i = 0; i < 200 && requests() == 0; ++i) exchange(*client, 1);
  ASSERT_EQ(requests(), 1u);
  ASSERT_TRUE(last().body_file);
  EXPECT_EQ(last().parameter("CONTENT_LENGTH"), "3000000");
  EXPECT_EQ(last().parameter("HTTP_TRANSFER_ENCODING"), "<none>");
  EXPECT_EQ(last().body(), body);
}

TEST_F(Http2ConnectionTest, SaysContinueToWhoWaitsForIt) {
  auto client = connect_http2();
  const std::int32_t id = client->ask("POST", "/x", {{"expect", "100-continue"}, {"content-length", "2"}}, true);
  exchange(*client);
  EXPECT_EQ(client->answer(id).informational, 100);
  EXPECT_EQ(requests(), 0u);
  client->send(id, "ok");
  client->finish(id);
  exchange(*client);
  EXPECT_EQ(requests(), 1u);
}

TEST_F(Http2ConnectionTest, TellsTheWorkerOfAClientThatGivesUp) {
  auto client = connect_http2();
  const std::int32_t first = client->ask("GET", "/1");
  client->ask("GET", "/2");
  exchange(*client);
  client->reset(first);
  exchange(*client);
  EXPECT_TRUE(upstream.exchanges[0]->abandoned);
  EXPECT_FALSE(upstream.exchanges[1]->abandoned);
  client->socket().close();
  turn();
  EXPECT_TRUE(upstream.exchanges[1]->abandoned);
  EXPECT_EQ(port->connections(), 0u);
}

TEST_F(Http2ConnectionTest, ResetsAStreamWhoseAnswerBreaksOff) {
  auto client = connect_http2();
  const std::int32_t broken = client->ask("GET", "/1");
  const std::int32_t shorter = client->ask("GET", "/2");
  exchange(*client);
  upstream.exchanges[0]->head(200);
  upstream.exchanges[0]->handler->on_body("half");
  exchange(*client);
  upstream.exchanges[0]->handler->on_failure(backends::application::Failure::kTruncated);
  upstream.exchanges[1]->answer(200, {{"Content-Length", "10"}}, "short");
  exchange(*client);
  EXPECT_EQ(client->answer(broken).closed, NGHTTP2_INTERNAL_ERROR);
  EXPECT_EQ(client->answer(shorter).closed, NGHTTP2_INTERNAL_ERROR);
  EXPECT_FALSE(client->ended());
}

TEST_F(Http2ConnectionTest, RefusesWhatHttp11Refuses) {
  options.max_body_bytes = 10;
  options.request_limits.head = 8'000;
  auto client = connect_http2();
  const std::int32_t large = client->ask("POST", "/", {{"content-length", "11"}}, true);
  const std::int32_t grows = client->ask("POST", "/", {}, true);
  client->send(grows, "hello world");
  const std::int32_t reserved = client->ask("POST", "/", {{"content-type", "application/websocket-events"}}, true);
  const std::int32_t fields = client->ask("GET", "/", {{"x", std::string(5'000, 'x')}, {"y", std::string(5'000, 'y')}});
  const std::int32_t proxy = client->submit({{":method", "CONNECT"}, {":authority", "a:1"}}, true);
  const std::int32_t bad = client->ask("GET", "/ x");
  exchange(*client);
  EXPECT_EQ(client->answer(large).status, 413);
  EXPECT_EQ(client->answer(large).closed, NGHTTP2_NO_ERROR) << "it is not to send the rest";
  EXPECT_EQ(client->answer(grows).status, 413);
  EXPECT_EQ(client->answer(reserved).status, 415);
  EXPECT_EQ(client->answer(fields).status, 431);
  EXPECT_EQ(client->answer(proxy).status, 501);
  EXPECT_TRUE(client->answer(bad).status == 400 || client->answer(bad).closed == NGHTTP2_PROTOCOL_ERROR);
  EXPECT_EQ(requests(), 0u);
  client->ask("GET", "/good");
  exchange(*client);
  EXPECT_EQ(requests(), 1u) << "the connection goes on";
}

TEST_F(Http2ConnectionTest, WantsOneHost) {
  auto client = connect_http2();
  const std::int32_t same = client->ask("GET", "/", {{"host", "Example.com"}});
  const std::int32_t other = client->ask("GET", "/", {{"host", "example.org"}});
  const std::int32_t with_port = client->ask("GET", "/", {{"host", "example.com:8000"}});
  const std::int32_t tunnel = client->ask_websocket("/", {{"host", "example.org"}});
  const std::int32_t alone =
      client->submit({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"host", "example.org"}}, false);
  const std::int32_t out_of_range =
      client->submit({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "x:99999"}}, false);
  exchange(*client);
  for (const std::int32_t id : {other, with_port, tunnel, out_of_range}) {
    EXPECT_EQ(client->answer(id).status, 400) << id;
  }
  ASSERT_EQ(requests(), 2u);
  for (const std::int32_t id : {same, alone}) EXPECT_EQ(client->answer(id).status, 0) << "it waits for its answer";
}

TEST_F(Http2ConnectionTest, GivesUpABodyThatStops) {
  auto client = connect_http2();
  const std::int32_t id = client->ask("POST", "/", {}, true);
  client->send(id, "half");
  exchange(*client);
  pass(options.body_timeout + seconds(2));
  exchange(*client);
  EXPECT_EQ(client->answer(id).status, 408);
}

TEST_F(Http2ConnectionTest, ClosesWhenIdle) {
  auto client = connect_http2();
  const std::int32_t id = client->ask("GET", "/");
  exchange(*client);
  pass(options.idle_timeout + seconds(2));
  exchange(*client);
  EXPECT_FALSE(client->ended()) << "the application still works";
  last().answer(200, {}, "ok");
  exchange(*client);
  EXPECT_EQ(client->answer(id).body, "ok");
  pass(options.idle_timeout + seconds(2));
  exchange(*client);
  EXPECT_EQ(client->goaway(), NGHTTP2_NO_ERROR);
  EXPECT_TRUE(client->ended());
}

TEST_F(Http2ConnectionTest, ClosesWithoutAnAnswerOfTheClient) {
  Client silent = connect();
  silent.send(Http2Connection::kPreface);
  turn();
  pass(options.head_timeout + seconds(2));
  pass(seconds(6));
  EXPECT_TRUE(silent.read().ends_with("<end>"));
  silent.close();
  turn();
  EXPECT_EQ(port->connections(), 0u);
}

// What gives up the stream would stand behind all that the client does not take.
TEST_F(Http2ConnectionTest, ClosesAConnectionThatTakesNothing) {
  write_file("large.bin", std::string(30'000'000, 'f'));
  auto client = connect_http2(1 << 30);
  client->ask("GET", "/large.bin");
  client->send_all();
  turn(200);
  for (int i = 0; i < 130; ++i) pass(seconds(1));
  EXPECT_EQ(port->connections(), 0u);
}

TEST_F(Http2ConnectionTest, EndsAfterTheRequestsThatHaveBegunWhenItStops) {
  auto client = connect_http2();
  const std::int32_t id = client->ask("GET", "/");
  exchange(*client);
  port->stop();
  exchange(*client);
  EXPECT_EQ(client->goaway(), NGHTTP2_NO_ERROR);
  EXPECT_FALSE(client->ended());
  last().answer(200, {}, "ok");
  exchange(*client);
  EXPECT_EQ(client->answer(id).body, "ok");
  EXPECT_TRUE(client->ended());
}

// RFC 9113 section 10.5; CVE-2023-44487.
TEST_F(Http2ConnectionTest, EndsAConnectionThatResetsWhatItAsksForAgainAndAgain) {
  auto client = connect_http2();
  for (std::uint32_t i = 0; i <= Http2Connection::kMaxResets && !client->goaway(); ++i) {
    const std::int32_t id = client->ask("GET", "/");
    client->exchange();
    client->reset(id);
    exchange(*client, 1);
  }
  exchange(*client);
  EXPECT_EQ(client->goaway(), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_LE(requests(), Http2Connection::kMaxResets + 1);
}

std::string raw_frame(std::uint8_t type, std::int32_t stream, std::string_view payload, std::uint8_t flags = 0) {
  const std::string frame = {
      0, 0, static_cast<char>(payload.size()), static_cast<char>(type),  static_cast<char>(flags),
      0, 0, static_cast<char>(stream >> 8),    static_cast<char>(stream)};
  return frame + std::string(payload);
}
std::string raw_request(std::int32_t stream) {
  // RFC 7541 appendix A: GET, http, /, :authority x. END_HEADERS, END_STREAM.
  return raw_frame(NGHTTP2_HEADERS, stream, "\x82\x86\x84\x41\1x", 5);
}
// What a client begins with that does not care for the server's settings, and has no windows.
std::string raw_beginning() {
  return std::string(Http2Connection::kPreface) +
         raw_frame(NGHTTP2_SETTINGS, 0, std::string_view("\0\4\x7f\xff\xff\xff", 6)) +
         raw_frame(NGHTTP2_WINDOW_UPDATE, 0, std::string_view("\x7f\xff\0\0", 4));
}

// "MadeYouReset": the server resets, and the client is the cause.
TEST_F(Http2ConnectionTest, CountsItsOwnResetsForTheClientsErrors) {
  const auto too_large_a_window = [](std::int32_t id) {
    return raw_frame(NGHTTP2_WINDOW_UPDATE, id, "\x7f\xff\xff\xff");
  };
  const auto more_than_its_length = [](std::int32_t id) { return raw_frame(NGHTTP2_DATA, id, "too long"); };
  using Error = std::function<std::string(std::int32_t)>;
  for (const Error& error : {Error(too_large_a_window), Error(more_than_its_length)}) {
    auto client = connect_http2();
    std::uint32_t asked = 0;
    for (; asked <= Http2Connection::kMaxResets && !client->goaway(); ++asked) {
      const std::int32_t id = client->ask("POST", "/", {{"content-length", "3"}}, true);
      client->send_all();
      client->socket().send(error(id));
      turn();
      client->exchange();
    }
    exchange(*client);
    EXPECT_EQ(client->goaway(), NGHTTP2_ENHANCE_YOUR_CALM);
    EXPECT_GE(asked, Http2Connection::kMaxResets);
  }
}

TEST_F(Http2ConnectionTest, CountsStreamsThatItRefuses) {
  Client client = connect();
  client.send(raw_beginning());
  turn();
  client.read();
  std::string all;
  for (std::uint32_t i = 0; i < Http2Connection::kMaxStreams + Http2Connection::kMaxResets + 1; ++i) {
    client.send(raw_request(static_cast<std::int32_t>(2 * i + 1)));
    turn(1);
    all += client.read();
  }
  turn();
  all += client.read();
  EXPECT_EQ(requests(), Http2Connection::kMaxStreams);
  for (const auto& asked : upstream.exchanges) EXPECT_TRUE(asked->abandoned);
  EXPECT_TRUE(all.ends_with("<end>"));
}

TEST_F(Http2ConnectionTest, WorksForNobodyAboveTheLimitOfResets) {
  auto client = connect_http2();
  client->ask("GET", "/kept");
  exchange(*client);
  for (std::uint32_t i = 0; i <= Http2Connection::kMaxResets; ++i) {
    const std::int32_t id = client->ask("GET", "/");
    client->send_all();
    client->reset(id);
    client->send_all();  // and reads nothing
    turn(1);
  }
  turn();
  for (const auto& asked : upstream.exchanges) EXPECT_TRUE(asked->abandoned);
}

// What waits behind a full socket: here refusals of streams, as many a second as are allowed.
TEST_F(Http2ConnectionTest, EndsAConnectionThatDoesNotReadWhatItCauses) {
  Client client = connect();
  client.send(raw_beginning() + raw_request(1));
  turn();
  last().head(200);
  last().handler->on_body(std::string(16 << 20, 'x'));
  turn();
  std::int32_t id = 3;
  for (int second = 0; second < 5 && port->connections() > 0; ++second) {
    std::string bytes;
    for (int i = 0; i < 400; ++i, id += 2) bytes += raw_request(id);
    client.send(bytes);
    turn();
    pass(std::chrono::seconds(1));
  }
  EXPECT_EQ(port->connections(), 0u);
  for (const auto& asked : upstream.exchanges) EXPECT_TRUE(asked->abandoned);
}

TEST_F(Http2ConnectionTest, EndsAConnectionThatBreaksTheProtocol) {
  auto client = connect_http2();
  const std::int32_t id = client->ask("GET", "/");
  exchange(*client);
  client->socket().send(std::string_view("\0\0\1\0\0\0\0\0\0x", 10));  // DATA without a stream
  turn();
  exchange(*client);
  EXPECT_EQ(client->goaway(), NGHTTP2_PROTOCOL_ERROR);
  EXPECT_TRUE(client->ended());
  EXPECT_NE(client->answer(id).status, 200);
  EXPECT_TRUE(last().abandoned);

  auto other = connect_http2();
  other->ask("GET", "/");
  exchange(*other);
  EXPECT_EQ(requests(), 2u);
}

TEST_F(Http2ConnectionTest, HasALimitOfStreams) {
  auto client = connect_http2();
  EXPECT_EQ(client->setting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS), Http2Connection::kMaxStreams);
  for (std::uint32_t i = 0; i < Http2Connection::kMaxStreams + 10; ++i) client->ask("GET", "/");
  exchange(*client);
  EXPECT_EQ(requests(), Http2Connection::kMaxStreams);
}

}  // namespace
}  // namespace laraman::server
