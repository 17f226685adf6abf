#include "load/message_pattern.h"

#include <algorithm>
#include <charconv>

namespace laraman::bench {
namespace {

void write_hex(char* out, std::uint32_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int digit = 7; digit >= 0; --digit, number >>= 4) out[digit] = kDigits[number & 0xf];
}

}  // namespace

MessagePattern::MessagePattern(std::size_t size) : text_(std::max(size, kSmallest), '\0') {
  for (std::size_t i = kSmallest; i < text_.size(); ++i) text_[i] = static_cast<char>('a' + i % 26);
}

std::uint32_t MessagePattern::connection_of(std::string_view payload) {
  std::uint32_t number = 0;
  std::from_chars(payload.data(), payload.data() + std::min<std::size_t>(payload.size(), 8), number, 16);
  return number;
}

std::string_view MessagePattern::payload(std::uint32_t connection, std::uint32_t sequence) {
  write_hex(text_.data(), connection);
  write_hex(text_.data() + 8, sequence);
  return text_;
}

}  // namespace laraman::bench
