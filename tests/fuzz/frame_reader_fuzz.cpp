// Frames: whatever the bytes, and however they are cut into pieces, the same comes out.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "websocket/frame_reader.h"

namespace {

using laraman::websocket::FrameHandler;
using laraman::websocket::FrameReader;

struct Recorder final : FrameHandler {
  void on_message(bool binary, std::string_view payload) override {
    if (!binary && !laraman::websocket::is_utf8(payload)) std::abort();
    log.append(binary ? "|b " : "|t ").append(payload);
  }
  void on_ping(std::string_view payload) override { log.append("|ping ").append(payload); }
  void on_pong(std::string_view payload) override { log.append("|pong ").append(payload); }
  void on_close(std::uint16_t code, std::string_view reason) override {
    log.append("|close ").append(std::to_string(code)).append(reason);
  }
  std::string log;
};

std::string read(std::string_view bytes, std::size_t step) {
  FrameReader reader;
  Recorder recorder;
  std::string buffer;
  while (!bytes.empty()) {
    buffer.append(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    const FrameReader::Progress progress = reader.feed(buffer, 1000, recorder);
    if (progress.error != 0) return recorder.log.append("|error ").append(std::to_string(progress.error));
    if (progress.consumed > buffer.size() || buffer.size() - progress.consumed > 140) std::abort();
    buffer.erase(0, progress.consumed);
  }
  return recorder.log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = read(bytes, bytes.size() + 1);
  if (read(bytes, 1) != whole || read(bytes, 2 + data[0] % 64) != whole) std::abort();
  return 0;
}
