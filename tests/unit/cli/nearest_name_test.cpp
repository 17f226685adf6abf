#include "cli/nearest_name.h"

#include <gtest/gtest.h>

namespace laraman::cli {
namespace {

TEST(NearestName, IsTheOneThatWasMeant) {
  const std::vector<std::string> names = {"--host", "--port", "--workers", "--stop-timeout", "--start-timeout"};
  EXPECT_EQ(nearest_name("--prot", names), "--port");
  EXPECT_EQ(nearest_name("--worker", names), "--workers");
  EXPECT_EQ(nearest_name("--stoptimeout", names), "--stop-timeout");
  EXPECT_EQ(did_you_mean("--hots", names), " (did you mean --host?)");
}

TEST(NearestName, IsNoneWhereNothingIsNear) {
  EXPECT_EQ(nearest_name("elephant", {"port", "host"}), "");
  EXPECT_EQ(nearest_name("x", {}), "");
  EXPECT_EQ(did_you_mean("elephant", {"port"}), "");
}

}  // namespace
}  // namespace laraman::cli
