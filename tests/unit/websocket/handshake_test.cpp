#include "websocket/handshake.h"

#include <gtest/gtest.h>

#include <string>

#include "http/request_parser.h"

namespace laraman::websocket {
namespace {

http::Request request_of(const std::string& text) {
  std::string_view bytes = text;
  http::RequestParser parser;
  EXPECT_EQ(parser.feed(bytes), http::RequestParser::State::kComplete) << text;
  return parser.take();
}

http::Request request_with(std::string_view headers, std::string_view line = "GET /chat HTTP/1.1") {
  return request_of(std::string(line) + "\r\nHost: example.com\r\n" + std::string(headers) + "\r\n");
}

constexpr std::string_view kGood =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n";

// kGood with one line replaced.
std::string good_but(std::string_view name, std::string_view line) {
  std::string text(kGood);
  const std::size_t begin = text.find(name);
  const std::size_t end = text.find("\r\n", begin) + 2;
  return text.replace(begin, end - begin, line);
}

int status_of(const http::Request& request) {
  Offer offer;
  const auto refusal = check_handshake(request, offer);
  return refusal ? refusal->head.status : 101;
}

// Section 1.3.
TEST(Handshake, AnswersTheExampleOfTheStandard) {
  EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  http::Headers more;
  more.add("Set-Cookie", "a=1");
  more.add("Content-Type", "text/html");
  more.add("Set-Cookie", "b=2");
  EXPECT_EQ(switching_protocols(request_with(kGood), {}, more),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n");
}

// RFC 8441 section 5.
TEST(Handshake, OverHttp2HasNeitherUpgradeNorKey) {
  http::Request request = request_with("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat\r\n");
  request.set_version(http::Version::kHttp2);
  Offer offer;
  EXPECT_FALSE(check_handshake(request, offer));
  EXPECT_EQ(offer.protocols, std::vector<std::string>{"chat"});
  http::Request old = request_with("Sec-WebSocket-Version: 8\r\n");
  old.set_version(http::Version::kHttp2);
  EXPECT_EQ(status_of(old), 400);
  http::Headers more;
  more.add("Set-Cookie", "a=1");
  more.add("Sec-WebSocket-Protocol", "other");
  const http::ResponseHead head = accepting_head({"chat", "permessage-deflate"}, more);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.size(), 3u);
  EXPECT_EQ(head.headers.get("Sec-WebSocket-Protocol"), "chat");
  EXPECT_EQ(head.headers.get("Sec-WebSocket-Extensions"), "permessage-deflate");
  EXPECT_EQ(head.headers.get("Set-Cookie"), "a=1");
}

TEST(Handshake, AnswersWhatWasAgreedOnAndNothingElse) {
  http::Headers more;
  more.add("Sec-WebSocket-Protocol", "other");
  more.add("Sec-WebSocket-Extensions", "other");
  const std::string response = switching_protocols(request_with(kGood), {"chat", "permessage-deflate"}, more);
  EXPECT_NE(response.find("\r\nSec-WebSocket-Protocol: chat\r\n"), std::string::npos);
  EXPECT_NE(response.find("\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"), std::string::npos);
  EXPECT_EQ(response.find("other"), std::string::npos);
  EXPECT_EQ(switching_protocols(request_with(kGood), {}, more).find("Sec-WebSocket-Protocol"), std::string::npos);
}

// Section 4.1 item 10.
TEST(Handshake, ReadsOfferedProtocols) {
  const auto offered = [](std::string_view headers) { return offered_protocols(request_with(headers).headers()); };
  EXPECT_EQ(*offered(""), std::vector<std::string>());
  EXPECT_EQ(*offered("Sec-WebSocket-Protocol: chat.v2, chat\r\nSec-WebSocket-Protocol: x\r\n"),
            (std::vector<std::string>{"chat.v2", "chat", "x"}));
  EXPECT_FALSE(offered("Sec-WebSocket-Protocol: a b\r\n"));
  EXPECT_FALSE(offered("Sec-WebSocket-Protocol: a/1\r\n"));
  EXPECT_FALSE(offered("Sec-WebSocket-Protocol: a, b, a\r\n"));
}

TEST(Handshake, KnowsWhoAsks) {
  EXPECT_TRUE(asks_for_websocket(request_with(kGood)));
  EXPECT_TRUE(asks_for_websocket(request_with("Upgrade: h2c, WebSocket\r\n")));
  EXPECT_FALSE(asks_for_websocket(request_with("")));
  EXPECT_FALSE(asks_for_websocket(request_with("Upgrade: h2c\r\n")));
  // RFC 9110 section 7.8: in HTTP/1.0 the field is ignored.
  EXPECT_FALSE(asks_for_websocket(request_with(kGood, "GET / HTTP/1.0")));
}

// Section 4.2.1.
TEST(Handshake, ChecksTheRequest) {
  struct Case {
    const char* what;
    std::string headers;
    int status;
  };
  const Case cases[] = {
      {"good", std::string(kGood), 101},
      {"lists, any case", good_but("Connection", "connection: keep-alive, UPGRADE\r\n"), 101},
      {"Firefox", good_but("Connection", "Connection: keep-alive, Upgrade\r\n"), 101},
      {"no Connection", good_but("Connection", ""), 400},
      {"Connection without Upgrade", good_but("Connection", "Connection: keep-alive\r\n"), 400},
      {"no key", good_but("Sec-WebSocket-Key", ""), 400},
      {"short key", good_but("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n"), 400},
      {"long key", good_but("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZTEy\r\n"), 400},
      {"key not base64", good_but("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j*Q==\r\n"), 400},
      {"two keys", std::string(kGood) + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 400},
      {"no version", good_but("Sec-WebSocket-Version", ""), 426},
      {"version 8", good_but("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8\r\n"), 426},
      {"a sub-protocol twice", std::string(kGood) + "Sec-WebSocket-Protocol: a, a\r\n", 400},
      {"malformed extensions", std::string(kGood) + "Sec-WebSocket-Extensions: a;\r\n", 400},
      {"unknown extensions", std::string(kGood) + "Sec-WebSocket-Extensions: a; b=\"c\", d\r\n", 101},
      {"a body", std::string(kGood) + "Content-Length: 1\r\n", 400},
  };
  for (const Case& c : cases) EXPECT_EQ(status_of(request_with(c.headers)), c.status) << c.what;
  EXPECT_EQ(status_of(request_with(kGood, "POST / HTTP/1.1")), 400);
}

// Section 4.4.
TEST(Handshake, NamesTheVersionThatItSpeaks) {
  Offer offer;
  const auto refusal =
      check_handshake(request_with(good_but("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8\r\n")), offer);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->head.headers.get("Sec-WebSocket-Version"), "13");
  EXPECT_EQ(refusal->head.headers.get("Upgrade"), "websocket");
}

}  // namespace
}  // namespace laraman::websocket
