#include "websocket/extensions.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace laraman::websocket {
namespace {

// "name; parameter=value, …" of what was read; "malformed".
std::string read(std::initializer_list<std::string_view> values) {
  http::Headers headers;
  headers.add("Host", "a");
  for (const std::string_view value : values) headers.add("sec-websocket-extensions", value);
  const Result<std::vector<Extension>> extensions = offered_extensions(headers);
  if (!extensions) return "malformed";
  std::string text;
  for (const Extension& extension : *extensions) {
    text.append(text.empty() ? "" : ", ").append(extension.name);
    for (const auto& [name, value] : extension.parameters) {
      text.append("; ").append(name);
      if (value) text.append("=").append(*value);
    }
  }
  return text;
}

TEST(Extensions, ReadsOffers) {
  EXPECT_EQ(read({}), "");
  EXPECT_EQ(read({"foo"}), "foo");
  EXPECT_EQ(read({"foo; a; b=1, bar;c=x"}), "foo; a; b=1, bar; c=x");
  EXPECT_EQ(read({"foo;a;b=1,bar;c=x"}), "foo; a; b=1, bar; c=x");
  EXPECT_EQ(read({"foo\t ; a = 1 ,\tbar "}), "foo; a=1, bar");
}

TEST(Extensions, TakesSeveralFieldsAsOneList) { EXPECT_EQ(read({"foo; a", "bar"}), "foo; a, bar"); }

TEST(Extensions, ReadsQuotedValues) {
  EXPECT_EQ(read({"foo; a=\"10\""}), "foo; a=10");
  EXPECT_EQ(read({"foo; a=\"1\\0\", bar"}), "foo; a=10, bar");
}

// RFC 9110 section 5.6.1.2.
TEST(Extensions, SkipsEmptyElements) {
  EXPECT_EQ(read({""}), "");
  EXPECT_EQ(read({" , ,foo,, bar, "}), "foo, bar");
}

TEST(Extensions, RefusesMalformedFields) {
  for (const std::string_view value :
       {";",          "foo;",       "foo; ;a",    "foo; a=",     "foo; =1",        "foo bar",      "foo; a b",
        "foo; a=1 2", "foo; a=\"",  "foo; a=\"x", "foo; a=\"\"", "foo; a=\"x y\"", "foo; a=\"x\\", "foo; a=\"x\"y",
        "foo/1",      "foo; a=b=c", "f\"oo\"",    "foo,;",       "\"foo\"",        "foo; a=b;",    "foo@"}) {
    EXPECT_EQ(read({value}), "malformed") << value;
    EXPECT_EQ(read({"good", value}), "malformed") << value;
  }
}

}  // namespace
}  // namespace laraman::websocket
