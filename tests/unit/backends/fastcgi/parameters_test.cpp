#include "backends/fastcgi/parameters.h"

#include <gtest/gtest.h>

#include <map>

#include "http/request_parser.h"
#include "wire/fastcgi.h"

namespace laraman::backends::fastcgi {
namespace {

using Parameters = std::map<std::string, std::string>;

http::Request parse(std::string_view text) {
  http::RequestParser parser;
  EXPECT_EQ(parser.feed(text), http::RequestParser::State::kComplete);
  return parser.take();
}

Parameters decode(const std::string& encoded) {
  Parameters all;
  wire::fastcgi::PairReader reader(encoded);
  while (const auto pair = reader.next()) {
    EXPECT_TRUE(all.emplace(pair->name, pair->value).second) << "twice: " << pair->name;
  }
  EXPECT_FALSE(reader.malformed());
  return all;
}

application::RequestOrigin origin() { return {"192.0.2.7", 4711, "127.0.0.1", 8000, false, "/srv/app/public"}; }

TEST(RequestParameters, SayWhatPhpExpects) {
  const Parameters all = decode(
      request_parameters(parse("POST /a%20b?x=1&y HTTP/1.1\r\nHost: example.com:8000\r\nContent-Type: text/plain\r\n"
                               "Content-Length: 5\r\nX-Custom: v\r\nCookie: a=1\r\n\r\n"),
                         origin(), 5));
  EXPECT_EQ(all.at("REQUEST_METHOD"), "POST");
  EXPECT_EQ(all.at("REQUEST_URI"), "/a%20b?x=1&y");
  EXPECT_EQ(all.at("DOCUMENT_URI"), "/a%20b");
  EXPECT_EQ(all.at("QUERY_STRING"), "x=1&y");
  EXPECT_EQ(all.at("SCRIPT_NAME"), "/index.php");
  EXPECT_EQ(all.at("SCRIPT_FILENAME"), "/srv/app/public/index.php");
  EXPECT_EQ(all.at("SERVER_PROTOCOL"), "HTTP/1.1");
  EXPECT_EQ(all.at("SERVER_NAME"), "example.com");
  EXPECT_EQ(all.at("SERVER_PORT"), "8000");
  EXPECT_EQ(all.at("REMOTE_ADDR"), "192.0.2.7");
  EXPECT_EQ(all.at("REMOTE_PORT"), "4711");
  EXPECT_EQ(all.at("CONTENT_TYPE"), "text/plain");
  EXPECT_EQ(all.at("CONTENT_LENGTH"), "5");
  EXPECT_EQ(all.at("HTTP_HOST"), "example.com:8000");
  EXPECT_EQ(all.at("HTTP_X_CUSTOM"), "v");
  EXPECT_EQ(all.at("HTTP_COOKIE"), "a=1");
  EXPECT_FALSE(all.contains("HTTP_CONTENT_TYPE"));
  EXPECT_FALSE(all.contains("HTTPS"));
}

TEST(RequestParameters, KeepALengthOfNothingAndAnEmptyCookie) {
  const Parameters all = decode(
      request_parameters(parse("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nCookie:\r\n\r\n"), origin(), 0));
  EXPECT_EQ(all.at("CONTENT_LENGTH"), "0");
  EXPECT_EQ(all.at("HTTP_COOKIE"), "");
  const Parameters without = decode(request_parameters(parse("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), origin(), 0));
  EXPECT_FALSE(without.contains("CONTENT_LENGTH"));
  EXPECT_FALSE(without.contains("HTTP_COOKIE"));
}

TEST(RequestParameters, GiveTheLengthOfAChunkedBody) {
  const Parameters all = decode(
      request_parameters(parse("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"), origin(), 1234));
  EXPECT_EQ(all.at("CONTENT_LENGTH"), "1234");
  EXPECT_FALSE(all.contains("HTTP_TRANSFER_ENCODING"));
}

// RFC 9110 section 5.3, RFC 9113 section 8.2.3.
TEST(RequestParameters, JoinTheLinesOfOneFieldForRequestsAndHandshakesAlike) {
  const http::Request request = parse(
      "GET / HTTP/1.1\r\nHost: x\r\nCookie: a=1\r\nX-List: 1\r\nCookie: b=2\r\nX-List: 2\r\nX-Forwarded-For: "
      "192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n\r\n");
  for (const Parameters& all : {decode(request_parameters(request, origin(), 0)),
                                decode(handshake_parameters(request, origin(), gateway::ConnectionId()))}) {
    EXPECT_EQ(all.at("HTTP_COOKIE"), "a=1; b=2");
    EXPECT_EQ(all.at("HTTP_X_LIST"), "1, 2");
    EXPECT_EQ(all.at("HTTP_X_FORWARDED_FOR"), "192.0.2.1, 192.0.2.2");
  }
}

TEST(RequestParameters, LeaveOutWhatAClientMayNotSay) {
  const Parameters all = decode(request_parameters(
      parse("GET / HTTP/1.1\r\nHost: x\r\nGrip-Sig: forged\r\nConnection-Id: forged\r\nMeta-User: forged\r\n"
            "Proxy: evil\r\nX_Forwarded_For: spoofed\r\nmeta-socket: forged\r\nLaraman-Events: 1\r\n\r\n"),
      origin(), 0));
  for (const char* name : {"HTTP_GRIP_SIG", "HTTP_CONNECTION_ID", "HTTP_META_USER", "HTTP_META_SOCKET", "HTTP_PROXY",
                           "HTTP_X_FORWARDED_FOR", "LARAMAN_EVENTS"}) {
    EXPECT_FALSE(all.contains(name)) << name;
  }
  EXPECT_EQ(all.at("HTTP_LARAMAN_EVENTS"), "1");  // a header can only become HTTP_*
}

TEST(RequestParameters, KnowTheEventExchangesContentType) {
  EXPECT_TRUE(application::has_reserved_content_type(
      parse("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: Application/WebSocket-Events; x=y\r\n\r\n")));
  EXPECT_FALSE(
      application::has_reserved_content_type(parse("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n\r\n")));
}

TEST(RequestParameters, NameTheServerWithoutItsPort) {
  for (const auto& [host, name] : std::map<std::string, std::string>{{"example.com", "example.com"},
                                                                     {"example.com:80", "example.com"},
                                                                     {"[::1]:8000", "[::1]"},
                                                                     {"[::1]", "[::1]"}}) {
    EXPECT_EQ(decode(request_parameters(parse("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"), origin(), 0))
                  .at("SERVER_NAME"),
              name);
  }
}

TEST(HandshakeParameters, MakeTheOpenRequest) {
  const gateway::ConnectionId id = *gateway::ConnectionId::parse("7f00000117ae6b04cfb703d61e0b");
  const Parameters all = decode(handshake_parameters(
      parse("GET /chat/1?t=2 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nCookie: s=1\r\n"
            "Accept: text/html\r\nConnection-Id: forged\r\nOrigin: http://x\r\n\r\n"),
      origin(), id));
  EXPECT_EQ(all.at("REQUEST_METHOD"), "POST");
  EXPECT_EQ(all.at("REQUEST_URI"), "/chat/1?t=2");
  EXPECT_EQ(all.at("CONTENT_TYPE"), "application/websocket-events");
  EXPECT_EQ(all.at("HTTP_ACCEPT"), "application/websocket-events");
  EXPECT_EQ(all.at("CONTENT_LENGTH"), "6");
  EXPECT_EQ(all.at("HTTP_CONNECTION_ID"), id.hex());
  EXPECT_EQ(all.at("LARAMAN_EVENTS"), "1");
  EXPECT_EQ(all.at("HTTP_COOKIE"), "s=1");
  EXPECT_EQ(all.at("HTTP_ORIGIN"), "http://x");
}

}  // namespace
}  // namespace laraman::backends::fastcgi
