#include "websocket/frame_writer.h"

#include <gtest/gtest.h>

namespace laraman::websocket {
namespace {

std::string frame(Opcode opcode, std::string_view payload) {
  std::string out;
  append_frame(out, opcode, payload);
  return out;
}

std::string close_frame(std::uint16_t code, std::string_view reason) {
  std::string out;
  append_close_frame(out, code, reason);
  return out;
}

// Section 5.2: the shortest form of the length, never masked.
TEST(FrameWriter, WritesEveryLength) {
  EXPECT_EQ(frame(Opcode::kText, "Hello"), "\x81\x05Hello");
  EXPECT_EQ(frame(Opcode::kBinary, ""), std::string("\x82\0", 2));
  EXPECT_EQ(frame(Opcode::kPong, std::string(125, 'x')), "\x8a\x7d" + std::string(125, 'x'));
  EXPECT_EQ(frame(Opcode::kText, std::string(126, 'x')), std::string("\x81\x7e\0\x7e", 4) + std::string(126, 'x'));
  EXPECT_EQ(frame(Opcode::kText, std::string(65535, 'x')).substr(0, 4), "\x81\x7e\xff\xff");
  EXPECT_EQ(frame(Opcode::kText, std::string(65536, 'x')).substr(0, 10), std::string("\x81\x7f\0\0\0\0\0\1\0\0", 10));
}

// RFC 7692 section 6.
TEST(FrameWriter, MarksCompressedMessages) {
  std::string out;
  append_frame_header(out, Opcode::kText, 7, true);
  append_frame_header(out, Opcode::kBinary, 300, true);
  EXPECT_EQ(out, "\xc1\x07\xc2\x7e\x01\x2c");
}

TEST(FrameWriter, AppendsToWhatIsThere) {
  std::string out = "before";
  append_frame(out, Opcode::kPing, "x");
  EXPECT_EQ(out, "before\x89\x01x");
}

// Section 5.5.1.
TEST(FrameWriter, WritesCloseFrames) {
  EXPECT_EQ(close_frame(1000, "bye"),
            "\x88\x05\x03\xe8"
            "bye");
  EXPECT_EQ(close_frame(1005, "x"), std::string("\x88\0", 2)) << "a code that is never sent";
  EXPECT_EQ(close_frame(1006, ""), std::string("\x88\0", 2));
  EXPECT_EQ(close_frame(1011, std::string(200, 'x')).size(), 127u);
  // Cut between characters: 122 bytes and a euro sign make 125.
  EXPECT_EQ(close_frame(1000, std::string(122, 'x') + "\xe2\x82\xac"), "\x88\x7c\x03\xe8" + std::string(122, 'x'));
}

}  // namespace
}  // namespace laraman::websocket
