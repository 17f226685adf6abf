// ConnectionId: the name of a client connection, 14 bytes in netsvr's layout:
//   address 4 | port 2 | unix seconds of the accept 4 | counter 4
// The counter's upper 8 bits are the event loop that owns the connection, so that a command finds its owner without a
// lock. Address and port route business libraries to the gateway; they are the task address or the configured id.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace laraman::gateway {

// The first six bytes of a gateway's connection ids.
using GatewayAddress = std::array<std::uint8_t, 6>;

class ConnectionId {
 public:
  static constexpr std::size_t kHexLength = 28;

  // The id that 28 hex digits of either case spell.
  static std::optional<ConnectionId> parse(std::string_view hex);

  ConnectionId() = default;
  explicit ConnectionId(const std::array<std::uint8_t, 14>& bytes) : bytes_(bytes) {}

  std::string hex() const;  // lower case
  std::uint8_t loop() const { return bytes_[10]; }
  std::uint32_t unix_seconds() const;  // of the accept

  friend bool operator==(const ConnectionId& a, const ConnectionId& b) { return a.halves() == b.halves(); }
  template <typename H>
  friend H AbslHashValue(H state, const ConnectionId& id) {
    return H::combine(std::move(state), id.halves());
  }

 private:
  // All bytes, in two numbers: tables of connections look here for every message.
  std::pair<std::uint64_t, std::uint64_t> halves() const {
    std::pair<std::uint64_t, std::uint64_t> halves;
    std::memcpy(&halves.first, bytes_.data(), sizeof halves.first);
    std::memcpy(&halves.second, bytes_.data() + bytes_.size() - sizeof halves.second, sizeof halves.second);
    return halves;
  }

  std::array<std::uint8_t, 14> bytes_{};
};

// Makes the ids of one event loop: unique within the gateway, and across restarts by the time and a random start.
class ConnectionIdSource {
 public:
  ConnectionIdSource(const GatewayAddress& address, std::uint8_t loop);
  // `unix_seconds`: the time of the accept.
  ConnectionId next(std::uint32_t unix_seconds);

 private:
  GatewayAddress address_;
  std::uint8_t loop_;
  std::uint32_t counter_;
};

}  // namespace laraman::gateway
