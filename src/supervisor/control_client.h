// The other end of the control socket (supervisor/control_server.h), for the command line. It blocks.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace laraman::supervisor {

class ControlClient {
 public:
  // kUnavailable: no process listens at `path`.
  static Result<ControlClient> connect(const std::string& path);
  // To the server with that runtime directory, as the settings name it: also where a symbolic link in the name leads
  // elsewhere by now (supervisor/linked_address.h). kUnavailable: there is none.
  static Result<ControlClient> find(const std::string& runtime_dir);

  // Sends one request and waits for its answer: `limit` at most, or as long as it takes. A failure that the server
  // answers is an Error with its words.
  Result<nlohmann::json> ask(const nlohmann::json& request, std::optional<Duration> limit);

  // Waits until the server closes the connection: it has ended.
  Result<void> wait_for_end(std::optional<Duration> limit);

 private:
  explicit ControlClient(UniqueFd fd) : fd_(std::move(fd)) {}
  // Reads some more into received_; false at the end of the connection.
  Result<bool> receive(std::optional<TimePoint> until);

  UniqueFd fd_;
  std::string received_;
};

}  // namespace laraman::supervisor
