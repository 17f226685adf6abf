#include "http/request_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace laraman::http {
namespace {

using State = RequestParser::State;

struct Outcome {
  State state = State::kIncomplete;
  int status = 0;
  std::string rest;
  Request request;
};

Outcome parse(std::string_view bytes, const RequestLimits& limits = {}) {
  RequestParser parser(limits);
  Outcome outcome;
  outcome.state = parser.feed(bytes);
  outcome.rest = bytes;
  outcome.status = parser.status();
  if (outcome.state == State::kComplete) outcome.request = parser.take();
  return outcome;
}

// A request line and Host before, an empty line after.
std::string with_headers(std::string_view lines) {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n";
}

TEST(RequestParser, ReadsARequest) {
  const Outcome outcome =
      parse("GET /a/b%20c?x=1&y=2 HTTP/1.1\r\nHost: example.com:8000\r\nAccept:text/html \r\nX-Empty:\r\n\r\nrest");
  ASSERT_EQ(outcome.state, State::kComplete);
  const Request& request = outcome.request;
  EXPECT_EQ(request.method(), "GET");
  EXPECT_EQ(request.target(), "/a/b%20c?x=1&y=2");
  EXPECT_EQ(request.path(), "/a/b%20c");
  EXPECT_EQ(request.query(), "x=1&y=2");
  EXPECT_EQ(request.version(), Version::kHttp11);
  EXPECT_EQ(request.header("host"), "example.com:8000");
  EXPECT_EQ(request.header("ACCEPT"), "text/html");
  EXPECT_EQ(request.header("x-empty"), "");
  EXPECT_TRUE(request.keep_alive());
  EXPECT_FALSE(request.has_body());
  EXPECT_EQ(outcome.rest, "rest");
}

TEST(RequestParser, ReadsTheSameByteByByte) {
  const std::string bytes = with_headers("Content-Length: 3\r\nConnection: close\r\n");
  RequestParser parser;
  EXPECT_FALSE(parser.begun());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string_view one = std::string_view(bytes).substr(i, 1);
    const State state = parser.feed(one);
    ASSERT_TRUE(one.empty());
    ASSERT_EQ(state, i + 1 < bytes.size() ? State::kIncomplete : State::kComplete) << i;
    EXPECT_TRUE(parser.begun());
  }
  const Request request = parser.take();
  EXPECT_EQ(request.method(), "POST");
  EXPECT_EQ(request.content_length(), 3u);
  EXPECT_FALSE(request.keep_alive());
  EXPECT_FALSE(parser.begun());
}

TEST(RequestParser, LeavesPipelinedRequestsAlone) {
  std::string_view bytes = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
  RequestParser parser;
  ASSERT_EQ(parser.feed(bytes), State::kComplete);
  EXPECT_EQ(parser.take().target(), "/1");
  ASSERT_EQ(parser.feed(bytes), State::kComplete);
  EXPECT_EQ(parser.take().target(), "/2");
  EXPECT_TRUE(bytes.empty());
}

// RFC 9112 section 2.2: an empty line before the request line is ignored.
TEST(RequestParser, IgnoresAnEmptyLineBefore) {
  EXPECT_EQ(parse("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").state, State::kComplete);
  EXPECT_EQ(parse("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").status, 400);
  RequestParser parser;
  std::string_view empty_line = "\r\n";
  parser.feed(empty_line);
  EXPECT_FALSE(parser.begun());
}

struct Case {
  const char* what;
  std::string bytes;
  int status;
};

TEST(RequestParser, RefusesMalformedRequests) {
  const std::string nul(1, '\0');
  const Case cases[] = {
      {"not HTTP", "hello\r\n", 400},
      {"HTTP/0.9", "GET /\r\n", 400},
      {"two spaces", "GET  / HTTP/1.1\r\n", 400},
      {"space in the target", "GET /a b HTTP/1.1\r\n", 400},
      {"tab for space", "GET\t/\tHTTP/1.1\r\n", 400},
      {"space before the method", " GET / HTTP/1.1\r\n", 400},
      {"space after the version", "GET / HTTP/1.1 \r\n", 400},
      {"method not a token", "G(T / HTTP/1.1\r\n", 400},
      {"lower-case version", "GET / http/1.1\r\n", 400},
      {"version of three parts", "GET / HTTP/1.1.1\r\n", 400},
      {"version without a digit", "GET / HTTP/1.x\r\n", 400},
      {"HTTP/2", "GET / HTTP/2.0\r\n", 505},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\n", 505},
      {"relative target", "GET a HTTP/1.1\r\n", 400},
      {"fragment", "GET /a#b HTTP/1.1\r\n", 400},
      {"malformed escape in the path", "GET /a%2 HTTP/1.1\r\n", 400},
      {"escape of no hexadecimal digits", "GET /%zz HTTP/1.1\r\n", 400},
      {"escaped NUL in the path", "GET /a%00b HTTP/1.1\r\n", 400},
      {"NUL in the target", "GET /" + nul + " HTTP/1.1\r\n", 400},
      {"asterisk of GET", "GET * HTTP/1.1\r\n", 400},
      {"CONNECT", "CONNECT a:80 HTTP/1.1\r\n", 501},
      {"unknown scheme", "GET ftp://a/ HTTP/1.1\r\n", 400},
      {"user in the authority", "GET http://me@a/ HTTP/1.1\r\n", 400},
      {"empty authority", "GET http:///a HTTP/1.1\r\n", 400},
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
      {"CR CR LF", "GET / HTTP/1.1\r\r\n", 400},
      {"bare LF after a header", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
      {"bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
      {"no Host in 1.1", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", with_headers("Host: a\r\n"), 400},
      {"Host with a port that is none", "GET / HTTP/1.1\r\nHost: x:99999\r\n\r\n", 400},
      {"the same in the target", "GET http://x:99999/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"space before the colon", with_headers("X : y\r\n"), 400},
      {"empty name", with_headers(": y\r\n"), 400},
      {"no colon", with_headers("X\r\n"), 400},
      {"folded line", with_headers("X: y\r\n z\r\n"), 400},
      {"space before the first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"CR in a value", with_headers("X: a\rb\r\n"), 400},
      {"NUL in a value", with_headers("X: a" + nul + "b\r\n"), 400},
      {"control character in a value", with_headers("X: a\x01\r\n"), 400},
      {"unknown expectation", with_headers("Expect: tea\r\n"), 417},
  };
  for (const Case& c : cases) {
    const Outcome outcome = parse(c.bytes);
    EXPECT_EQ(outcome.state, State::kRefused) << c.what;
    EXPECT_EQ(outcome.status, c.status) << c.what;
  }
}

// RFC 9112 sections 6.1, 6.3 and 11.2.
TEST(RequestParser, RefusesWhatCouldSmuggleARequest) {
  const Case cases[] = {
      {"length and chunked", with_headers("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunked and length", with_headers("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"), 400},
      {"two lengths", with_headers("Content-Length: 4\r\nContent-Length: 5\r\n"), 400},
      {"two equal lengths", with_headers("Content-Length: 4\r\nContent-Length: 4\r\n"), 400},
      {"two lengths in a list", with_headers("Content-Length: 4, 5\r\n"), 400},
      {"two equal lengths in a list", with_headers("Content-Length: 4, 4\r\n"), 400},
      {"signed length", with_headers("Content-Length: +4\r\n"), 400},
      {"negative length", with_headers("Content-Length: -4\r\n"), 400},
      {"hexadecimal length", with_headers("Content-Length: 0x4\r\n"), 400},
      {"length of two words", with_headers("Content-Length: 4 4\r\n"), 400},
      {"empty length", with_headers("Content-Length:\r\n"), 400},
      {"huge length", with_headers("Content-Length: 99999999999999999999\r\n"), 400},
      {"chunked twice", with_headers("Transfer-Encoding: chunked, chunked\r\n"), 400},
      {"chunked in two lines", with_headers("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunked not last", with_headers("Transfer-Encoding: chunked, gzip\r\n"), 400},
      {"another coding", with_headers("Transfer-Encoding: gzip\r\n"), 400},
      {"identity", with_headers("Transfer-Encoding: identity\r\n"), 400},
      {"empty coding", with_headers("Transfer-Encoding:\r\n"), 400},
      {"another coding before chunked", with_headers("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"vertical tab before chunked",
       with_headers("Transfer-Encoding: \x0b"
                    "chunked\r\n"),
       400},
      {"quoted chunked", with_headers("Transfer-Encoding: \"chunked\"\r\n"), 400},
      {"chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
  };
  for (const Case& c : cases) {
    const Outcome outcome = parse(c.bytes);
    EXPECT_EQ(outcome.state, State::kRefused) << c.what;
    EXPECT_EQ(outcome.status, c.status) << c.what;
  }
}

// RFC 9110 section 5.3.
TEST(RequestParser, JoinsTheLinesOfAListAndRefusesThoseOfOthers) {
  const http::Request request =
      parse(with_headers("X-A: 1\r\nCookie: a=1\r\nx-a:\r\nAccept: text/html\r\ncookie: b=2\r\nX-a: 2, 3\r\nX-AB: 4\r\n"
                         "COOKIE: c=3\r\nX-Empty:\r\nX-Empty:\r\nX-Late:\r\nX-Late: 5\r\n"))
          .request;
  EXPECT_EQ(request.header("x-a"), "1, 2, 3");
  EXPECT_EQ(request.header("x-ab"), "4");
  EXPECT_EQ(request.header("cookie"), "a=1; b=2; c=3");
  EXPECT_EQ(request.header("x-empty"), "");
  EXPECT_EQ(request.header("x-late"), "5");
  for (const http::Headers::Field field : request.headers()) EXPECT_EQ(request.headers().count(field.name), 1u);
  for (const std::string_view name : {"Host", "Content-Length", "Content-Type", "Authorization", "Origin", "Range"}) {
    const std::string line = std::string(name) + ": 1\r\n";
    const Outcome outcome = parse(with_headers(name == "Host" ? line : line + "X-B: 2\r\n" + line));
    EXPECT_EQ(outcome.status, 400) << name;
  }
}

TEST(RequestParser, JoinsTheLinesOfAListOfAsManyAsThereMayBe) {
  std::string lines;
  for (int i = 0; i < 120; ++i) lines += "X-A: " + std::string(400, 'a') + "\r\n";
  const http::Request request = parse(with_headers(lines)).request;
  EXPECT_EQ(request.header("X-A")->size(), 120u * 402 - 2);
}

TEST(RequestParser, ReadsTheFramingOfTheBody) {
  EXPECT_EQ(parse(with_headers("Content-Length: 42\r\n")).request.content_length(), 42u);
  EXPECT_TRUE(parse(with_headers("Transfer-Encoding: Chunked\r\n")).request.chunked());
  EXPECT_FALSE(parse(with_headers("Content-Length: 0\r\n")).request.has_body());
}

// RFC 9112 section 9.3.
TEST(RequestParser, KnowsWhetherTheConnectionGoesOn) {
  const auto keeps = [](std::string_view line, std::string_view headers) {
    return parse(std::string(line) + "\r\nHost: a\r\n" + std::string(headers) + "\r\n").request.keep_alive();
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1", ""));
  EXPECT_TRUE(keeps("GET / HTTP/1.2", ""));
  EXPECT_FALSE(keeps("GET / HTTP/1.1", "Connection: foo, Close\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0", ""));
  EXPECT_TRUE(keeps("GET / HTTP/1.0", "Connection: Keep-Alive\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0", "Connection: keep-alive, close\r\n"));
}

// RFC 9110 section 10.1.1.
TEST(RequestParser, KnowsWhoWaitsForAContinue) {
  EXPECT_TRUE(parse(with_headers("Expect: 100-Continue\r\nContent-Length: 3\r\n")).request.expects_continue());
  EXPECT_FALSE(parse(with_headers("Expect: 100-continue\r\n")).request.expects_continue());
  EXPECT_FALSE(
      parse("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n").request.expects_continue());
}

TEST(RequestParser, TakesBytesAboveAsciiInATarget) {
  const Outcome outcome = parse("GET /\xc3\xa9?q=\xff%00% HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_EQ(outcome.state, State::kComplete);
  EXPECT_EQ(outcome.request.path(), "/\xc3\xa9");
  EXPECT_EQ(outcome.request.query(), "q=\xff%00%");
}

// RFC 9112 section 3.2.2: the target's authority counts, not the Host field.
TEST(RequestParser, TakesAbsoluteTargetsApart) {
  struct Absolute {
    const char* target;
    const char* host;
    const char* path;
    const char* query;
  };
  for (const Absolute& c : {Absolute{"http://b:81/x?y", "b:81", "/x", "y"}, Absolute{"HTTPS://b/", "b", "/", ""},
                            Absolute{"http://b", "b", "/", ""}, Absolute{"http://b?y=/", "b", "/", "y=/"},
                            Absolute{"http://[::1]:8/z", "[::1]:8", "/z", ""}}) {
    const Outcome outcome = parse("GET " + std::string(c.target) + " HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n");
    ASSERT_EQ(outcome.state, State::kComplete) << c.target;
    EXPECT_EQ(outcome.request.header("Host"), c.host) << c.target;
    EXPECT_EQ(outcome.request.path(), c.path) << c.target;
    EXPECT_EQ(outcome.request.query(), c.query) << c.target;
    EXPECT_EQ(outcome.request.method(), "GET");
    EXPECT_EQ(outcome.request.header("X"), "y");
  }
  EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").request.target(), "*");
  EXPECT_EQ(parse("GET http://b/ HTTP/1.0\r\n\r\n").request.header("Host"), "b");
}

TEST(RequestParser, TakesNoMethodInLowerCase) {
  for (const char* method : {"get", "Get", "gET"}) {
    EXPECT_EQ(parse(std::string(method) + " / HTTP/1.1\r\nHost: a\r\n\r\n").status, 400) << method;
  }
  EXPECT_EQ(parse("M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n").request.method(), "M-SEARCH");
}

TEST(RequestParser, BoundsTheRequestLine) {
  RequestLimits limits;
  limits.request_line = 32;
  const std::string fits = "GET /" + std::string(32 - 14, 'a') + " HTTP/1.1";
  ASSERT_EQ(fits.size(), 32u);
  EXPECT_EQ(parse(fits + "\r\nHost: a\r\n\r\n", limits).state, State::kComplete);
  EXPECT_EQ(parse("GET /a" + fits.substr(5) + "\r\n", limits).status, 414);
  EXPECT_EQ(parse("GET /" + std::string(100, 'a'), limits).status, 414) << "without waiting for the line's end";
}

TEST(RequestParser, BoundsTheHeaders) {
  RequestLimits limits;
  limits.head = 64;
  limits.headers = 4;
  EXPECT_EQ(parse(with_headers("A: b\r\nC: d\r\nE: f\r\n"), limits).state, State::kComplete);
  EXPECT_EQ(parse(with_headers("A: b\r\nC: d\r\nE: f\r\nG: h\r\n"), limits).status, 431);
  EXPECT_EQ(parse(with_headers("A: " + std::string(64, 'b') + "\r\n"), limits).status, 431);
  EXPECT_EQ(parse("GET / HTTP/1.1\r\nA: " + std::string(64, 'b'), limits).status, 431) << "without waiting for the end";
}

TEST(RequestParser, StaysRefused) {
  RequestParser parser;
  std::string_view bytes = "x\r\n";
  EXPECT_EQ(parser.feed(bytes), State::kRefused);
  bytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(parser.feed(bytes), State::kRefused);
}

}  // namespace
}  // namespace laraman::http
