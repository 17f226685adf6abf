#include "http/headers.h"

#include <gtest/gtest.h>

namespace laraman::http {
namespace {

TEST(Headers, FindsNamesInAnyCase) {
  Headers headers;
  headers.add("Content-Type", "text/html");
  EXPECT_EQ(headers.get("content-type"), "text/html");
  EXPECT_FALSE(headers.get("content-typ").has_value());
}

TEST(Headers, KeepsRepeatedFieldsInOrder) {
  Headers headers;
  headers.add("Set-Cookie", "a=1");
  headers.add("X", "y");
  headers.add("Set-Cookie", "b=2");
  std::string all;
  for (const Headers::Field field : headers) all.append(field.name).append("=").append(field.value).append(";");
  EXPECT_EQ(all, "Set-Cookie=a=1;X=y;Set-Cookie=b=2;");
}

TEST(Headers, SetReplacesAllOfAName) {
  Headers headers;
  headers.add("A", "1");
  headers.add("B", "2");
  headers.add("a", "3");
  headers.set("A", "4");
  ASSERT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers[0].value, "4");
  headers.set("C", "5");
  EXPECT_EQ(headers.get("c"), "5");
  headers.remove("b");
  EXPECT_FALSE(headers.contains("B"));
  EXPECT_EQ(headers.size(), 2u);
}

TEST(Headers, LooksThroughAllListsOfAName) {
  Headers headers;
  headers.add("Connection", "keep-alive");
  headers.add("Connection", "foo, Upgrade");
  EXPECT_TRUE(headers.list_contains("connection", "upgrade"));
  EXPECT_FALSE(headers.list_contains("connection", "close"));
}

TEST(Headers, SurvivesMoves) {
  Headers headers;
  headers.add("A", "1");
  const Headers moved = std::move(headers);
  EXPECT_EQ(moved.get("a"), "1");
}

}  // namespace
}  // namespace laraman::http
