// Frames of a business: whatever the bytes, and however they are cut into pieces, the same comes out, and what comes
// out is what was written.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/netsvr_frame.h"

namespace {

namespace netsvr = laraman::wire::netsvr;

constexpr std::size_t kLimit = 1000;

// What was read, as text; `written` gets it as frames again.
std::string read(std::string_view bytes, std::size_t step, std::string& written) {
  netsvr::FrameReader reader(kLimit, "beat");
  std::string log;
  while (!bytes.empty()) {
    const std::string piece(bytes.substr(0, step));
    bytes.remove_prefix(piece.size());
    reader.feed(piece);
    for (;;) {
      auto frame = reader.next();
      if (!frame) return log.append("|error");
      if (!*frame) break;
      if ((*frame)->heartbeat) {
        log.append("|beat");
        netsvr::append_heartbeat(written, "beat");
        continue;
      }
      if ((*frame)->message.size() > kLimit) std::abort();
      log.append("|").append(std::to_string((*frame)->command)).append(" ").append((*frame)->message);
      netsvr::append_frame(written, (*frame)->command, (*frame)->message);
    }
  }
  return log.append(reader.in_frame() ? "|in a frame" : "|between frames");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string written;
  std::string ignored;
  const std::string whole = read(bytes, bytes.size() + 1, written);
  if (read(bytes, 1, ignored) != whole || read(bytes, 2 + data[0] % 64, ignored) != whole) std::abort();
  if (bytes.substr(0, written.size()) != written) std::abort();
  return 0;
}
