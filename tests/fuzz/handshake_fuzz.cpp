// What a client offers in its handshake: extensions and sub-protocols. Whatever is agreed on is what section 7.1 of RFC
// 7692 allows, and the answer has no line that the server did not mean.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/syntax.h"
#include "websocket/deflate_negotiation.h"
#include "websocket/extensions.h"
#include "websocket/handshake.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!laraman::http::is_field_value(bytes)) return 0;
  laraman::http::Headers headers;
  headers.add("Sec-WebSocket-Extensions", laraman::http::trim(bytes));
  headers.add("Sec-WebSocket-Protocol", laraman::http::trim(bytes));

  if (const auto protocols = laraman::websocket::offered_protocols(headers)) {
    for (const std::string& protocol : *protocols) {
      if (!laraman::http::is_token(protocol)) std::abort();
    }
  }
  const auto extensions = laraman::websocket::offered_extensions(headers);
  if (!extensions) return 0;
  for (const auto mode :
       {laraman::websocket::CompressionMode::kShared, laraman::websocket::CompressionMode::kContext}) {
    laraman::websocket::CompressionOptions options;
    options.mode = mode;
    std::string response;
    const auto agreement = laraman::websocket::negotiate_deflate(*extensions, options, response);
    if (static_cast<bool>(agreement) == response.empty()) std::abort();
    if (!laraman::http::is_field_value(response)) std::abort();
    if (!agreement) continue;
    if (agreement.server_window_bits < 8 || agreement.server_window_bits > 15) std::abort();
    if (agreement.client_window_bits < 8 || agreement.client_window_bits > 15) std::abort();
  }
  return 0;
}
