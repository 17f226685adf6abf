#include "net/proxy_header.h"

#include <gtest/gtest.h>

namespace laraman::net {
namespace {

using enum ProxyHeaderState;

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

// A header of version 2.
std::string version_2(int command, int family, const std::string& body) {
  std::string out(kSignature);
  out.push_back(static_cast<char>(0x20 | command));
  out.push_back(static_cast<char>(family));
  out.push_back(static_cast<char>(body.size() >> 8));
  out.push_back(static_cast<char>(body.size() & 0xff));
  return out + body;
}

const std::string kAddresses4("\x01\x02\x03\x04\x0a\x00\x00\x01\xdc\x04\x01\xbb", 12);  // 1.2.3.4:56324 to 10.0.0.1:443

ProxyHeaderState parse(std::string_view bytes) {
  ProxyHeader header;
  return parse_proxy_header(bytes, header);
}

void expect_incomplete_until_whole(const std::string& bytes) {
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(parse(std::string_view(bytes).substr(0, size)), kIncomplete) << size;
  }
  EXPECT_EQ(parse(bytes), kComplete);
}

TEST(ProxyHeaderTest, ReadsVersion1) {
  ProxyHeader header;
  const std::string line = "PROXY TCP4 1.2.3.4 10.0.0.1 56324 443\r\n";
  ASSERT_EQ(parse_proxy_header(line + "GET / HTTP/1.1", header), kComplete);
  EXPECT_EQ(header.size, line.size());
  EXPECT_TRUE(header.has_addresses);
  EXPECT_EQ(header.source_address, "1.2.3.4");
  EXPECT_EQ(header.source_port, 56324);
  EXPECT_EQ(header.destination_address, "10.0.0.1");
  EXPECT_EQ(header.destination_port, 443);
  EXPECT_FALSE(header.secure);
  expect_incomplete_until_whole(line);
  ASSERT_EQ(parse_proxy_header("PROXY TCP6 2001:db8::1 ::1 1 0\r\n", header), kComplete);
  EXPECT_EQ(header.source_address, "2001:db8::1");
}

TEST(ProxyHeaderTest, ReadsVersion1OfTheProxyItself) {
  ProxyHeader header;
  ASSERT_EQ(parse_proxy_header("PROXY UNKNOWN\r\n", header), kComplete);
  EXPECT_FALSE(header.has_addresses);
  EXPECT_EQ(header.size, 15u);
  EXPECT_EQ(parse("PROXY UNKNOWN ff:: whatever 1\r\n"), kComplete);
}

TEST(ProxyHeaderTest, RefusesMalformedVersion1) {
  for (const char* line : {"PROXY TCP4 1.2.3.4 10.0.0.1 56324\r\n", "PROXY TCP4 1.2.3.4 10.0.0.1 56324 443 \r\n",
                           "PROXY TCP4  1.2.3.4 10.0.0.1 56324 443\r\n", "PROXY TCP4 ::1 ::1 1 1\r\n",
                           "PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n", "PROXY TCP4 1.2.3 10.0.0.1 1 1\r\n",
                           "PROXY TCP4 1.2.3.4 10.0.0.1 65536 1\r\n", "PROXY TCP4 1.2.3.4 10.0.0.1 01 1\r\n",
                           "PROXY TCP4 1.2.3.4 10.0.0.1 -1 1\r\n", "PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n", "PROXY \r\n",
                           "proxy TCP4 1.2.3.4 10.0.0.1 1 1\r\n", "GET / HTTP/1.1\r\n", "PROXYTCP4"}) {
    EXPECT_EQ(parse(line), kMalformed) << line;
  }
  EXPECT_EQ(parse(std::string_view("PROXY TCP4 1.2.3.4\0 1.2.3.4 1 1\r\n", 33)), kMalformed);
  EXPECT_EQ(parse("PROXY UNKNOWN " + std::string(200, 'x')), kMalformed) << "no line end within 107 bytes";
}

TEST(ProxyHeaderTest, ReadsVersion2) {
  ProxyHeader header;
  const std::string bytes = version_2(1, 0x11, kAddresses4);
  ASSERT_EQ(parse_proxy_header(bytes + "more", header), kComplete);
  EXPECT_EQ(header.size, bytes.size());
  EXPECT_EQ(header.source_address, "1.2.3.4");
  EXPECT_EQ(header.source_port, 56324);
  EXPECT_EQ(header.destination_address, "10.0.0.1");
  EXPECT_EQ(header.destination_port, 443);
  EXPECT_FALSE(header.secure);
  expect_incomplete_until_whole(bytes);
  std::string six(36, '\0');
  six[15] = 1;
  ASSERT_EQ(parse_proxy_header(version_2(1, 0x21, six), header), kComplete);
  EXPECT_EQ(header.source_address, "::1");
}

TEST(ProxyHeaderTest, ReadsOfVersion2WhetherTheClientSpokeTls) {
  ProxyHeader header;
  const std::string other(
      "\x03\x00\x04"
      "abcd",
      7);
  const std::string ssl("\x20\x00\x05\x01\x00\x00\x00\x00", 8);
  ASSERT_EQ(parse_proxy_header(version_2(1, 0x11, kAddresses4 + other + ssl), header), kComplete);
  EXPECT_TRUE(header.secure);
  ASSERT_EQ(parse_proxy_header(version_2(1, 0x11, kAddresses4 + other), header), kComplete);
  EXPECT_FALSE(header.secure);
}

TEST(ProxyHeaderTest, ReadsVersion2OfTheProxyItself) {
  ProxyHeader header;
  ASSERT_EQ(parse_proxy_header(version_2(0, 0, ""), header), kComplete);
  EXPECT_FALSE(header.has_addresses);
  ASSERT_EQ(parse_proxy_header(version_2(0, 0x11, kAddresses4), header), kComplete) << "LOCAL: addresses do not count";
  EXPECT_FALSE(header.has_addresses);
  ASSERT_EQ(parse_proxy_header(version_2(1, 0x31, std::string(216, 'x')), header), kComplete);
  EXPECT_FALSE(header.has_addresses);
}

TEST(ProxyHeaderTest, RefusesMalformedVersion2) {
  EXPECT_EQ(parse(version_2(2, 0x11, kAddresses4)), kMalformed) << "unknown command";
  EXPECT_EQ(parse(version_2(1, 0x11, kAddresses4.substr(1))), kMalformed) << "too short for its addresses";
  EXPECT_EQ(parse(version_2(1, 0x11, kAddresses4 + "\x03")), kMalformed) << "half an extension";
  EXPECT_EQ(parse(version_2(1, 0x11, kAddresses4 + std::string("\x03\x00\x09xx", 5))), kMalformed);
  EXPECT_EQ(parse(version_2(1, 0x11, std::string(5000, 'x')).substr(0, 16)), kMalformed) << "too long";
  std::string version_1 = version_2(1, 0x11, kAddresses4);
  version_1[12] = 0x11;
  EXPECT_EQ(parse(version_1), kMalformed);
  EXPECT_EQ(parse("\r\n\r\nGET"), kMalformed);
}

}  // namespace
}  // namespace laraman::net
