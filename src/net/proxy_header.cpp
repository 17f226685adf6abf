#include "net/proxy_header.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace laraman::net {
namespace {

constexpr std::string_view kPrefix1 = "PROXY ";
constexpr std::size_t kMaxLine1 = 107;  // with CR LF

constexpr std::string_view kSignature2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixed2 = 16;  // signature, version and command, family, length
constexpr unsigned kLocal = 0;
constexpr unsigned kProxy = 1;
constexpr unsigned kTcp4 = 0x11;
constexpr unsigned kTcp6 = 0x21;
constexpr std::size_t kAddresses4 = 12;
constexpr std::size_t kAddresses6 = 36;
constexpr unsigned kTypeSsl = 0x20;    // PP2_TYPE_SSL
constexpr unsigned kClientSsl = 0x01;  // PP2_CLIENT_SSL

unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }
unsigned short_at(std::string_view bytes, std::size_t at) { return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1); }

bool may_become(std::string_view bytes, std::string_view beginning) {
  const std::size_t common = std::min(bytes.size(), beginning.size());
  return bytes.substr(0, common) == beginning.substr(0, common);
}

// ---- version 1

// The next word of the line, which one space ends.
std::string_view take_word(std::string_view& line) {
  const std::size_t space = line.find(' ');
  const std::string_view word = line.substr(0, space);
  line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
  return word;
}

bool read_address(std::string_view word, int family, std::string& out) {
  if (word.find('\0') != std::string_view::npos) return false;  // where inet_pton() would see the end
  out = word;
  std::array<unsigned char, 16> bytes;
  return ::inet_pton(family, out.c_str(), bytes.data()) == 1;
}

bool read_port(std::string_view word, std::uint16_t& out) {
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), out);
  return failure == std::errc() && end == word.data() + word.size() && (word.size() == 1 || word[0] != '0');
}

ProxyHeaderState parse_1(std::string_view bytes, ProxyHeader& header) {
  const std::size_t end = bytes.substr(0, kMaxLine1).find("\r\n");
  if (end == std::string_view::npos) {
    return bytes.size() < kMaxLine1 ? ProxyHeaderState::kIncomplete : ProxyHeaderState::kMalformed;
  }
  ProxyHeader read;
  read.size = end + 2;
  std::string_view line = bytes.substr(kPrefix1.size(), end - kPrefix1.size());
  const std::string_view protocol = take_word(line);
  if (protocol == "UNKNOWN") {
    header = std::move(read);  // what else stands in the line is to be ignored
    return ProxyHeaderState::kComplete;
  }
  if (protocol != "TCP4" && protocol != "TCP6") return ProxyHeaderState::kMalformed;
  const int family = protocol == "TCP4" ? AF_INET : AF_INET6;
  if (std::count(line.begin(), line.end(), ' ') != 3) return ProxyHeaderState::kMalformed;
  const bool good = read_address(take_word(line), family, read.source_address) &&
                    read_address(take_word(line), family, read.destination_address) &&
                    read_port(take_word(line), read.source_port) && read_port(take_word(line), read.destination_port);
  if (!good) return ProxyHeaderState::kMalformed;
  read.has_addresses = true;
  header = std::move(read);
  return ProxyHeaderState::kComplete;
}

// ---- version 2

std::string text_of(int family, std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, bytes.data(), text.data(), text.size());
  return text.data();
}

void read_addresses(int family, std::string_view body, ProxyHeader& header) {
  const std::size_t size = family == AF_INET ? 4 : 16;
  header.has_addresses = true;
  header.source_address = text_of(family, body);
  header.destination_address = text_of(family, body.substr(size));
  header.source_port = static_cast<std::uint16_t>(short_at(body, 2 * size));
  header.destination_port = static_cast<std::uint16_t>(short_at(body, 2 * size + 2));
}

// Type, length and value, again and again. False if they do not fill the rest exactly.
bool read_extensions(std::string_view rest, ProxyHeader& header) {
  while (!rest.empty()) {
    if (rest.size() < 3) return false;
    const std::size_t length = short_at(rest, 1);
    if (rest.size() < 3 + length) return false;
    if (byte_at(rest, 0) == kTypeSsl && length >= 1) header.secure = (byte_at(rest, 3) & kClientSsl) != 0;
    rest.remove_prefix(3 + length);
  }
  return true;
}

ProxyHeaderState parse_2(std::string_view bytes, ProxyHeader& header) {
  if (bytes.size() < kFixed2) return ProxyHeaderState::kIncomplete;
  const unsigned version_and_command = byte_at(bytes, 12);
  const unsigned command = version_and_command & 0x0f;
  const unsigned family = byte_at(bytes, 13);
  const std::size_t length = short_at(bytes, 14);
  if (version_and_command >> 4 != 2 || command > kProxy || kFixed2 + length > kMaxProxyHeader) {
    return ProxyHeaderState::kMalformed;
  }
  if (bytes.size() < kFixed2 + length) return ProxyHeaderState::kIncomplete;
  ProxyHeader read;
  read.size = kFixed2 + length;
  std::string_view body = bytes.substr(kFixed2, length);
  if (command != kLocal && (family == kTcp4 || family == kTcp6)) {
    const std::size_t size = family == kTcp4 ? kAddresses4 : kAddresses6;
    if (body.size() < size) return ProxyHeaderState::kMalformed;
    read_addresses(family == kTcp4 ? AF_INET : AF_INET6, body, read);
    if (!read_extensions(body.substr(size), read)) return ProxyHeaderState::kMalformed;
  }
  header = std::move(read);
  return ProxyHeaderState::kComplete;
}

}  // namespace

ProxyHeaderState parse_proxy_header(std::string_view bytes, ProxyHeader& header) {
  if (bytes.empty()) return ProxyHeaderState::kIncomplete;
  if (may_become(bytes, kPrefix1)) {
    return bytes.size() < kPrefix1.size() ? ProxyHeaderState::kIncomplete : parse_1(bytes, header);
  }
  if (may_become(bytes, kSignature2)) return parse_2(bytes, header);
  return ProxyHeaderState::kMalformed;
}

}  // namespace laraman::net
