#include "http/cgi_head.h"

#include <gtest/gtest.h>

namespace laraman::http {
namespace {

TEST(CgiHead, ReadsStatusAndFields) {
  const std::string bytes =
      "Status: 404 Not Found\r\nSet-Cookie: a=1; path=/\r\nContent-type: text/html; charset=UTF-8\r\n"
      "Set-Cookie: b=2\r\n\r\nbody";
  CgiHead parsed;
  ASSERT_EQ(parse_cgi_head(bytes, parsed), CgiHeadState::kComplete);
  EXPECT_EQ(parsed.head.status, 404);
  EXPECT_EQ(bytes.substr(parsed.size), "body");
  ASSERT_EQ(parsed.head.headers.size(), 3u);
  EXPECT_EQ(parsed.head.headers[0].value, "a=1; path=/");
  EXPECT_EQ(parsed.head.headers[2].value, "b=2");
  EXPECT_FALSE(parsed.head.headers.contains("Status"));
  for (std::size_t size = 0; size < parsed.size; ++size) {
    EXPECT_EQ(parse_cgi_head(std::string_view(bytes).substr(0, size), parsed), CgiHeadState::kIncomplete) << size;
  }
}

TEST(CgiHead, HasDefaultStatuses) {
  CgiHead parsed;
  ASSERT_EQ(parse_cgi_head("Content-Type: a/b\n\n", parsed), CgiHeadState::kComplete);
  EXPECT_EQ(parsed.head.status, 200);
  ASSERT_EQ(parse_cgi_head("Location: /x\r\n\r\n", parsed), CgiHeadState::kComplete);
  EXPECT_EQ(parsed.head.status, 302);
  ASSERT_EQ(parse_cgi_head("Location: /x\r\nStatus: 201\r\n\r\n", parsed), CgiHeadState::kComplete);
  EXPECT_EQ(parsed.head.status, 201);
}

TEST(CgiHead, RefusesWhatIsNoHead) {
  for (const char* bytes : {"<html>\r\n\r\n", "Status: abc\r\n\r\n", "Status: 20\r\n\r\n", "Status: 101\r\n\r\n",
                            "Status: 2000\r\n\r\n", "X Y: z\r\n\r\n", "X: a\rb\r\n\r\n", ": x\r\n\r\n"}) {
    CgiHead parsed;
    EXPECT_EQ(parse_cgi_head(bytes, parsed), CgiHeadState::kMalformed) << bytes;
  }
}

}  // namespace
}  // namespace laraman::http
