// Clients that read more slowly than the application writes: what they have not taken waits in a file, not in a worker.
#include "server/response_spool.h"

#include <gtest/gtest.h>

#include <chrono>

#include "http2_client.h"

namespace laraman::server {
namespace {

using std::chrono::seconds;

class ResponseSpoolTest : public Http2Fixture {
 protected:
  void limit(std::uint64_t response, std::uint64_t total, const std::string& directory = "/tmp") {
    SpoolLimits limits;
    limits.response = response;
    limits.total = total;
    limits.directory = directory;
    shares.spools = spools = std::make_shared<ResponseSpools>(limits);
  }
  // A client whose request has the head of its response.
  Client ask(std::initializer_list<http::Headers::Field> fields = {}) {
    Client client = connect();
    client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    turn();
    last().head(200, fields);
    return client;
  }
  // As a worker writes: in pieces, for as long as it is read from.
  static std::size_t produce(FakeUpstream::Exchange& exchange, std::size_t bytes, std::size_t from = 0) {
    const std::size_t begin = from;
    while (from < begin + bytes && !exchange.paused && !exchange.abandoned) {
      std::string piece;
      for (std::size_t i = 0; i < 4096; ++i, ++from) piece.push_back(static_cast<char>('a' + from / 4096 % 26));
      exchange.handler->on_body(piece);
    }
    return from - begin;
  }
  std::string read_all(Client& client, std::size_t size) {
    std::string all;
    const auto longest = std::chrono::steady_clock::now() + seconds(30);
    while (all.size() < size && std::chrono::steady_clock::now() < longest) {
      all += client.read();
      turn(1);
    }
    return all;
  }

  std::shared_ptr<ResponseSpools> spools;
};

constexpr std::size_t kLarge = 24 << 20;  // more than the kernel's buffers hold

TEST_F(ResponseSpoolTest, FreesTheWorkerOfAClientThatReadsNothing) {
  limit(1 << 30, 1 << 30);
  Client client = ask({{"Content-Length", std::to_string(kLarge)}});
  ASSERT_EQ(produce(last(), kLarge), kLarge);
  last().handler->on_end();
  turn();
  EXPECT_TRUE(last().abandoned) << "the exchange is over";
  EXPECT_GT(spools->bytes(), kLarge / 2);
  std::string response = read_all(client, kLarge);
  for (int i = 0; i < 20; ++i) {
    turn(1);
    response += client.read();
  }
  std::string body = body_of(response);
  ASSERT_EQ(body.size(), kLarge);
  for (std::size_t i = 0; i < kLarge; i += 4096) ASSERT_EQ(body[i], static_cast<char>('a' + i / 4096 % 26)) << i;
  EXPECT_EQ(spools->bytes(), 0u);
  EXPECT_EQ(status_of(say(client, "GET /missing HTTP/1.1\r\nHost: a\r\n\r\n")), 0) << "asked of the application";
  EXPECT_EQ(requests(), 2u) << "the connection goes on";
}

TEST_F(ResponseSpoolTest, FreesTheWorkersOfAnHttp2ConnectionWithoutAWindow) {
  limit(1 << 30, 1 << 30);
  auto client = connect_http2(0);
  for (int i = 0; i < 8; ++i) client->ask("GET", "/");
  exchange(*client);
  ASSERT_EQ(requests(), 8u);
  for (const auto& asked : upstream.exchanges) {
    asked->head(200);
    EXPECT_EQ(produce(*asked, 400 * 1024), 400u * 1024);
    asked->handler->on_end();
  }
  turn();
  for (const auto& asked : upstream.exchanges) EXPECT_TRUE(asked->abandoned);
  EXPECT_GT(spools->bytes(), 8u * 300 * 1024);
  for (int i = 0; i < 62; ++i) pass(seconds(1));
  exchange(*client);
  EXPECT_EQ(spools->bytes(), 0u) << "a client that takes nothing is given up";
}

TEST_F(ResponseSpoolTest, LetsTheWorkerWaitAboveTheBoundOfOneResponse) {
  limit(1 << 20, 1 << 30);
  Client client = ask();
  const std::size_t sent = produce(last(), kLarge);
  turn();
  EXPECT_TRUE(last().paused);
  EXPECT_LT(sent, kLarge);
  EXPECT_LE(spools->bytes(), 1u << 20);
  std::size_t total = sent;
  std::size_t got = 0;
  const auto longest = std::chrono::steady_clock::now() + seconds(30);
  while (total < kLarge && std::chrono::steady_clock::now() < longest) {
    got += client.read().size();
    turn(1);
    total += produce(last(), kLarge - total, total);
  }
  last().handler->on_end();
  if (got < kLarge) got += read_all(client, kLarge - got).size();
  EXPECT_GE(got, kLarge);
}

TEST_F(ResponseSpoolTest, GivesUpTheSlowestWhenAllFilesAreFull) {
  limit(1 << 30, 2 << 20);
  Client slow = ask();
  FakeUpstream::Exchange& of_slow = last();
  EXPECT_LT(produce(of_slow, kLarge), kLarge);
  EXPECT_TRUE(of_slow.paused);
  turn();
  EXPECT_TRUE(of_slow.abandoned) << "it is the only one, and the slowest";
  EXPECT_EQ(spools->given_up(), 1u);
  EXPECT_EQ(spools->bytes(), 0u);
}

// The slowest is the one that has taken the fewest bytes a second of its response, not the fewest, nor the one whose
// application has thought longest. Whose worker finds the files full does not matter.
TEST_F(ResponseSpoolTest, GivesUpTheSlowestOfSeveralClientsAndNoOther) {
  constexpr std::size_t kHalf = kLarge / 2;
  limit(1 << 30, kLarge);
  Client slow = ask();
  const auto of_slow = upstream.exchanges.back();
  ASSERT_EQ(produce(*of_slow, kHalf), kHalf);
  turn();
  const std::size_t taken = slow.read().size();
  Client second = connect();
  second.send("GET /slowly HTTP/1.1\r\nHost: a\r\n\r\n");
  turn();
  const auto of_second = upstream.exchanges.back();
  pass(seconds(50));
  Client first = ask();
  const auto of_first = upstream.exchanges.back();
  ASSERT_EQ(produce(*of_first, kHalf), kHalf);
  of_second->head(200);
  pass(seconds(1));

  std::size_t produced = 0;
  while (produced < kLarge && spools->given_up() == 0) {
    produced += produce(*of_second, kLarge / 32, produced);
    turn(1);
  }
  turn();
  EXPECT_GT(taken, 0U);
  EXPECT_LT(produced, kLarge) << "the files were full";
  EXPECT_TRUE(of_slow->abandoned);
  EXPECT_FALSE(of_first->abandoned);
  ASSERT_FALSE(of_second->abandoned);
  EXPECT_EQ(spools->given_up(), 1U);

  of_first->handler->on_end();
  of_second->handler->on_end();
  EXPECT_GE(read_all(first, kHalf).size(), kHalf);
  EXPECT_GE(read_all(second, produced).size(), produced);
  EXPECT_EQ(spools->given_up(), 1U);
  EXPECT_EQ(spools->bytes(), 0U);
}

TEST_F(ResponseSpoolTest, KeepsEventsAndUnbufferedResponsesOutOfFiles) {
  limit(1 << 30, 1 << 30);
  for (const http::Headers::Field& field : {http::Headers::Field{"Content-Type", "text/event-stream; charset=utf-8"},
                                            http::Headers::Field{"X-Accel-Buffering", "no"}}) {
    Client client = ask({field});
    EXPECT_LT(produce(last(), kLarge), 128u * 1024);
    EXPECT_TRUE(last().paused);
    EXPECT_EQ(spools->bytes(), 0u);
    turn();
    client.read();
    turn();
    EXPECT_FALSE(last().paused);
  }
}

TEST_F(ResponseSpoolTest, FallsBackToTheBoundInMemoryWithoutADirectory) {
  limit(1 << 30, 1 << 30, "/nowhere");
  Client client = ask();
  const std::size_t sent = produce(last(), kLarge);
  EXPECT_LT(sent, 256u * 1024);
  EXPECT_TRUE(last().paused);
  EXPECT_EQ(spools->bytes(), 0u);
  const std::size_t enough = 4 << 20;
  std::size_t total = sent;
  std::string got;
  const auto longest = std::chrono::steady_clock::now() + seconds(30);
  while (total < enough && std::chrono::steady_clock::now() < longest) {
    turn(1);
    got += client.read();
    total += produce(last(), enough - total, total);
  }
  last().handler->on_end();
  if (got.size() < enough) got += read_all(client, enough - got.size());
  EXPECT_GE(got.size(), enough);
  EXPECT_EQ(spools->given_up(), 0u);
}

}  // namespace
}  // namespace laraman::server
