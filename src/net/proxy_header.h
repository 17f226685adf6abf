// The header that a TCP load balancer puts in front of a connection to say whose it is: the PROXY protocol of HAProxy,
// versions 1 and 2 (haproxy.org, doc/proxy-protocol.txt). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace laraman::net {

struct ProxyHeader {
  std::size_t size = 0;  // bytes of it
  // The client's connection to the proxy. Without addresses (UNKNOWN, LOCAL, a Unix socket) the proxy speaks for
  // itself.
  bool has_addresses = false;
  std::string source_address;
  std::uint16_t source_port = 0;
  std::string destination_address;
  std::uint16_t destination_port = 0;
  bool secure = false;  // version 2 says: the client spoke TLS with the proxy
};

enum class ProxyHeaderState {
  kIncomplete,  // all of `bytes` belongs to it, and more
  kComplete,
  kMalformed,
};

// Header lines of version 1 have at most 107 bytes; longer headers of version 2 than this are refused.
inline constexpr std::size_t kMaxProxyHeader = 4096;

// Reads the header at the beginning of `bytes`. `header` is set if it is complete.
ProxyHeaderState parse_proxy_header(std::string_view bytes, ProxyHeader& header);

}  // namespace laraman::net
