#include "net/network.h"
#include "base/try.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace laraman::net {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kLongestText = INET6_ADDRSTRLEN;

}  // namespace

std::optional<IpBytes> parse_ip(std::string_view text) {
  std::array<char, kLongestText + 1> terminated{};
  if (text.size() > kLongestText || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::memcpy(terminated.data(), text.data(), text.size());
  IpBytes bytes{};
  if (::inet_pton(AF_INET6, terminated.data(), bytes.data()) == 1) return bytes;
  std::copy(kMapped.begin(), kMapped.end(), bytes.begin());
  if (::inet_pton(AF_INET, terminated.data(), bytes.data() + kMapped.size()) == 1) return bytes;
  return std::nullopt;
}

Result<Network> Network::parse(std::string_view text) {
  const Error malformed{ErrorCode::kInvalid, "not an IP address or network", std::string(text),
                        "write 10.0.0.0/8, 192.168.1.7 or ::1"};
  const std::size_t slash = text.find('/');
  const std::optional<IpBytes> address = parse_ip(text.substr(0, slash));
  if (!address) return malformed;
  Network network;
  network.address_ = *address;
  if (slash == std::string_view::npos) return network;
  const std::string_view digits = text.substr(slash + 1);
  const bool is_ipv4 = text.find(':') == std::string_view::npos;
  unsigned prefix = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (failure != std::errc() || end != digits.data() + digits.size() || prefix > (is_ipv4 ? 32U : 128U)) {
    return malformed;
  }
  network.prefix_ = is_ipv4 ? prefix + 96 : prefix;
  return network;
}

bool Network::contains(const IpBytes& address) const {
  const std::size_t whole = prefix_ / 8;
  if (!std::equal(address_.begin(), address_.begin() + static_cast<std::ptrdiff_t>(whole), address.begin()))
    return false;
  const unsigned rest = prefix_ % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return ((address_[whole] ^ address[whole]) & mask) == 0;
}

Result<Networks> Networks::parse(std::span<const std::string> texts) {
  Networks networks;
  for (const std::string& text : texts) {
    RETURN_IF_ERROR(networks.add(text));
  }
  return networks;
}

Result<void> Networks::add(const std::string& text) {
  ASSIGN_OR_RETURN(Network network, Network::parse(text));
  networks_.push_back(network);
  texts_.push_back(text);
  return {};
}

bool Networks::contain(std::string_view address) const {
  if (networks_.empty()) return false;
  const std::optional<IpBytes> bytes = parse_ip(address);
  return bytes && std::any_of(networks_.begin(), networks_.end(),
                              [&](const Network& network) { return network.contains(*bytes); });
}

}  // namespace laraman::net
