// HandshakeCommands: what a shard has been told of users and log-ins while handshakes were under way. Whose those are
// is known only when the application has answered, so such a command is kept, and meets the connection when it opens:
// a log-out that comes while open() runs ends that socket too.
//
// For the shard's thread only.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <variant>
#include <vector>

#include "gateway/connection_commands.h"
#include "gateway/connection_id.h"

namespace laraman::gateway {

class HandshakeCommands {
 public:
  using Command = std::variant<UserClose, LoginClose, LoginChange>;
  using Commands = std::vector<std::shared_ptr<const Command>>;
  // Of all that is kept. Above it the oldest are dropped.
  static constexpr std::size_t kMaxBytes = 1 << 20;

  void begin(const ConnectionId& id);
  // The handshake is over. `complete`: the commands since it began are all there; else some were dropped.
  struct Missed {
    Commands commands;
    bool complete = true;
  };
  Missed end(const ConnectionId& id);

  // Keeps the command, if any handshake is under way.
  template <typename T>
  void add(const T& command) {
    if (!under_way_.empty()) keep(std::make_shared<const Command>(command));
  }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Kept {
    std::size_t bytes;
    std::shared_ptr<const Command> command;
  };

  void keep(std::shared_ptr<const Command> command);

  // Commands are numbered; `first_` is the number of the first that is kept.
  std::deque<Kept> kept_;
  std::uint64_t first_ = 0;
  std::size_t bytes_ = 0;
  absl::flat_hash_map<ConnectionId, std::uint64_t> under_way_;  // the number of the next command when it began
};

}  // namespace laraman::gateway
