// Utf8Validator: checks text that arrives in pieces (RFC 3629; RFC 6455 section 8.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace laraman::websocket {

class Utf8Validator {
 public:
  // Checks the next piece. False: the text is not UTF-8, whatever follows.
  bool feed(std::string_view bytes);
  // True if the text so far does not end within a character.
  bool complete() const { return missing_ == 0; }
  void reset() { missing_ = 0; }

 private:
  std::uint8_t missing_ = 0;     // continuation bytes that the present character still needs
  std::uint8_t lowest_ = 0x80;   // bounds of the next of them: the first excludes overlong forms, surrogates and
  std::uint8_t highest_ = 0xbf;  // what lies beyond U+10FFFF
};

// True if `text` is UTF-8, whole.
bool is_utf8(std::string_view text);

// `text` if it is UTF-8, else with '?' for every byte above 0x7f. What clients send in headers need not be UTF-8, and
// protobuf refuses a message with such a string in it.
std::string as_utf8(std::string_view text);

}  // namespace laraman::websocket
