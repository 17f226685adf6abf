#include "websocket/deflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

namespace laraman::websocket {
namespace {

// Ends each flushed piece, and is left out of messages (RFC 7692 section 7.2.1).
constexpr std::string_view kTail("\x00\x00\xff\xff", 4);
constexpr std::size_t kPiece = 16 * 1024;    // of output at a time
constexpr std::size_t kMaxInput = 1U << 30;  // at a time: zlib counts in 32 bits

void check(int status) {
  if (status != Z_OK) throw std::bad_alloc();  // all else is right by construction
}

Bytef* bytes_of(std::string_view text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); }

}  // namespace

// ---- Deflater

Deflater::Deflater(int level, std::uint8_t window_bits, bool keep_context)
    : stream_(std::make_unique<z_stream_s>()), keep_context_(keep_context) {
  // zlib makes no raw stream with a window of 256 bytes; but with one of 512 it never looks back further than 250,
  // since it keeps 262 for what lies ahead.
  const int bits = std::max<int>(window_bits, 9);
  check(::deflateInit2(stream_.get(), level, Z_DEFLATED, -bits, bits - 7, Z_DEFAULT_STRATEGY));
}

Deflater::~Deflater() { ::deflateEnd(stream_.get()); }

void Deflater::deflate(std::string_view message, std::string& out) {
  const std::size_t begin = out.size();
  std::array<char, kPiece> piece;
  do {
    const std::string_view input = message.substr(0, kMaxInput);
    message.remove_prefix(input.size());
    stream_->next_in = bytes_of(input);
    stream_->avail_in = static_cast<uInt>(input.size());
    do {
      stream_->next_out = reinterpret_cast<Bytef*>(piece.data());
      stream_->avail_out = piece.size();
      ::deflate(stream_.get(), message.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH);
      out.append(piece.data(), piece.size() - stream_->avail_out);
    } while (stream_->avail_out == 0);
  } while (!message.empty());
  if (std::string_view(out).substr(begin).ends_with(kTail)) {
    out.resize(out.size() - kTail.size());
  } else {
    out.push_back('\0');  // nothing came out for an empty message behind another: section 7.2.3.6
  }
  if (!keep_context_) ::deflateReset(stream_.get());
}

// ---- Inflater

Inflater::Inflater(std::uint8_t window_bits, bool keep_context)
    : stream_(std::make_unique<z_stream_s>()), keep_context_(keep_context) {
  check(::inflateInit2(stream_.get(), -static_cast<int>(window_bits)));
}

Inflater::~Inflater() { ::inflateEnd(stream_.get()); }

Inflater::Outcome Inflater::inflate(std::string_view payload, std::size_t max_bytes, std::string& out) {
  if (payload.empty()) return Outcome::kDone;  // no compressor sends that, but it can only mean an empty message
  if (!keep_context_) ::inflateReset(stream_.get());
  max_bytes += out.size();
  while (!payload.empty()) {
    const std::string_view input = payload.substr(0, kMaxInput);
    payload.remove_prefix(input.size());
    if (const Outcome outcome = feed(input, max_bytes, out); outcome != Outcome::kDone) return outcome;
  }
  if (ended_) return Outcome::kDone;
  if (const Outcome outcome = feed(kTail, max_bytes, out); outcome != Outcome::kDone) return outcome;
  // The tail must have been the end of an empty block, with no bit left over; else the payload was cut short.
  constexpr int kBetweenBlocks = 128;
  constexpr int kUnusedBits = 63;
  const bool whole = ended_ || (stream_->data_type & (kBetweenBlocks | kUnusedBits)) == kBetweenBlocks;
  return whole ? Outcome::kDone : Outcome::kInvalid;
}

Inflater::Outcome Inflater::feed(std::string_view bytes, std::size_t max_bytes, std::string& out) {
  std::array<char, kPiece> piece;
  stream_->next_in = bytes_of(bytes);
  stream_->avail_in = static_cast<uInt>(bytes.size());
  do {
    stream_->next_out = reinterpret_cast<Bytef*>(piece.data());
    stream_->avail_out = piece.size();
    const int status = ::inflate(stream_.get(), Z_SYNC_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return Outcome::kInvalid;
    out.append(piece.data(), piece.size() - stream_->avail_out);
    if (out.size() > max_bytes) return Outcome::kTooBig;
    ended_ = status == Z_STREAM_END;
    if (ended_) ::inflateReset(stream_.get());  // a compressor that ends its stream with each message: section 7.2.3.4
  } while (stream_->avail_in > 0 || stream_->avail_out == 0);
  return Outcome::kDone;
}

}  // namespace laraman::websocket
