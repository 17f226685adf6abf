// MessagePattern makes the payloads of a run: each names its connection and its sequence number, so that a message that
// comes back changed, doubled, out of order or to the wrong client is told from the right one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace laraman::bench {

class MessagePattern {
 public:
  static constexpr std::size_t kSmallest = 16;

  // Payloads of `size` bytes of ASCII; at least kSmallest.
  explicit MessagePattern(std::size_t size);

  // The connection that a payload names; 0 if it is none of ours.
  static std::uint32_t connection_of(std::string_view payload);

  // The payload of message `sequence` of `connection`; valid until the next call.
  std::string_view payload(std::uint32_t connection, std::uint32_t sequence);

 private:
  std::string text_;
};

}  // namespace laraman::bench
