// What the commands that talk to a running server share.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "cli/settings.h"
#include "supervisor/control_client.h"

namespace laraman::cli {

// For answers that the supervisor gives at once.
inline constexpr Duration kAnswerLimit = std::chrono::seconds(5);

// Neither --app nor a current directory that is one.
inline Error no_application() {
  return {ErrorCode::kInvalid, "no application", "",
          "run laraman where artisan is, or name the application with --app DIR"};
}

// Says why no server answers at the control socket (as JSON on standard output, or on standard error). Returns the exit
// code.
int report_absence(const Settings& settings, const Error& error, bool json = false);

// Connects to the running server, or says why not (as JSON on standard output, or on standard error) and sets
// `exit_code`.
std::optional<supervisor::ControlClient> connect(const Settings& settings, int& exit_code, bool json = false);

// What the server answers to `status`, or says why there is no answer, and sets `exit_code`.
std::optional<nlohmann::json> ask_status(supervisor::ControlClient& client, int& exit_code);

// Calls `show`, with `again` once a second until it fails or the user interrupts. Returns its exit code.
int repeat(bool again, const std::function<int()>& show);

}  // namespace laraman::cli
