// Transport: how a NetBus reaches its gateways. TaskSocketManager is one; in an event handler it is the link on which
// the event came. A test of a handler may bring its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "laraman/base/result.h"

namespace laraman::business {

// Where a gateway is. Ports are "host:port", "unix:/path" or "/path".
struct GatewayAddress {
  std::string worker{};  // its worker port; needed by MainSocketManager only
  std::string task{};    // its task port; a gateway takes every command on both ports, so this may be the worker port
  // The first 12 hex digits of its connection ids, by which a command finds its gateway. Empty: those of `task`, which
  // is an IPv4 address then. With one gateway nothing depends on it.
  std::string id{};
};

class Transport {
 public:
  virtual ~Transport() = default;

  // At least one. With several, each has an id, and no two the same.
  virtual const std::vector<GatewayAddress>& gateways() const = 0;

  // Hands a command (its netsvr id and encoded message) to gateway number `gateway`. That it was taken does not say
  // that it was carried out.
  virtual Result<void> command(std::size_t gateway, std::uint32_t id, std::string_view message) = 0;
  // Asks gateway number `gateway`, and returns the encoded reply. It sees what commands of the same thread did before.
  virtual Result<std::string> query(std::size_t gateway, std::uint32_t id, std::string_view message) = 0;
};

}  // namespace laraman::business
