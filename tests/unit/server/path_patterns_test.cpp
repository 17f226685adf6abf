#include "server/path_patterns.h"

#include <gtest/gtest.h>

namespace laraman::server {
namespace {

TEST(PathPatternsTest, MatchesEveryPathWithoutAny) { EXPECT_TRUE(PathPatterns().match("/anything")); }

TEST(PathPatternsTest, MatchesAPathAsItIs) {
  const PathPatterns patterns({"/", "/netsvr"});
  EXPECT_TRUE(patterns.match("/"));
  EXPECT_TRUE(patterns.match("/netsvr"));
  for (const char* path : {"/netsvr/", "/netsvr2", "/NETSVR", "/x", ""}) EXPECT_FALSE(patterns.match(path)) << path;
}

TEST(PathPatternsTest, MatchesWhatLiesBelow) {
  const PathPatterns patterns({"/app/*"});
  EXPECT_TRUE(patterns.match("/app/x"));
  EXPECT_TRUE(patterns.match("/app/x/y"));
  for (const char* path : {"/app", "/apple", "/"}) EXPECT_FALSE(patterns.match(path)) << path;
  EXPECT_TRUE(PathPatterns({"/*"}).match("/anything"));
}

}  // namespace
}  // namespace laraman::server
