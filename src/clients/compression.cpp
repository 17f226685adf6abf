#include "clients/compression.h"

#include <string>
#include <string_view>

#include "websocket/frame_writer.h"

namespace laraman::clients {
namespace {

constexpr std::uint8_t kMaxWindowBits = 15;
// The key of a compressed frame among what is derived from the uncompressed one: all loops have equal compressors.
constexpr char kDeflated = 0;

// Of a whole unmasked frame.
std::string_view payload_of(std::string_view frame) {
  const auto length = static_cast<std::uint8_t>(frame[1]);
  return frame.substr(length < 126 ? 2 : length == 126 ? 4 : 10);
}

// Appends the frame with its payload compressed, whatever its size.
void append_deflated(std::string& out, std::string_view frame, websocket::Deflater& deflater) {
  // The header's size depends on the payload's: it is put before it when that is known.
  std::string payload;
  deflater.deflate(payload_of(frame), payload);
  const auto opcode = static_cast<websocket::Opcode>(static_cast<std::uint8_t>(frame[0]) & 0x0f);
  out.reserve(websocket::kMaxHeader + payload.size());
  websocket::append_frame_header(out, opcode, payload.size(), true);
  out.append(payload);
}

}  // namespace

const net::SharedBytes& Compression::compress(const net::SharedBytes& frame, const void* client,
                                              const websocket::DeflateAgreement& agreement) {
  const std::string_view bytes = frame.view();
  if (payload_of(bytes).size() < options_.threshold) return frame;
  websocket::Deflater* deflater = nullptr;
  if (agreement.server_context) {
    std::unique_ptr<websocket::Deflater>& own = contexts_[client].deflater;
    if (!own) own = std::make_unique<websocket::Deflater>(options_.level, agreement.server_window_bits, true);
    deflater = own.get();
  } else if (agreement.server_window_bits != options_.window_bits) {
    // A client with a smaller window than usual: no browser asks for that, so it is not worth sharing.
    deflater = &shared_deflater(agreement.server_window_bits);
  } else {
    const net::SharedBytes& shared = frame.derived(&kDeflated, [&](std::string& out) {
      append_deflated(out, bytes, shared_deflater(agreement.server_window_bits));
      if (out.size() >= bytes.size()) out.clear();  // it would not be smaller
    });
    return shared.empty() ? frame : shared;
  }
  own_frame_ = net::SharedBytes::build([&](std::string& out) { append_deflated(out, bytes, *deflater); });
  return own_frame_;
}

websocket::Deflater& Compression::shared_deflater(std::uint8_t window_bits) {
  std::unique_ptr<websocket::Deflater>& deflater = deflaters_[window_bits];
  if (!deflater) deflater = std::make_unique<websocket::Deflater>(options_.level, window_bits, false);
  return *deflater;
}

websocket::Inflater* Compression::inflater(const void* client, const websocket::DeflateAgreement& agreement) {
  if (!agreement) return nullptr;
  if (!agreement.client_context) {
    if (!inflater_) inflater_ = std::make_unique<websocket::Inflater>(kMaxWindowBits, false);
    return inflater_.get();
  }
  std::unique_ptr<websocket::Inflater>& own = contexts_[client].inflater;
  if (!own) own = std::make_unique<websocket::Inflater>(agreement.client_window_bits, true);
  return own.get();
}

}  // namespace laraman::clients
