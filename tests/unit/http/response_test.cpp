#include "http/response.h"

#include <gtest/gtest.h>

#include "http/content_type.h"

namespace laraman::http {
namespace {

ResponseHead head_of(int status, std::initializer_list<Headers::Field> fields = {}) {
  ResponseHead head;
  head.status = status;
  for (const Headers::Field& field : fields) head.headers.add(field.name, field.value);
  return head;
}

TEST(Response, KnowsReasonPhrases) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(419), "Page Expired");
  EXPECT_EQ(reason_phrase(425), "Too Early");
  EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
  EXPECT_EQ(reason_phrase(451), "Unavailable For Legal Reasons");
  EXPECT_EQ(reason_phrase(100), "Continue");
  EXPECT_EQ(reason_phrase(511), "Network Authentication Required");
  EXPECT_EQ(reason_phrase(299), "Unknown");
}

TEST(Response, WritesAHeadWithLength) {
  std::string out;
  ResponseOptions options;
  options.content_length = 5;
  options.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  const WrittenHead written =
      append_response_head(out, head_of(200, {{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}}), options);
  EXPECT_EQ(out,
            "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Length: 5\r\n\r\n");
  EXPECT_EQ(written.framing, BodyFraming::kLength);
  EXPECT_EQ(written.content_length, 5u);
  EXPECT_TRUE(written.keep_alive);
}

TEST(Response, KeepsTheDateOfTheApplication) {
  std::string out;
  ResponseOptions options;
  options.date = "ours";
  append_response_head(out, head_of(204, {{"date", "theirs"}}), options);
  EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\ndate: theirs\r\n\r\n");
}

// RFC 9112 section 6.3.
TEST(Response, DecidesTheFraming) {
  struct Case {
    const char* what;
    ResponseHead head;
    ResponseOptions options;
    BodyFraming framing;
    const char* end;  // of the head
    bool keep_alive;
  };
  ResponseOptions http11;
  ResponseOptions http10;
  http10.version = Version::kHttp10;
  ResponseOptions closing;
  closing.keep_alive = false;
  ResponseOptions of_head;
  of_head.head_request = true;
  const Case cases[] = {
      {"1.1 without length", head_of(200), http11, BodyFraming::kChunked, "Transfer-Encoding: chunked\r\n\r\n", true},
      {"1.0 without length", head_of(200), http10, BodyFraming::kClose, "Connection: close\r\n\r\n", false},
      {"1.0 with length", head_of(200, {{"content-length", "3"}}), http10, BodyFraming::kLength,
       "Content-Length: 3\r\nConnection: keep-alive\r\n\r\n", true},
      {"closing", head_of(200), closing, BodyFraming::kChunked,
       "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n", false},
      {"malformed length", head_of(200, {{"Content-Length", "x"}}), http11, BodyFraming::kChunked,
       "OK\r\nTransfer-Encoding: chunked\r\n\r\n", true},
      {"HEAD", head_of(200), of_head, BodyFraming::kNone, "OK\r\n\r\n", true},
      {"HEAD with length", head_of(200, {{"Content-Length", "7"}}), of_head, BodyFraming::kNone,
       "Content-Length: 7\r\n\r\n", true},
      {"204", head_of(204, {{"Content-Length", "7"}}), http11, BodyFraming::kNone, "No Content\r\n\r\n", true},
      {"304", head_of(304), http11, BodyFraming::kNone, "Not Modified\r\n\r\n", true},
      {"304 in 1.0", head_of(304), http10, BodyFraming::kNone, "Connection: keep-alive\r\n\r\n", true},
  };
  for (const Case& c : cases) {
    std::string out;
    const WrittenHead written = append_response_head(out, c.head, c.options);
    EXPECT_EQ(written.framing, c.framing) << c.what;
    EXPECT_EQ(written.keep_alive, c.keep_alive) << c.what;
    EXPECT_TRUE(out.ends_with(c.end)) << c.what << "\n" << out;
  }
}

// RFC 9110 section 7.6.1.
TEST(Response, LeavesOutFieldsOfTheConnection) {
  std::string out;
  append_response_head(out,
                       head_of(200, {{"Connection", "close"},
                                     {"Keep-Alive", "timeout=5"},
                                     {"Transfer-Encoding", "gzip"},
                                     {"Trailer", "X"},
                                     {"X", "y"}}),
                       {});
  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n");
}

// RFC 9110 sections 7.8 and 15.5.22.
TEST(Response, NamesUpgradeInConnection) {
  std::string out;
  ResponseOptions options;
  options.content_length = 0;
  append_response_head(out, head_of(426, {{"Upgrade", "websocket"}}), options);
  EXPECT_EQ(out,
            "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\nConnection: Upgrade\r\n\r\n");
}

TEST(Response, WritesChunks) {
  std::string out;
  append_chunk(out, "hello");
  append_chunk(out, "");
  append_chunk(out, std::string(26, 'x'));
  out.append(kLastChunk);
  EXPECT_EQ(out, "5\r\nhello\r\n1a\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n");
}

TEST(Response, MakesErrorPages) {
  const ErrorPage page = error_page(431);
  EXPECT_EQ(page.head.status, 431);
  EXPECT_EQ(page.body, "431 Request Header Fields Too Large\n");
  EXPECT_EQ(page.head.headers.get("content-type"), "text/plain; charset=utf-8");
}

TEST(ContentType, GoesByTheExtension) {
  EXPECT_EQ(content_type_of("app.css"), "text/css; charset=utf-8");
  EXPECT_EQ(content_type_of("app.min.JS"), "text/javascript; charset=utf-8");
  EXPECT_EQ(content_type_of("a.aac"), "audio/aac");
  EXPECT_EQ(content_type_of("a.zip"), "application/zip");
  EXPECT_EQ(content_type_of("font.woff2"), "font/woff2");
  EXPECT_EQ(content_type_of("no-extension"), "application/octet-stream");
  EXPECT_EQ(content_type_of("a.unknown"), "application/octet-stream");
  EXPECT_EQ(content_type_of("a." + std::string(300, 'x')), "application/octet-stream");
  EXPECT_EQ(content_type_of("a."), "application/octet-stream");
}

}  // namespace
}  // namespace laraman::http
