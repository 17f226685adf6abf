#include "gateway/connection_id.h"

#include <gtest/gtest.h>

#include <set>

namespace laraman::gateway {
namespace {

constexpr GatewayAddress kAddress = {127, 0, 0, 1, 0x17, 0xae};

TEST(ConnectionId, HasNetsvrsLayout) {
  ConnectionIdSource source(kAddress, 3);
  const std::string hex = source.next(0x6b04cfb7).hex();
  EXPECT_EQ(hex.substr(0, 12), "7f00000117ae");
  EXPECT_EQ(hex.substr(12, 8), "6b04cfb7");
  EXPECT_EQ(hex.substr(20, 2), "03");
  EXPECT_EQ(hex.size(), ConnectionId::kHexLength);
}

TEST(ConnectionId, NamesItsLoop) {
  for (const int loop : {0, 1, 255}) {
    ConnectionIdSource source(kAddress, static_cast<std::uint8_t>(loop));
    EXPECT_EQ(source.next(1).loop(), loop);
  }
}

TEST(ConnectionId, SurvivesTheWayThroughHex) {
  ConnectionIdSource source(kAddress, 1);
  const ConnectionId id = source.next(77);
  EXPECT_EQ(ConnectionId::parse(id.hex()), id);
}

TEST(ConnectionId, ParsesEitherCase) {
  EXPECT_EQ(ConnectionId::parse("7F00000117AE6B04CFB703D61E0B"), ConnectionId::parse("7f00000117ae6b04cfb703d61e0b"));
}

TEST(ConnectionId, RefusesWhatIsNotTwentyEightHexDigits) {
  for (const char* text : {"", "7f", "7f00000117ae6b04cfb703d61e0", "7f00000117ae6b04cfb703d61e0b0",
                           "7f00000117ae6b04cfb703d61e0g", "7f00000117ae6b04cfb703d61e0 "}) {
    EXPECT_FALSE(ConnectionId::parse(text).has_value()) << text;
  }
}

TEST(ConnectionIdSource, DoesNotRepeatWithinASecond) {
  ConnectionIdSource source(kAddress, 0);
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(source.next(1).hex());
  EXPECT_EQ(seen.size(), 10'000u);
}

}  // namespace
}  // namespace laraman::gateway
