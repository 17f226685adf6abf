// Compression: what one loop owns to speak permessage-deflate (RFC 7692) with its connections. Those whose messages are
// compressed each by itself share the loop's compressor and decompressor; those with context takeover have their own,
// from their first message on.
//
// For the loop's thread only.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <memory>

#include "gateway/message.h"
#include "net/shared_bytes.h"
#include "websocket/deflate.h"
#include "websocket/deflate_negotiation.h"

namespace laraman::gateway {

class Connection;

class Compression {
 public:
  explicit Compression(const websocket::CompressionOptions& options) : options_(options) {}

  const websocket::CompressionOptions& options() const { return options_; }

  // The frame of `message` for a connection with that agreement.
  net::SharedBytes frame(const OutgoingMessage& message, const Connection& connection,
                         const websocket::DeflateAgreement& agreement);
  // What reads the connection's messages; nullptr without an agreement. Valid until the connection is forgotten.
  websocket::Inflater* inflater(const Connection& connection, const websocket::DeflateAgreement& agreement);
  // The connection has ended.
  void forget(const Connection& connection);
  // Connections that own memory for compression.
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
  absl::flat_hash_map<const Connection*, Context> contexts_;
};

}  // namespace laraman::gateway
