// Limits: what clients may do to the gateway as a whole. One object for all shards, used on any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "gateway/message_window.h"
#include "gateway/token_bucket.h"

namespace laraman::gateway {

struct LimitOptions {
  std::uint64_t connections = 0;  // open, or in their handshake; 0: no limit
  std::uint32_t opens = 0;        // handshakes a second; 0: no limit
  std::uint32_t messages = 0;     // of all clients, a second; 0: no limit
  WindowLimit window;             // for each connection
  bool close = false;             // a client whose message is over a limit, instead of dropping the message
};

enum class OpenRefusal : std::uint8_t { kConnections, kOpens, kCloses, kOrigin };
inline constexpr std::size_t kOpenRefusals = 4;
enum class MessageRefusal : std::uint8_t { kWindow, kMessages };
inline constexpr std::size_t kMessageRefusals = 2;

class Limits {
 public:
  explicit Limits(const LimitOptions& options = {})
      : options_(options), opens_(options.opens), messages_(options.messages) {}

  // May a handshake begin? If so it takes a place, to be given back by leave() when it fails or the connection is over.
  std::optional<OpenRefusal> enter(TimePoint now) {
    const std::uint64_t taken = places_.fetch_add(1, std::memory_order_relaxed) + 1;
    std::optional<OpenRefusal> refusal;
    if (options_.connections > 0 && taken > options_.connections) {
      refusal = OpenRefusal::kConnections;
    } else if (!opens_.take(now)) {
      refusal = OpenRefusal::kOpens;
    }
    if (refusal) leave();
    return refusal;
  }
  void leave() { places_.fetch_sub(1, std::memory_order_relaxed); }

  // May a message of a client come in? `window` is its connection's.
  std::optional<MessageRefusal> check_message(MessageWindow& window, TimePoint now) {
    if (!window.admit(options_.window, now)) return MessageRefusal::kWindow;
    if (!messages_.take(now)) return MessageRefusal::kMessages;
    return std::nullopt;
  }
  bool closes() const { return options_.close; }

  // The rates in force; 0: none.
  std::uint32_t opens() const { return opens_.rate(); }
  std::uint32_t messages() const { return messages_.rate(); }
  // Changes rates that are in force: what is off stays off, and so does what is 0 here.
  void change(std::uint32_t opens, std::uint32_t messages) {
    if (opens > 0 && opens_.rate() > 0) opens_.set_rate(opens);
    if (messages > 0 && messages_.rate() > 0) messages_.set_rate(messages);
  }

 private:
  const LimitOptions options_;
  TokenBucket opens_;
  TokenBucket messages_;
  std::atomic<std::uint64_t> places_{0};
};

}  // namespace laraman::gateway
