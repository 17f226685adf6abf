// The PROXY header: whatever a peer sends is incomplete, malformed, or a header that lies within it; and what is
// complete was incomplete at every byte before its end.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "net/network.h"
#include "net/proxy_header.h"

using namespace laraman::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ProxyHeader header;
  const ProxyHeaderState state = parse_proxy_header(bytes, header);
  if (state == ProxyHeaderState::kIncomplete && size >= kMaxProxyHeader) std::abort();
  if (state != ProxyHeaderState::kComplete) return 0;
  if (header.size == 0 || header.size > size || header.size > kMaxProxyHeader) std::abort();
  if (header.has_addresses && (!parse_ip(header.source_address) || !parse_ip(header.destination_address))) std::abort();
  ProxyHeader other;
  if (parse_proxy_header(bytes.substr(0, header.size - 1), other) != ProxyHeaderState::kIncomplete) std::abort();
  if (parse_proxy_header(bytes.substr(0, header.size), other) != ProxyHeaderState::kComplete) std::abort();
  return 0;
}
