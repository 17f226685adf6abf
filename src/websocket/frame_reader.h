// FrameReader: turns the bytes of a client into messages (RFC 6455 section 5, RFC 7692 section 6). Pure: no I/O, no
// clock.
//
// Frames that arrive whole are unmasked where they lie and handed on without a copy; between messages the reader owns
// no memory. Longer ones are gathered as their pieces come. Compressed ones are inflated once they are whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "websocket/deflate.h"
#include "websocket/frame.h"
#include "websocket/utf8.h"

namespace laraman::websocket {

// Gets what the reader finds; views are valid during the call only.
class FrameHandler {
 public:
  virtual void on_message(bool binary, std::string_view payload) = 0;
  virtual void on_ping(std::string_view payload) = 0;
  virtual void on_pong(std::string_view payload) = 0;
  // The client's close frame; kNoStatus if it has no code. Nothing after it is read.
  virtual void on_close(std::uint16_t code, std::string_view reason) = 0;

 protected:
  ~FrameHandler() = default;
};

class FrameReader {
 public:
  struct Progress {
    std::size_t consumed = 0;  // bytes; the rest comes again with more behind it: at most 131, or all after stop()
    std::uint16_t error = 0;   // 0, or the close code for the violation: the connection must end with it
    std::string_view reason;   // of the error, for the close frame
  };

  // Reads all frames of `bytes`, unmasking them in place. A message of more than `max_message_bytes` is an error.
  // `inflater` reads compressed messages; without one they are an error.
  Progress feed(std::span<char> bytes, std::size_t max_message_bytes, FrameHandler& handler,
                Inflater* inflater = nullptr);
  // For the handler, in its callback: feed() returns after this frame. The rest of its bytes comes again.
  void stop() { stopped_ = true; }

 private:
  struct Header {
    Opcode opcode;
    bool final;
    bool compressed;     // the message whose first frame it is
    std::uint32_t mask;  // as it lies in memory
    std::uint64_t length;
    std::size_t size;  // of the header itself
  };
  // What feed() was given besides the bytes.
  struct Target {
    std::size_t max_message_bytes;
    FrameHandler& handler;
    Inflater* inflater;
  };
  // What is under way between two calls: a message whose end has not come.
  struct Partial {
    std::string payload;        // of the message so far, unmasked, as it came
    std::uint64_t missing = 0;  // bytes of the present frame still to come
    std::uint32_t mask = 0;     // of the present frame, turned to its next byte
    bool final = false;         // of the present frame
    bool binary = false;
    bool compressed = false;
    Utf8Validator utf8;
  };

  enum class HeaderState : std::uint8_t { kRead, kIncomplete, kRefused };

  Progress fail(std::uint16_t code, std::string_view reason);
  // The header at the front of `bytes`. Refused: `progress` says why.
  HeaderState read_header(std::span<const char> bytes, const Target& target, Header& header, Progress& progress);
  bool check_header(const Header& header, const Target& target, Progress& progress) const;
  bool take_control(const Header& header, std::string_view payload, const Target& target, Progress& progress);
  bool take_whole(const Header& header, std::span<char> payload, const Target& target, Progress& progress);
  void begin_pieces(const Header& header);
  bool take_piece(std::span<char> piece, const Target& target, Progress& progress);
  bool take_compressed(bool binary, std::string_view payload, const Target& target, Progress& progress);

  std::unique_ptr<Partial> partial_;
  bool closed_ = false;
  bool stopped_ = false;
};

}  // namespace laraman::websocket
