#include "gateway/handshake_request.h"

#include <gtest/gtest.h>

namespace laraman::gateway {
namespace {

TEST(HandshakeRequest, GivesBackWhatItWasMadeOf) {
  const HandshakeRequest request({.path = "/chat/1",
                                  .query = "x=1",
                                  .remote_address = "192.0.2.1",
                                  .forwarded_for = "198.51.100.1, 192.0.2.9",
                                  .real_ip = "198.51.100.2"});
  EXPECT_EQ(request.path(), "/chat/1");
  EXPECT_EQ(request.query(), "x=1");
  EXPECT_EQ(request.remote_address(), "192.0.2.1");
  EXPECT_EQ(request.forwarded_for(), "198.51.100.1, 192.0.2.9");
  EXPECT_EQ(request.real_ip(), "198.51.100.2");
}

TEST(HandshakeRequest, IsEmptyUnlessMadeOfSomething) {
  const HandshakeRequest request;
  EXPECT_EQ(request.path(), "");
  EXPECT_EQ(request.forwarded_for(), "");
}

TEST(HandshakeRequest, KeepsApartWhatIsTooLong) {
  const std::string header(64 << 10, 'x');
  const HandshakeRequest request(
      {.path = "/", .remote_address = "192.0.2.1", .forwarded_for = header, .real_ip = header});
  EXPECT_EQ(request.path(), "/");
  EXPECT_EQ(request.remote_address(), "192.0.2.1");
  EXPECT_EQ(request.forwarded_for(), header);
  EXPECT_TRUE(header.starts_with(request.real_ip()));
}

}  // namespace
}  // namespace laraman::gateway
