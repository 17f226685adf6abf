#include "http/body_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "http/request_parser.h"

namespace laraman::http {
namespace {

Request request_with(std::string_view headers) {
  const std::string text = "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
  std::string_view bytes = text;
  RequestParser parser;
  EXPECT_EQ(parser.feed(bytes), RequestParser::State::kComplete);
  return parser.take();
}

Request chunked() { return request_with("Transfer-Encoding: chunked\r\n"); }

struct Outcome {
  std::string body;
  std::string rest;
  bool done;
  bool failed;
};

// Feeds `bytes` in pieces of `step`.
Outcome read(const Request& request, std::string_view bytes, std::size_t step) {
  BodyReader reader(request);
  Outcome outcome{};
  while (!bytes.empty() && !reader.done() && !reader.failed()) {
    std::string_view piece = bytes.substr(0, step);
    const std::size_t given = piece.size();
    for (auto body = reader.take(piece); !body.empty(); body = reader.take(piece)) outcome.body.append(body);
    bytes.remove_prefix(given - piece.size());
  }
  outcome.rest = bytes;
  outcome.done = reader.done();
  outcome.failed = reader.failed();
  return outcome;
}

TEST(BodyReader, IsDoneWithoutABody) {
  EXPECT_TRUE(BodyReader().done());
  EXPECT_TRUE(BodyReader(request_with("")).done());
  EXPECT_TRUE(BodyReader(request_with("Content-Length: 0\r\n")).done());
}

TEST(BodyReader, TakesTheLengthAndNoMore) {
  for (const std::size_t step : {1u, 2u, 100u}) {
    const Outcome outcome = read(request_with("Content-Length: 5\r\n"), "helloGET /", step);
    EXPECT_EQ(outcome.body, "hello");
    EXPECT_EQ(outcome.rest, "GET /");
    EXPECT_TRUE(outcome.done);
  }
  EXPECT_FALSE(read(request_with("Content-Length: 6\r\n"), "hello", 100).done);
}

// RFC 9112 section 7.1.
TEST(BodyReader, JoinsChunksInAnyPieces) {
  const std::string bytes =
      "5\r\nhello\r\n1;x=y\r\n \r\n00a;q=\"z\"\r\nwhole body\r\n0\r\nTrailer: x\r\nOther:\r\n\r\nGET /";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    const Outcome outcome = read(chunked(), bytes, step);
    EXPECT_EQ(outcome.body, "hello whole body") << step;
    EXPECT_EQ(outcome.rest, "GET /") << step;
    EXPECT_TRUE(outcome.done) << step;
  }
}

TEST(BodyReader, RefusesMalformedChunks) {
  const std::string digits(16, '0');
  const std::string cases[] = {
      "\r\n",
      "x\r\n",
      " 5\r\nhello\r\n",
      "5 \r\nhello\r\n",
      "-5\r\nhello\r\n",
      "0x5\r\nhello\r\n",
      ";a\r\n",
      "5\nhello\r\n0\r\n\r\n",
      "5\rhello\r\n",
      "5\r\nhello0\r\n\r\n",
      "5\r\nhello\n0\r\n\r\n",
      "5\r\nhello\r0\r\n\r\n",
      "5;a\nhello\r\n0\r\n\r\n",
      "5;\x01\r\nhello\r\n",
      digits + "5\r\nhello\r\n",
      "fffffffffffffffff\r\n",
      "0\r\nno colon\r\n\r\n",
      "0\r\nname : x\r\n\r\n",
      "0\r\n folded\r\n\r\n",
      "0\r\n: x\r\n\r\n",
      "0\r\nA: b\n\r\n",
      "0\r\n\n",
      "0\r\n\rx",
      "1;" + std::string(BodyReader::kMaxExtensionBytes + 1, 'x'),
      "0\r\nA: " + std::string(BodyReader::kMaxTrailerBytes, 'x'),
  };
  for (const std::string& bytes : cases) {
    EXPECT_TRUE(read(chunked(), bytes, bytes.size()).failed) << bytes.substr(0, 40);
    EXPECT_TRUE(read(chunked(), bytes, 1).failed) << bytes.substr(0, 40);
  }
}

}  // namespace
}  // namespace laraman::http
