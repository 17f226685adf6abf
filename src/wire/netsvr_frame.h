// Frames of the netsvr worker and task protocol, for both ends of a link. Pure: bytes in, frames out, no I/O.
//   uint32 BE number of bytes that follow | uint32 BE command id | protobuf message, may be empty
// A heartbeat is a frame without command id: after the length comes an agreed text, and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/netsvr_command.h"

namespace google::protobuf {
class MessageLite;
}

namespace laraman::wire::netsvr {

inline constexpr std::string_view kDefaultHeartbeat = "~6YOt5rW35piO~";
inline constexpr std::size_t kDefaultFrameLimit = 2 << 20;
inline constexpr std::size_t kFrameHeaderSize = 8;
inline constexpr std::size_t kCommandIdSize = 4;  // the part of it that a frame's length counts
// Room beside the data in a frame that carries one message of a client's size.
inline constexpr std::size_t kFrameOverhead = 64 << 10;
inline constexpr std::size_t kMaxReplyBytes = 256 << 20;  // that our libraries read

struct Frame {
  bool heartbeat = false;     // then there is no command
  std::uint32_t command = 0;  // a Command, or an unknown id
  std::string_view message;
};

// Reads frames from bytes that arrive in any pieces, with no copy of those that arrive whole. Keeps at most one
// unfinished frame.
//   reader.feed(bytes);
//   while (true) { auto frame = reader.next(); … until error or empty … }
class FrameReader {
 public:
  // A frame's first field may be at most `limit`. Nothing is a heartbeat if `heartbeat` is empty.
  explicit FrameReader(std::size_t limit = kDefaultFrameLimit, std::string_view heartbeat = kDefaultHeartbeat)
      : limit_(limit), heartbeat_(heartbeat) {}

  // `bytes` must stay in place until next() has returned "empty" or an error, or take_unread() was called. Call only
  // then again.
  void feed(std::string_view bytes);
  // The next frame, valid until the next call of a member; empty when all is read. Error: too long (kLimit) or
  // malformed; the stream is of no more use.
  Result<std::optional<Frame>> next();
  // For a reader that stops between two frames: the fed bytes that next() has not looked at. Feed them again later,
  // before anything else.
  std::string_view take_unread();
  // True if the bytes so far end within a frame.
  bool in_frame() const { return (!rest_.empty() && !rest_delivered_) || !input_.empty(); }

 private:
  Result<std::optional<Frame>> take_frame(std::string_view& bytes) const;

  std::size_t limit_;
  std::string heartbeat_;
  std::string_view input_;
  std::string rest_;             // start of a frame whose end has not come
  bool rest_delivered_ = false;  // rest_ is the frame that next() returned last
};

void append_frame(std::string& out, std::uint32_t command, std::string_view message);
void append_frame(std::string& out, Command command, const google::protobuf::MessageLite& message);
void append_heartbeat(std::string& out, std::string_view text = kDefaultHeartbeat);

}  // namespace laraman::wire::netsvr
