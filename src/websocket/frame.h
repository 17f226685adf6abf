// Words of RFC 6455 that reader and writer share.
#pragma once

#include <cstddef>
#include <cstdint>

namespace laraman::websocket {

// Section 5.2.
enum class Opcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

// Section 7.4.1, as far as Laraman sends or reports them.
namespace close_code {
inline constexpr std::uint16_t kNormal = 1000;
inline constexpr std::uint16_t kGoingAway = 1001;
inline constexpr std::uint16_t kProtocolError = 1002;
inline constexpr std::uint16_t kNoStatus = 1005;  // reported only: a close frame without a code
inline constexpr std::uint16_t kAbnormal = 1006;  // reported only: no close frame at all
inline constexpr std::uint16_t kInvalidData = 1007;
inline constexpr std::uint16_t kPolicyViolation = 1008;
inline constexpr std::uint16_t kTooBig = 1009;
inline constexpr std::uint16_t kInternalError = 1011;
inline constexpr std::uint16_t kServiceRestart = 1012;
inline constexpr std::uint16_t kTryAgainLater = 1013;
}  // namespace close_code

// May an endpoint send this code in a close frame? Sections 7.4.1 and 7.4.2, and the codes registered since.
constexpr bool may_be_sent(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

inline constexpr std::size_t kMaxControlPayload = 125;  // section 5.5
inline constexpr std::size_t kMaxCloseReason = kMaxControlPayload - 2;

}  // namespace laraman::websocket
