#include "server/forwarded.h"

#include <gtest/gtest.h>

namespace laraman::server {
namespace {

http::Headers headers(std::initializer_list<http::Headers::Field> fields) {
  http::Headers all;
  for (const http::Headers::Field& field : fields) all.add(field.name, field.value);
  return all;
}

const net::Networks& trusted() {
  static const std::vector<std::string> texts = {"10.0.0.0/8", "fd00::/8"};
  static const net::Networks networks = std::move(*net::Networks::parse(texts));
  return networks;
}

std::string client(std::initializer_list<http::Headers::Field> fields) {
  return forwarded_client(headers(fields), "10.0.0.1", trusted());
}

TEST(ForwardedTest, TakesTheClientFromTheRight) {
  EXPECT_EQ(client({{"X-Forwarded-For", "1.2.3.4"}}), "1.2.3.4");
  EXPECT_EQ(client({{"X-Forwarded-For", "6.6.6.6, 1.2.3.4"}}), "1.2.3.4")
      << "what stands left a client may have made up";
  EXPECT_EQ(client({{"X-Forwarded-For", "6.6.6.6, 1.2.3.4, 10.9.9.9 ,fd00::1"}}), "1.2.3.4") << "through three proxies";
  EXPECT_EQ(client({{"X-Forwarded-For", "6.6.6.6"}, {"x-forwarded-for", "1.2.3.4"}}), "1.2.3.4") << "two fields";
  EXPECT_EQ(client({{"X-Forwarded-For", "10.1.1.1, 10.2.2.2"}}), "10.1.1.1") << "a client among the trusted";
}

TEST(ForwardedTest, TakesPortsAndBracketsOff) {
  EXPECT_EQ(client({{"X-Forwarded-For", "1.2.3.4:5678"}}), "1.2.3.4");
  EXPECT_EQ(client({{"X-Forwarded-For", "[2001:db8::1]:5678"}}), "2001:db8::1");
  EXPECT_EQ(client({{"X-Forwarded-For", "[2001:db8::1]"}}), "2001:db8::1");
  EXPECT_EQ(client({{"X-Forwarded-For", "2001:db8::1"}}), "2001:db8::1");
}

TEST(ForwardedTest, IsTheLastOneItCanReadWhereTheFieldIsUnusable) {
  EXPECT_EQ(client({}), "10.0.0.1");
  EXPECT_EQ(client({{"X-Forwarded-For", ""}}), "10.0.0.1");
  EXPECT_EQ(client({{"X-Forwarded-For", "1.2.3.4, unknown"}}), "10.0.0.1");
  EXPECT_EQ(client({{"X-Forwarded-For", "nonsense, 10.2.2.2"}}), "10.2.2.2");
  EXPECT_EQ(client({{"X-Forwarded-For", "["}}), "10.0.0.1");
}

TEST(ForwardedTest, ReadsSchemeAndHost) {
  EXPECT_EQ(forwarded_secure(headers({{"X-Forwarded-Proto", "https"}})), true);
  EXPECT_EQ(forwarded_secure(headers({{"X-Forwarded-Proto", "HTTPS, http"}})), true);
  EXPECT_EQ(forwarded_secure(headers({{"X-Forwarded-Proto", "http"}})), false);
  EXPECT_EQ(forwarded_secure(headers({})), std::nullopt);
  EXPECT_EQ(forwarded_host(headers({{"X-Forwarded-Host", "example.com, inner"}})), "example.com");
  EXPECT_EQ(forwarded_host(headers({})), std::nullopt);
}

}  // namespace
}  // namespace laraman::server
