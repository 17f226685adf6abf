#include "websocket/frame_reader.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace laraman::websocket {
namespace {

constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kCompressed = 0x40;  // RSV1, on the first frame of a message: RFC 7692 section 6
constexpr std::uint8_t kReserved = 0x30;    // RSV2 and RSV3: of no extension that is spoken here
constexpr std::uint8_t kMasked = 0x80;

bool is_control(Opcode opcode) { return static_cast<std::uint8_t>(opcode) >= 8; }

static_assert(std::endian::native == std::endian::little, "masks are turned as numbers");

struct Unmasked {
  std::uint32_t mask;  // turned to the byte after them
  bool is_ascii;       // then they need no look as UTF-8
};

// XORs `Width` bytes with the mask in each 32 bits of `mask`; returns all bits that are set in them then.
template <std::size_t Width>
std::uint64_t unmask_words(char* at, std::uint64_t mask) {
  std::array<std::uint64_t, Width / sizeof(std::uint64_t)> words;
  std::memcpy(words.data(), at, Width);
  std::uint64_t bits = 0;
  for (std::uint64_t& word : words) bits |= word ^= mask;
  std::memcpy(at, words.data(), Width);
  return bits;
}

// Unmasks `bytes` with `mask`, four bytes as they lie in memory.
Unmasked unmask(std::span<char> bytes, std::uint32_t mask) {
  constexpr std::uint64_t kNotAscii = 0x8080808080808080;
  const std::uint64_t wide = mask | static_cast<std::uint64_t>(mask) << 32;
  std::uint64_t bits = 0;
  char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 32; left -= 32, at += 32) bits |= unmask_words<32>(at, wide);
  for (; left >= 8; left -= 8, at += 8) bits |= unmask_words<8>(at, wide);
  for (std::size_t i = 0; i < left; ++i) {
    at[i] = static_cast<char>(at[i] ^ static_cast<char>(wide >> (8 * i)));
    bits |= static_cast<std::uint8_t>(at[i]);
  }
  return {std::rotr(mask, static_cast<int>(8 * (left & 3))), (bits & kNotAscii) == 0};
}

std::uint64_t big_endian(const char* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

}  // namespace

FrameReader::Progress FrameReader::fail(std::uint16_t code, std::string_view reason) {
  closed_ = true;
  partial_.reset();
  return {0, code, reason};
}

FrameReader::Progress FrameReader::feed(std::span<char> bytes, std::size_t max_message_bytes, FrameHandler& handler,
                                        Inflater* inflater) {
  const Target target{max_message_bytes, handler, inflater};
  Progress progress;
  const std::size_t size = bytes.size();
  stopped_ = false;
  while (!closed_ && !stopped_) {
    if (partial_ && partial_->missing > 0) {
      const std::size_t piece = std::min<std::uint64_t>(partial_->missing, bytes.size());
      if (!take_piece(bytes.first(piece), target, progress)) return progress;
      bytes = bytes.subspan(piece);
      if (stopped_) break;
    }
    Header header;
    const HeaderState state = read_header(bytes, target, header, progress);
    if (state == HeaderState::kRefused) return progress;
    if (state == HeaderState::kIncomplete) break;
    const bool is_whole = bytes.size() - header.size >= header.length;
    if (is_control(header.opcode)) {
      if (!is_whole) break;  // at most 131 bytes: wait for all of it
      const std::span<char> payload = bytes.subspan(header.size, header.length);
      unmask(payload, header.mask);
      bytes = bytes.subspan(header.size + header.length);
      if (!take_control(header, std::string_view(payload.data(), payload.size()), target, progress)) return progress;
    } else if (!partial_ && header.final && is_whole) {  // the common case: a message in one piece
      const std::span<char> payload = bytes.subspan(header.size, header.length);
      bytes = bytes.subspan(header.size + header.length);
      if (!take_whole(header, payload, target, progress)) return progress;
    } else {
      bytes = bytes.subspan(header.size);
      begin_pieces(header);
      if (header.length == 0 && !take_piece({}, target, progress)) return progress;
    }
  }
  progress.consumed = closed_ ? size : size - bytes.size();
  return progress;
}

FrameReader::HeaderState FrameReader::read_header(std::span<const char> bytes, const Target& target, Header& header,
                                                  Progress& progress) {
  const auto refuse = [&](std::string_view reason) {
    progress = fail(close_code::kProtocolError, reason);
    return HeaderState::kRefused;
  };
  if (bytes.size() < 2) return HeaderState::kIncomplete;
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const auto second = static_cast<std::uint8_t>(bytes[1]);
  header.opcode = static_cast<Opcode>(first & 0x0f);
  header.final = (first & kFinal) != 0;
  header.compressed = (first & kCompressed) != 0;
  const bool may_be_compressed =
      target.inflater != nullptr && (header.opcode == Opcode::kText || header.opcode == Opcode::kBinary);
  // Refused before the rest of the header comes: it may never.
  if ((first & kReserved) != 0 || (header.compressed && !may_be_compressed)) return refuse("reserved bits set");
  if ((second & kMasked) == 0) return refuse("frame not masked");
  header.length = second & 0x7f;
  const std::size_t length_size = header.length < 126 ? 0 : header.length == 126 ? 2 : 8;
  if (length_size > 0 && is_control(header.opcode)) return refuse("control frame too long");
  header.size = 2 + length_size + 4;
  if (bytes.size() < header.size) return HeaderState::kIncomplete;
  if (length_size > 0) {
    header.length = big_endian(bytes.data() + 2, length_size);
    const std::uint64_t shorter_form = length_size == 2 ? 125 : 0xffff;
    if (header.length <= shorter_form || header.length >> 63 != 0) return refuse("length not in its shortest form");
  }
  std::memcpy(&header.mask, bytes.data() + 2 + length_size, sizeof header.mask);
  if (check_header(header, target, progress)) return HeaderState::kRead;
  closed_ = true;
  partial_.reset();
  return HeaderState::kRefused;
}

bool FrameReader::take_whole(const Header& header, std::span<char> payload, const Target& target, Progress& progress) {
  const bool is_ascii = unmask(payload, header.mask).is_ascii;
  const std::string_view text(payload.data(), payload.size());
  const bool binary = header.opcode == Opcode::kBinary;
  if (header.compressed) return take_compressed(binary, text, target, progress);
  if (!binary && !is_ascii && !is_utf8(text)) {
    progress = fail(close_code::kInvalidData, "invalid UTF-8");
    return false;
  }
  target.handler.on_message(binary, text);
  return true;
}

// The frame comes in pieces, or its message in frames.
void FrameReader::begin_pieces(const Header& header) {
  if (!partial_) {
    partial_ = std::make_unique<Partial>();
    partial_->binary = header.opcode == Opcode::kBinary;
    partial_->compressed = header.compressed;
  }
  partial_->final = header.final;
  partial_->mask = header.mask;
  partial_->missing = header.length;
}

bool FrameReader::check_header(const Header& header, const Target& target, Progress& progress) const {
  switch (header.opcode) {
    case Opcode::kContinuation:
      if (!partial_) {
        progress = {0, close_code::kProtocolError, "continuation of nothing"};
        return false;
      }
      break;
    case Opcode::kText:
    case Opcode::kBinary:
      if (partial_) {
        progress = {0, close_code::kProtocolError, "message within a message"};
        return false;
      }
      break;
    case Opcode::kClose:
    case Opcode::kPing:
    case Opcode::kPong:
      if (!header.final) progress = {0, close_code::kProtocolError, "fragmented control frame"};
      return header.final;
    default: progress = {0, close_code::kProtocolError, "unknown opcode"}; return false;
  }
  const std::size_t so_far = partial_ ? partial_->payload.size() : 0;
  const bool compressed = partial_ ? partial_->compressed : header.compressed;
  const std::size_t most = compressed ? max_deflated(target.max_message_bytes) : target.max_message_bytes;
  if (header.length > most || so_far + header.length > most) {
    progress = {0, close_code::kTooBig, "message too big"};
    return false;
  }
  return true;
}

bool FrameReader::take_control(const Header& header, std::string_view payload, const Target& target,
                               Progress& progress) {
  if (header.opcode == Opcode::kPing) {
    target.handler.on_ping(payload);
    return true;
  }
  if (header.opcode == Opcode::kPong) {
    target.handler.on_pong(payload);
    return true;
  }
  // Section 5.5.1.
  std::uint16_t code = close_code::kNoStatus;
  std::string_view reason;
  if (payload.size() == 1) {
    progress = fail(close_code::kProtocolError, "close code of one byte");
    return false;
  }
  if (!payload.empty()) {
    code = static_cast<std::uint16_t>(big_endian(payload.data(), 2));
    reason = payload.substr(2);
    if (!may_be_sent(code)) {
      progress = fail(close_code::kProtocolError, "invalid close code");
      return false;
    }
    if (!is_utf8(reason)) {
      progress = fail(close_code::kInvalidData, "invalid UTF-8");
      return false;
    }
  }
  closed_ = true;
  partial_.reset();
  target.handler.on_close(code, reason);
  return true;
}

// The next bytes of the frame under way.
bool FrameReader::take_piece(std::span<char> piece, const Target& target, Progress& progress) {
  Partial& partial = *partial_;
  partial.mask = unmask(piece, partial.mask).mask;
  const std::string_view text(piece.data(), piece.size());
  const bool is_text = !partial.binary && !partial.compressed;
  if (is_text && !partial.utf8.feed(text)) {
    progress = fail(close_code::kInvalidData, "invalid UTF-8");
    return false;
  }
  partial.payload.append(text);
  partial.missing -= piece.size();
  if (partial.missing > 0 || !partial.final) return true;
  if (is_text && !partial.utf8.complete()) {
    progress = fail(close_code::kInvalidData, "invalid UTF-8");
    return false;
  }
  const std::unique_ptr<Partial> whole = std::move(partial_);
  if (whole->compressed) return take_compressed(whole->binary, whole->payload, target, progress);
  target.handler.on_message(whole->binary, whole->payload);
  return true;
}

// A whole message, as it came.
bool FrameReader::take_compressed(bool binary, std::string_view payload, const Target& target, Progress& progress) {
  std::string message;
  switch (target.inflater->inflate(payload, target.max_message_bytes, message)) {
    case Inflater::Outcome::kDone: break;
    case Inflater::Outcome::kTooBig: progress = fail(close_code::kTooBig, "message too big"); return false;
    case Inflater::Outcome::kInvalid: progress = fail(close_code::kInvalidData, "invalid DEFLATE data"); return false;
  }
  if (!binary && !is_utf8(message)) {
    progress = fail(close_code::kInvalidData, "invalid UTF-8");
    return false;
  }
  target.handler.on_message(binary, message);
  return true;
}

}  // namespace laraman::websocket
