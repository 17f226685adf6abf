// BodyReader: takes a request's body out of the bytes that follow its head (RFC 9112 sections 6 and 7), piece by piece,
// so that no caller needs the whole of it in memory. Trailers are checked and dropped. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/request.h"

namespace laraman::http {

class BodyReader {
 public:
  static constexpr std::size_t kMaxExtensionBytes = 1024;     // of one chunk; no known client sends any
  static constexpr std::size_t kMaxTrailerBytes = 16 * 1024;  // in all

  // No body: done().
  BodyReader() = default;
  explicit BodyReader(const Request& request);

  // Reads from the front of `bytes`, shortens it by what it read, and returns the next piece of the body, a view into
  // `bytes`. Empty when `bytes` is used up, the body has ended (done()) or is malformed (failed()):
  //   for (auto piece = reader.take(bytes); !piece.empty(); piece = reader.take(bytes)) …
  std::string_view take(std::string_view& bytes);

  // The body is complete; what is left of the bytes is the next request's.
  bool done() const { return state_ == State::kDone; }
  // Malformed chunks: answer 400 and close.
  bool failed() const { return state_ == State::kFailed; }

 private:
  enum class State : std::uint8_t {
    kDone,
    kFailed,
    kLength,     // `left_` bytes of content
    kSizeFirst,  // before the first digit of a chunk's size
    kSize,
    kExtension,
    kSizeLf,
    kChunk,  // `left_` bytes of the chunk
    kChunkCr,
    kChunkLf,
    kTrailerStart,  // at the beginning of a line after the last chunk
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kEndLf,
  };

  State next(char c);

  std::uint64_t left_ = 0;
  std::uint32_t counted_ = 0;  // digits of a size, bytes of extensions or of trailers
  State state_ = State::kDone;
};

}  // namespace laraman::http
