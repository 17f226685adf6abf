#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace laraman {
namespace {

TEST(Error, SaysWhatHappenedToWhatAndWhatToDo) {
  const struct {
    Error error;
    const char* message;
  } cases[] = {
      {{ErrorCode::kExists, "address in use", "127.0.0.1:8000", "choose --port"},
       "127.0.0.1:8000: address in use (choose --port)"},
      {{ErrorCode::kInvalid, "no application", "", "give --app"}, "no application (give --app)"},
      {{ErrorCode::kTimeout, "no answer", "control.sock", ""}, "control.sock: no answer"},
      {{ErrorCode::kLimit, "too many", "", ""}, "too many"},
  };
  for (const auto& c : cases) EXPECT_EQ(c.error.message(), c.message);
}

TEST(Error, OfASystemCallHasTheSystemsWords) {
  const Error error = system_error("open", "/no/such", ENOENT);
  EXPECT_EQ(error.code, ErrorCode::kSystem);
  EXPECT_EQ(error.message(), "/no/such: open: No such file or directory");
}

TEST(Result, HoldsAValueOrAnError) {
  Result<int> value = 7;
  ASSERT_TRUE(value.ok());
  EXPECT_TRUE(static_cast<bool>(value));
  EXPECT_EQ(*value, 7);

  Result<int> error = Error{ErrorCode::kNotFound, "gone", "", ""};
  ASSERT_FALSE(error.ok());
  EXPECT_EQ(error.error().code, ErrorCode::kNotFound);
}

TEST(Result, GivesAMoveOnlyValueAway) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, WithoutAValueIsSuccessUnlessTold) {
  const Result<void> success;
  EXPECT_TRUE(success.ok());
  const Result<void> failure = Error{ErrorCode::kLimit, "full", "", ""};
  ASSERT_FALSE(failure.ok());
  EXPECT_EQ(failure.error().what, "full");
}

}  // namespace
}  // namespace laraman
