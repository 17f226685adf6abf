// Deflater and Inflater: the payloads of compressed messages (RFC 7692 section 7.2), by zlib. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace laraman::websocket {

class Deflater {
 public:
  // `level` 1 to 9, `window_bits` 8 to 15. With `keep_context` a message may refer to those before it. Owns some
  // 2^(window_bits + 3) bytes.
  Deflater(int level, std::uint8_t window_bits, bool keep_context);
  ~Deflater();

  // Appends the payload that stands for `message`.
  void deflate(std::string_view message, std::string& out);

 private:
  std::unique_ptr<z_stream_s> stream_;
  const bool keep_context_;
};

class Inflater {
 public:
  enum class Outcome : std::uint8_t {
    kDone,
    kTooBig,   // the message has more than `max_bytes`
    kInvalid,  // not a DEFLATE stream
  };

  // The largest message that was compressed with `window_bits` or less can be read. Owns some 2^window_bits + 8 Ki
  // bytes.
  Inflater(std::uint8_t window_bits, bool keep_context);
  ~Inflater();

  // Appends the message that `payload` stands for, and at most a few KiB beyond `max_bytes`. After any other outcome
  // than kDone an inflater that keeps its context must not be used again.
  Outcome inflate(std::string_view payload, std::size_t max_bytes, std::string& out);

 private:
  Outcome feed(std::string_view bytes, std::size_t max_bytes, std::string& out);

  std::unique_ptr<z_stream_s> stream_;
  const bool keep_context_;
  bool ended_ = false;  // the stream has ended with the last byte fed: what follows begins a new one
};

// The most bytes of payload that a sensible compressor makes of a message of `bytes`: what DEFLATE cannot compress
// grows, and the more the less memory the compressor has.
constexpr std::size_t max_deflated(std::size_t bytes) { return bytes + bytes / 32 + 64; }

}  // namespace laraman::websocket
