#include "port_fixture.h"

namespace laraman::server {
namespace {

class StaticFileTest : public PortFixture {
 protected:
  std::string get(std::string_view path, std::string_view headers = "", std::string_view method = "GET") {
    Client client = connect();
    return say(client, std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" +
                           std::string(headers) + "\r\n");
  }
};

TEST_F(StaticFileTest, ComeFromThePublicDirectory) {
  write_file("build/app.css", "body{}");
  const std::string response = get("/build/app.css?v=1");
  EXPECT_EQ(status_of(response), 200);
  EXPECT_TRUE(has_line(response, "Content-Type: text/css; charset=utf-8"));
  EXPECT_TRUE(has_line(response, "Content-Length: 6"));
  EXPECT_TRUE(has_line(response, "Accept-Ranges: bytes"));
  EXPECT_NE(response.find("\r\nETag: \""), std::string::npos);
  EXPECT_NE(response.find("\r\nLast-Modified: "), std::string::npos);
  EXPECT_EQ(body_of(response), "body{}");
  EXPECT_EQ(requests(), 0u);
}

TEST_F(StaticFileTest, AreSentInPartsAndOnCondition) {
  write_file("a.txt", "0123456789");
  const std::string part = get("/a.txt", "Range: bytes=2-4\r\n");
  EXPECT_EQ(status_of(part), 206);
  EXPECT_TRUE(has_line(part, "Content-Range: bytes 2-4/10"));
  EXPECT_EQ(body_of(part), "234");
  const std::string beyond = get("/a.txt", "Range: bytes=10-\r\n");
  EXPECT_EQ(status_of(beyond), 416);
  EXPECT_TRUE(has_line(beyond, "Content-Range: bytes */10"));

  const std::size_t tag = part.find("ETag: ") + 6;
  const std::string etag = part.substr(tag, part.find("\r\n", tag) - tag);
  const std::string same = get("/a.txt", "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(status_of(same), 304);
  EXPECT_TRUE(has_line(same, "ETag: " + etag));
  EXPECT_EQ(body_of(same), "");
  EXPECT_EQ(status_of(get("/a.txt", "If-Match: \"other\"\r\n")), 412);
}

TEST_F(StaticFileTest, HaveHeads) {
  write_file("a.txt", "0123456789");
  const std::string response = get("/a.txt", "Range: bytes=2-4\r\n", "HEAD");
  EXPECT_EQ(status_of(response), 200) << "ranges are of GET alone";
  EXPECT_TRUE(has_line(response, "Content-Length: 10"));
  EXPECT_EQ(body_of(response), "");
}

TEST_F(StaticFileTest, AreServedPipelined) {
  write_file("a.txt", "a");
  write_file("empty.txt", "");
  Client client = connect();
  const std::string responses =
      say(client,
          "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /empty.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /app HTTP/1.1\r\n"
          "Host: a\r\n\r\n");
  EXPECT_TRUE(has_line(responses, "Content-Length: 0"));
  EXPECT_EQ(requests(), 1u);
}

TEST_F(StaticFileTest, LeaveTheRestToTheApplication) {
  write_file("index.php", "<?php");
  write_file("a.txt", "a");
  std::size_t expected = 0;
  for (const char* path : {"/", "/index.php", "/missing.txt", "/../../etc/passwd", "/%2e%2e/x", "/a.txt/b"}) {
    EXPECT_EQ(get(path), "") << path;
    EXPECT_EQ(requests(), ++expected) << path;
  }
  EXPECT_EQ(get("/a.txt", "Content-Length: 0\r\n", "POST"), "");
  EXPECT_EQ(requests(), ++expected);
}

// A client that asks for more than it reads must not make the server queue it all.
TEST_F(StaticFileTest, WaitForAClientThatReadsSlowly) {
  constexpr std::size_t kSize = 8 << 20;
  constexpr int kTimes = 2000;
  write_file("large.bin", std::string(kSize, 'x'));
  Client client = connect();
  std::string pipelined;
  for (int i = 0; i < kTimes; ++i) pipelined += "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n";
  client.send(pipelined);  // more than one reading takes
  turn();
  EXPECT_EQ(gateway->shard(0).slot().http_requests.load(), 1u);
  std::size_t got = 0;
  for (int i = 0; i < 2000 && got < 2 * kSize; ++i) {
    got += client.read().size();
    turn(1);
  }
  EXPECT_GE(got, 2 * kSize);
  EXPECT_LE(gateway->shard(0).slot().http_requests.load(), 4u);
}

TEST_F(StaticFileTest, AreSentWholeToClientsThatTakeTheirTime) {
  constexpr std::size_t kSize = 32 << 20;
  write_file("large.bin", std::string(kSize, 'x'));
  for (const char* connection : {"", "Connection: close\r\n"}) {
    Client client = connect();
    client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n" + std::string(connection) + "\r\n");
    turn();
    std::size_t got = 0;
    for (int i = 0; i < 3000 && got < kSize; ++i) {
      got += client.read().size();
      pass(std::chrono::seconds(10));
    }
    EXPECT_GE(got, kSize) << connection;
  }
}

}  // namespace
}  // namespace laraman::server
