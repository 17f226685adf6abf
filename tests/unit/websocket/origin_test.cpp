#include "websocket/origin.h"

#include <gtest/gtest.h>

#include <vector>

namespace laraman::websocket {
namespace {

struct Case {
  const char* origin;
  const char* host;
  std::vector<std::string> allowed;
  bool expected;
};

TEST(Origin, AllowsTheSameOriginAndThoseNamed) {
  const Case cases[] = {
      {"http://example.com", "example.com", {}, true},
      {"http://example.com:8000", "example.com:8000", {}, true},
      {"https://example.com", "example.com", {}, true},  // TLS ends at a proxy
      {"https://Example.COM", "example.com", {}, true},
      {"https://example.com", "example.com:443", {}, true},
      {"http://example.com:80", "example.com", {}, true},
      {"http://[::1]:8000", "[::1]:8000", {}, true},
      {"http://example.com:8001", "example.com:8000", {}, false},
      {"http://example.com", "example.com:8000", {}, false},
      {"http://evil.com", "example.com", {}, false},
      {"http://example.com.evil.com", "example.com", {}, false},
      {"http://evil.com/example.com", "example.com", {}, false},
      {"http://example.com@evil.com", "example.com", {}, false},
      {"null", "example.com", {}, false},
      {"", "example.com", {}, false},
      {"http://", "", {}, false},
      {"https://other.com", "example.com", {"https://other.com"}, true},
      {"https://other.com:443", "example.com", {"https://other.com"}, true},
      {"https://OTHER.com", "example.com", {"https://x.com", "https://other.com"}, true},
      {"http://other.com", "example.com", {"https://other.com"}, false},
      {"https://other.com:8443", "example.com", {"https://other.com"}, false},
      {"https://a.other.com", "example.com", {"https://*.other.com"}, true},
      {"https://a.b.other.com", "example.com", {"https://*.other.com"}, true},
      {"https://a.other.com:8443", "example.com", {"https://*.other.com:8443"}, true},
      {"https://other.com", "example.com", {"https://*.other.com"}, false},
      {"https://evilother.com", "example.com", {"https://*.other.com"}, false},
      {"https://.other.com", "example.com", {"https://*.other.com"}, false},
      {"https://evil.com/.other.com", "example.com", {"https://*.other.com"}, false},
      {"https://anything", "example.com", {"*"}, true},
      {"null", "example.com", {"null"}, true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(origin_allowed(c.origin, c.host, c.allowed), c.expected) << c.origin << " at " << c.host;
  }
}

}  // namespace
}  // namespace laraman::websocket
