// What the commands that talk to a running server share.
#pragma once

#include "base/clock.h"
#include "base/result.h"

namespace laraman::cli {

// For answers that the supervisor gives at once.
inline constexpr Duration kAnswerLimit = std::chrono::seconds(5);

// Neither --app nor a current directory that is one.
inline Error no_application() {
  return {ErrorCode::kInvalid, "no application", "",
          "run laraman where artisan is, or name the application with --app DIR"};
}

}  // namespace laraman::cli
