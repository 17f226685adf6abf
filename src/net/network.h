// IP networks, as settings name them: "10.0.0.0/8", "::1", "192.168.1.7".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace laraman::net {

// An IPv4 address counts as its IPv6-mapped form, ::ffff:a.b.c.d.
using IpBytes = std::array<std::uint8_t, 16>;

// The address that `text` is ("127.0.0.1", "::1"), without port, brackets or zone.
std::optional<IpBytes> parse_ip(std::string_view text);

class Network {
 public:
  // An address, alone or with "/N": the length of its prefix. Bits behind the prefix are ignored.
  static Result<Network> parse(std::string_view text);

  bool contains(const IpBytes& address) const;

 private:
  IpBytes address_{};
  unsigned prefix_ = 128;  // bits
};

class Networks {
 public:
  Networks() = default;
  static Result<Networks> parse(std::span<const std::string> texts);

  Result<void> add(const std::string& text);
  // As they were written.
  const std::vector<std::string>& texts() const { return texts_; }

  bool empty() const { return networks_.empty(); }
  // False also for what is no address.
  bool contain(std::string_view address) const;

 private:
  std::vector<Network> networks_;
  std::vector<std::string> texts_;
};

}  // namespace laraman::net
