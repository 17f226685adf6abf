#include "gateway/compression.h"

namespace laraman::gateway {
namespace {

constexpr std::uint8_t kMostWindowBits = 15;

}  // namespace

net::SharedBytes Compression::frame(const OutgoingMessage& message, const Connection& connection,
                                    const websocket::DeflateAgreement& agreement) {
  if (message.payload().size() < options_.threshold) return message.websocket_frame();
  if (agreement.server_context) {
    std::unique_ptr<websocket::Deflater>& own = contexts_[&connection].deflater;
    if (!own) own = std::make_unique<websocket::Deflater>(options_.level, agreement.server_window_bits, true);
    return net::share(deflate_frame(message, *own));
  }
  websocket::Deflater& deflater = shared_deflater(agreement.server_window_bits);
  if (agreement.server_window_bits == options_.window_bits) return message.deflated_frame(deflater);
  // A client with a smaller window than usual: no browser asks for that, so it is not worth sharing.
  return net::share(deflate_frame(message, deflater));
}

websocket::Deflater& Compression::shared_deflater(std::uint8_t window_bits) {
  std::unique_ptr<websocket::Deflater>& deflater = deflaters_[window_bits];
  if (!deflater) deflater = std::make_unique<websocket::Deflater>(options_.level, window_bits, false);
  return *deflater;
}

websocket::Inflater* Compression::inflater(const Connection& connection, const websocket::DeflateAgreement& agreement) {
  if (!agreement) return nullptr;
  if (!agreement.client_context) {
    if (!inflater_) inflater_ = std::make_unique<websocket::Inflater>(kMostWindowBits, false);
    return inflater_.get();
  }
  std::unique_ptr<websocket::Inflater>& own = contexts_[&connection].inflater;
  if (!own) own = std::make_unique<websocket::Inflater>(agreement.client_window_bits, true);
  return own.get();
}

void Compression::forget(const Connection& connection) { contexts_.erase(&connection); }

}  // namespace laraman::gateway
