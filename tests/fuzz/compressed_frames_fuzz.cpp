// Frames of a client that agreed on permessage-deflate: whatever the bytes, and however they are cut into pieces, the
// same comes out, and never more than the limit; and what was compressed by ourselves is read as it was.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "websocket/deflate.h"
#include "websocket/frame_reader.h"
#include "websocket/frame_writer.h"

namespace {

using laraman::websocket::Deflater;
using laraman::websocket::FrameHandler;
using laraman::websocket::FrameReader;
using laraman::websocket::Inflater;

constexpr std::size_t kLimit = 5000;

struct Recorder final : FrameHandler {
  void on_message(bool binary, std::string_view payload) override {
    if (payload.size() > kLimit) std::abort();
    if (!binary && !laraman::websocket::is_utf8(payload)) std::abort();
    log.append(binary ? "|b " : "|t ").append(payload);
    last = payload;
  }
  void on_ping(std::string_view payload) override { log.append("|ping ").append(payload); }
  void on_pong(std::string_view payload) override { log.append("|pong ").append(payload); }
  void on_close(std::uint16_t code, std::string_view reason) override {
    log.append("|close ").append(std::to_string(code)).append(reason);
  }
  std::string log;
  std::string last;
};

std::string read(std::string_view bytes, std::size_t step, Inflater& inflater) {
  FrameReader reader;
  Recorder recorder;
  std::string buffer;
  while (!bytes.empty()) {
    buffer.append(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    const FrameReader::Progress progress = reader.feed(buffer, kLimit, recorder, &inflater);
    if (progress.error != 0) return recorder.log.append("|error ").append(std::to_string(progress.error));
    if (progress.consumed > buffer.size() || buffer.size() - progress.consumed > 140) std::abort();
    buffer.erase(0, progress.consumed);
  }
  return recorder.log;
}

std::string read_with_context(std::string_view bytes, std::size_t step) {
  Inflater inflater(15, true);
  return read(bytes, step, inflater);
}

// A frame with that payload as a client sends it, masked with zeros.
std::string compressed_frame(std::string_view payload) {
  std::string frame;
  laraman::websocket::append_frame_header(frame, laraman::websocket::Opcode::kBinary, payload.size(), true);
  frame[1] = static_cast<char>(frame[1] | 0x80);
  return frame.append(4, '\0').append(payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t step = 2 + data[0] % 64;

  // As frames; one inflater that keeps no context serves many connections, whatever the one before sent.
  static Inflater shared(15, false);
  const std::string whole = read(bytes, bytes.size() + 1, shared);
  if (read(bytes, 1, shared) != whole || read(bytes, step, shared) != whole) std::abort();
  const std::string with_context = read_with_context(bytes, bytes.size() + 1);
  if (read_with_context(bytes, step) != with_context) std::abort();

  // As the payload of one frame.
  const std::string frame = compressed_frame(bytes);
  if (read(frame, step, shared) != read(frame, frame.size(), shared)) std::abort();

  // As messages, the second one with the context of the first.
  if (bytes.size() > kLimit) return 0;
  const auto window_bits = static_cast<std::uint8_t>(8 + data[1] % 8);
  const int level = 1 + data[1] / 8 % 9;
  for (const bool keep_context : {false, true}) {
    Deflater deflater(level, window_bits, keep_context);
    Inflater inflater(window_bits, keep_context);
    FrameReader reader;
    for (int i = 0; i < 2; ++i) {
      std::string payload;
      deflater.deflate(bytes, payload);
      if (payload.size() > laraman::websocket::max_deflated(bytes.size())) std::abort();
      std::string message = compressed_frame(payload);
      Recorder recorder;
      const auto progress = reader.feed(message, kLimit, recorder, &inflater);
      if (progress.error != 0 || progress.consumed != message.size() || recorder.last != bytes) std::abort();
    }
  }
  return 0;
}
