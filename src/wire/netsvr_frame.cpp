#include "wire/netsvr_frame.h"

#include <google/protobuf/message_lite.h>

#include <algorithm>
#include <cassert>

namespace laraman::wire::netsvr {
namespace {

constexpr std::size_t kLengthSize = 4;
constexpr std::size_t kCommandSize = 4;
constexpr std::size_t kKeptCapacity = 64 * 1024;  // a buffer that one large frame has grown beyond it is given back

std::uint32_t read_u32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

void append_u32(std::string& out, std::uint32_t value) {
  const char bytes[] = {static_cast<char>(value >> 24), static_cast<char>(value >> 16 & 0xff),
                        static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
  out.append(bytes, sizeof bytes);
}

}  // namespace

void FrameReader::feed(std::string_view bytes) {
  assert(input_.empty());
  input_ = bytes;
}

std::string_view FrameReader::take_unread() { return std::exchange(input_, {}); }

// Takes one whole frame off the front of `bytes`; empty, and `bytes` unchanged, if its end has not come.
Result<std::optional<Frame>> FrameReader::take_frame(std::string_view& bytes) const {
  if (bytes.size() < kLengthSize) return std::optional<Frame>{};
  const std::size_t length = read_u32(bytes);
  if (length > limit_) {
    return Error{ErrorCode::kLimit,
                 "frame of " + std::to_string(length) + " bytes is longer than " + std::to_string(limit_), "", ""};
  }
  if (length < kCommandSize && length != heartbeat_.size()) {
    return Error{ErrorCode::kInvalid, "frame of " + std::to_string(length) + " bytes has no command id", "", ""};
  }
  if (bytes.size() < kLengthSize + length) return std::optional<Frame>{};
  const std::string_view body = bytes.substr(kLengthSize, length);
  Frame frame;
  if (!body.empty() && body == heartbeat_) {
    frame.heartbeat = true;
  } else if (length < kCommandSize) {
    return Error{ErrorCode::kInvalid, "frame of " + std::to_string(length) + " bytes has no command id", "", ""};
  } else {
    frame.command = read_u32(body);
    frame.message = body.substr(kCommandSize);
  }
  bytes.remove_prefix(kLengthSize + length);
  return std::optional<Frame>{frame};
}

Result<std::optional<Frame>> FrameReader::next() {
  if (rest_delivered_) {
    rest_.clear();
    if (rest_.capacity() > kKeptCapacity) rest_.shrink_to_fit();
    rest_delivered_ = false;
  }
  if (rest_.empty()) {
    Result<std::optional<Frame>> frame = take_frame(input_);
    if (frame.ok() && !frame->has_value()) {
      rest_ = input_;
      input_ = {};
    }
    return frame;
  }
  // Complete its length first, then, with the length known and allowed, the frame.
  const auto take = [this](std::size_t wanted) {
    const std::size_t count = std::min(wanted - std::min(wanted, rest_.size()), input_.size());
    rest_.append(input_.substr(0, count));
    input_.remove_prefix(count);
  };
  take(kLengthSize);
  std::string_view whole = rest_;
  Result<std::optional<Frame>> frame = take_frame(whole);
  if (frame.ok() && !frame->has_value() && rest_.size() >= kLengthSize) {
    take(kLengthSize + read_u32(rest_));
    whole = rest_;
    frame = take_frame(whole);
  }
  rest_delivered_ = frame.ok() && frame->has_value();
  return frame;
}

void append_frame(std::string& out, std::uint32_t command, std::string_view message) {
  append_u32(out, static_cast<std::uint32_t>(kCommandSize + message.size()));
  append_u32(out, command);
  out.append(message);
}

void append_frame(std::string& out, Command command, const google::protobuf::MessageLite& message) {
  append_u32(out, static_cast<std::uint32_t>(kCommandSize + message.ByteSizeLong()));
  append_u32(out, to_id(command));
  message.AppendPartialToString(&out);
}

void append_heartbeat(std::string& out, std::string_view text) {
  append_u32(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

}  // namespace laraman::wire::netsvr
