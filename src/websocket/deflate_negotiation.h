// What client and server agree on before they compress messages: the handshake's part of permessage-deflate (RFC 7692
// section 7.1). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "websocket/extensions.h"

namespace laraman::websocket {

enum class CompressionMode : std::uint8_t {
  kOff,      // no offer is accepted
  kShared,   // each message by itself: a message to many is compressed once, an idle connection owns no memory for it
  kContext,  // each connection remembers what went before: smaller messages, a quarter of a MiB for each that sends
};

struct CompressionOptions {
  CompressionMode mode = CompressionMode::kOff;
  int level = 3;                  // zlib's: 1, fastest, to 9, smallest
  std::size_t threshold = 256;    // bytes; shorter messages are sent as they are
  std::uint8_t window_bits = 15;  // 9 to 15: looks back at most two to this power of bytes
};

// The outcome for one connection.
struct DeflateAgreement {
  std::uint8_t server_window_bits = 0;  // of what the server compresses, 8 to 15; 0: nothing is compressed
  std::uint8_t client_window_bits = 0;  // of what the client compresses, at most
  bool server_context = false;          // the server's messages may refer to those before ("context takeover")
  bool client_context = false;

  explicit operator bool() const { return server_window_bits != 0; }
};

// Accepts the first of a client's offers that can be; `response` is then the field Sec-WebSocket-Extensions of the 101.
// Offers of other extensions, and those that section 7.1 makes invalid, are passed over.
DeflateAgreement negotiate_deflate(std::span<const Extension> offers, const CompressionOptions& options,
                                   std::string& response);

}  // namespace laraman::websocket
