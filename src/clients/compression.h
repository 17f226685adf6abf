// Compression: what one loop owns to speak permessage-deflate (RFC 7692) with its clients. Those whose messages are
// compressed each by itself share the loop's compressor and decompressor; those with context takeover have their own,
// from their first message on.
//
// For the loop's thread only.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstdint>
#include <memory>

#include "net/shared_bytes.h"
#include "websocket/deflate.h"
#include "websocket/deflate_negotiation.h"

namespace laraman::clients {

class Compression {
 public:
  explicit Compression(const websocket::CompressionOptions& options) : options_(options) {}

  // The uncompressed `frame` as the client with that agreement gets it. Valid until the next call, and as long as
  // `frame`. `client`: any address that stands for the client.
  const net::SharedBytes& compress(const net::SharedBytes& frame, const void* client,
                                   const websocket::DeflateAgreement& agreement);
  // What reads the client's messages; nullptr without an agreement. Valid until the client is forgotten.
  websocket::Inflater* inflater(const void* client, const websocket::DeflateAgreement& agreement);
  void forget(const void* client) { contexts_.erase(client); }
  // Clients for which memory is kept.
  std::size_t contexts() const { return contexts_.size(); }

 private:
  struct Context {
    std::unique_ptr<websocket::Deflater> deflater;
    std::unique_ptr<websocket::Inflater> inflater;
  };

  websocket::Deflater& shared_deflater(std::uint8_t window_bits);

  const websocket::CompressionOptions options_;
  std::array<std::unique_ptr<websocket::Deflater>, 16> deflaters_;  // without context, by window bits
  std::unique_ptr<websocket::Inflater> inflater_;                   // without context
  absl::flat_hash_map<const void*, Context> contexts_;
  net::SharedBytes own_frame_;  // the last one that is not shared
};

}  // namespace laraman::clients
