#include "http/body_reader.h"

#include <algorithm>

#include "http/syntax.h"

namespace laraman::http {
namespace {

constexpr std::uint32_t kMaxSizeDigits = 15;  // 2^60 bytes: no overflow, and no need for more

}  // namespace

BodyReader::BodyReader(const Request& request) : left_(request.content_length()) {
  if (request.chunked()) {
    state_ = State::kSizeFirst;
  } else if (left_ > 0) {
    state_ = State::kLength;
  }
}

std::string_view BodyReader::take(std::string_view& bytes) {
  while (!bytes.empty() && state_ != State::kDone && state_ != State::kFailed) {
    if (state_ == State::kLength || state_ == State::kChunk) {
      const std::string_view piece = bytes.substr(0, std::min<std::uint64_t>(left_, bytes.size()));
      bytes.remove_prefix(piece.size());
      left_ -= piece.size();
      if (left_ == 0) state_ = state_ == State::kLength ? State::kDone : State::kChunkCr;
      return piece;
    }
    state_ = next(bytes.front());
    bytes.remove_prefix(1);
  }
  return {};
}

// One byte of what stands between the pieces: chunk sizes, extensions, line ends, trailers.
BodyReader::State BodyReader::next(char c) {
  const std::string_view byte(&c, 1);
  switch (state_) {
    case State::kSizeFirst:
      left_ = 0;
      counted_ = 0;
      if (c == '\r' || c == ';') return State::kFailed;
      [[fallthrough]];
    case State::kSize: {
      const char lower = to_lower(c);
      const bool digit = c >= '0' && c <= '9';
      if (digit || (lower >= 'a' && lower <= 'f')) {
        if (++counted_ > kMaxSizeDigits) return State::kFailed;
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit ? c - '0' : lower - 'a' + 10);
        return State::kSize;
      }
      if (counted_ == 0) return State::kFailed;
      counted_ = 0;
      if (c == '\r') return State::kSizeLf;
      return c == ';' ? State::kExtension : State::kFailed;
    }
    case State::kExtension:
      if (c == '\r') return State::kSizeLf;
      if (!is_field_value(byte) || ++counted_ > kMaxExtensionBytes) return State::kFailed;
      return State::kExtension;
    case State::kSizeLf:
      if (c != '\n') return State::kFailed;
      if (left_ > 0) return State::kChunk;
      counted_ = 0;
      return State::kTrailerStart;
    case State::kChunkCr: return c == '\r' ? State::kChunkLf : State::kFailed;
    case State::kChunkLf: return c == '\n' ? State::kSizeFirst : State::kFailed;
    case State::kTrailerStart:
      if (c == '\r') return State::kEndLf;
      [[fallthrough]];
    case State::kTrailerName:
      if (++counted_ > kMaxTrailerBytes) return State::kFailed;
      if (c == ':') return state_ == State::kTrailerName ? State::kTrailerValue : State::kFailed;
      return is_token(byte) ? State::kTrailerName : State::kFailed;
    case State::kTrailerValue:
      if (++counted_ > kMaxTrailerBytes) return State::kFailed;
      if (c == '\r') return State::kTrailerLf;
      return is_field_value(byte) ? State::kTrailerValue : State::kFailed;
    case State::kTrailerLf: return c == '\n' ? State::kTrailerStart : State::kFailed;
    case State::kEndLf: return c == '\n' ? State::kDone : State::kFailed;
    case State::kDone:
    case State::kFailed:
    case State::kLength:
    case State::kChunk: break;
  }
  return State::kFailed;
}

}  // namespace laraman::http
