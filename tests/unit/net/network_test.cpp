#include "net/network.h"

#include <gtest/gtest.h>

namespace laraman::net {
namespace {

bool contains(std::string_view network, std::string_view address) {
  Result<Network> parsed = Network::parse(network);
  EXPECT_TRUE(parsed.ok()) << network;
  return parsed->contains(parse_ip(address).value());
}

TEST(NetworkTest, ContainsTheAddressesOfItsPrefix) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("192.168.16.0/20", "192.168.31.255"));
  EXPECT_FALSE(contains("192.168.16.0/20", "192.168.32.0"));
  EXPECT_TRUE(contains("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(contains("::/0", "127.0.0.1")) << "IPv4 is a part of IPv6 here";
}

TEST(NetworkTest, IsOneAddressWithoutAPrefix) {
  EXPECT_TRUE(contains("127.0.0.1", "127.0.0.1"));
  EXPECT_TRUE(contains("127.0.0.1", "::ffff:127.0.0.1")) << "as a dual-stack socket shows it";
  EXPECT_FALSE(contains("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(contains("::1", "::1"));
}

TEST(NetworkTest, RefusesWhatIsNone) {
  for (const char* text : {"", "10.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x",
                           "localhost", "[::1]", "1.2.3.4:80", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(Network::parse(text).ok()) << text;
  }
}

TEST(NetworksTest, ContainWhatOneOfThemContains) {
  const std::vector<std::string> texts = {"10.0.0.0/8", "::1"};
  const Networks networks = std::move(*Networks::parse(texts));
  EXPECT_TRUE(networks.contain("10.1.2.3"));
  EXPECT_TRUE(networks.contain("::1"));
  EXPECT_FALSE(networks.contain("127.0.0.1"));
  EXPECT_FALSE(networks.contain(""));
  EXPECT_FALSE(networks.contain("unknown"));
  EXPECT_FALSE(Networks().contain("10.1.2.3"));
}

}  // namespace
}  // namespace laraman::net
