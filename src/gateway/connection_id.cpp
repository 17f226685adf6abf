#include "gateway/connection_id.h"

#include <random>

namespace laraman::gateway {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<ConnectionId> ConnectionId::parse(std::string_view hex) {
  if (hex.size() != kHexLength) return std::nullopt;
  ConnectionId id;
  for (std::size_t i = 0; i < id.bytes_.size(); ++i) {
    const int high = digit(hex[2 * i]);
    const int low = digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes_[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return id;
}

std::uint32_t ConnectionId::unix_seconds() const {
  std::uint32_t seconds = 0;
  for (std::size_t i = 6; i < 10; ++i) seconds = seconds << 8 | bytes_[i];
  return seconds;
}

std::string ConnectionId::hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(kHexLength, '0');
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    text[2 * i] = kDigits[bytes_[i] >> 4];
    text[2 * i + 1] = kDigits[bytes_[i] & 15];
  }
  return text;
}

ConnectionIdSource::ConnectionIdSource(const GatewayAddress& address, std::uint8_t loop)
    : address_(address), loop_(loop), counter_(std::random_device()() & 0xffffffu) {}

ConnectionId ConnectionIdSource::next(std::uint32_t unix_seconds) {
  counter_ = (counter_ + 1) & 0xffffffu;
  std::array<std::uint8_t, 14> bytes{};
  for (std::size_t i = 0; i < address_.size(); ++i) bytes[i] = address_[i];
  for (std::size_t i = 0; i < 4; ++i) bytes[6 + i] = static_cast<std::uint8_t>(unix_seconds >> (24 - 8 * i));
  bytes[10] = loop_;
  for (std::size_t i = 0; i < 3; ++i) bytes[11 + i] = static_cast<std::uint8_t>(counter_ >> (16 - 8 * i));
  return ConnectionId(bytes);
}

}  // namespace laraman::gateway
