#include "server/request_body.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace laraman::server {
namespace {

std::string content(const UniqueFd& file, std::size_t size) {
  std::string bytes(size + 1, '\0');
  const ssize_t got = ::pread(file.get(), bytes.data(), bytes.size(), 0);
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}

TEST(RequestBody, StaysInMemoryWhileSmall) {
  RequestBody body("/no/such/directory");
  ASSERT_TRUE(body.append("hello ").ok());
  ASSERT_TRUE(body.append(std::string(RequestBody::kMaxInMemory - 6, 'x')).ok());
  EXPECT_EQ(body.size(), RequestBody::kMaxInMemory);
  EXPECT_EQ(body.take_file(), nullptr);
  EXPECT_EQ(body.take_bytes().size(), RequestBody::kMaxInMemory);
}

TEST(RequestBody, GoesToAFileWhenLarge) {
  RequestBody body("/tmp");
  std::string expected;
  for (int i = 0; i < 5; ++i) {
    const std::string piece(30'000, static_cast<char>('a' + i));
    ASSERT_TRUE(body.append(piece).ok());
    expected.append(piece);
  }
  EXPECT_EQ(body.size(), expected.size());
  const auto file = body.take_file();
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(content(*file, expected.size()), expected);
  EXPECT_TRUE(body.take_bytes().empty());
}

TEST(RequestBody, SaysWhereItCouldNotWrite) {
  RequestBody body("/no/such/directory");
  const Result<void> kept = body.append(std::string(RequestBody::kMaxInMemory + 1, 'x'));
  ASSERT_FALSE(kept.ok());
  EXPECT_EQ(kept.error().subject, "/no/such/directory");
}

}  // namespace
}  // namespace laraman::server
