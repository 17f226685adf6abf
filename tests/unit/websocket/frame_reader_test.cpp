#include "websocket/frame_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "client_frame.h"

namespace laraman::websocket {
namespace {

constexpr std::size_t kLimit = 1 << 20;
constexpr std::uint8_t kFin = 0x80;
constexpr std::uint8_t kText = 1;
constexpr std::uint8_t kBinary = 2;
constexpr std::uint8_t kClose = 8;
constexpr std::uint8_t kPing = 9;
constexpr std::uint8_t kPong = 10;

// Writes down what it is told.
class Recorder final : public FrameHandler {
 public:
  void on_message(bool binary, std::string_view payload) override { add(binary ? "binary " : "text ", payload); }
  void on_ping(std::string_view payload) override { add("ping ", payload); }
  void on_pong(std::string_view payload) override { add("pong ", payload); }
  void on_close(std::uint16_t code, std::string_view reason) override {
    add("close " + std::to_string(code) + " ", reason);
  }

  std::vector<std::string> events;

 private:
  void add(std::string what, std::string_view payload) { events.push_back(what.append(payload)); }
};

struct Outcome {
  std::vector<std::string> events;
  std::uint16_t error = 0;
  std::size_t max_kept = 0;  // bytes that the caller had to keep between two calls
};

// Feeds `bytes` as a socket would that receives `step` bytes at a time.
Outcome read(std::string_view bytes, std::size_t step = std::string::npos, std::size_t limit = kLimit,
             Inflater* inflater = nullptr) {
  FrameReader reader;
  Recorder recorder;
  Outcome outcome;
  std::string buffer;
  while (!bytes.empty() && outcome.error == 0) {
    buffer.append(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    const FrameReader::Progress progress = reader.feed(buffer, limit, recorder, inflater);
    outcome.error = progress.error;
    buffer.erase(0, progress.consumed);
    if (outcome.error == 0) outcome.max_kept = std::max(outcome.max_kept, buffer.size());
  }
  outcome.events = recorder.events;
  return outcome;
}

using Events = std::vector<std::string>;

std::string close_payload(std::uint16_t code, std::string_view reason = "") {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
  return payload.append(reason);
}

TEST(FrameReader, IsSmallBetweenMessages) { EXPECT_LE(sizeof(FrameReader), 32u); }

// Section 5.7.
TEST(FrameReader, ReadsTheExampleOfTheStandard) {
  EXPECT_EQ(read("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58").events, Events{"text Hello"});
}

// Section 5.2: all three forms of the length, at their borders.
TEST(FrameReader, ReadsEveryLength) {
  for (const std::size_t size : {0u, 1u, 7u, 8u, 9u, 20u, 125u, 126u, 127u, 65535u, 65536u, 100000u}) {
    const std::string payload(size, 'x');
    for (const std::size_t step : {std::size_t{1000}, std::string::npos}) {
      const Outcome outcome = read(client_frame(kFin | kBinary, payload), step);
      EXPECT_EQ(outcome.events, Events{"binary " + payload}) << size;
    }
  }
}

TEST(FrameReader, ReadsTheSameInAnyPieces) {
  const std::string long_text = std::string(300, 'a') + "\xe2\x82\xac";
  const std::string bytes = client_frame(kFin | kText, "one") + client_frame(kText, "t\xc3") +
                            client_frame(kFin | kPing, "p") + client_frame(0, "") + client_frame(0, "\xb6") +
                            client_frame(kFin | kPong, "") + client_frame(kFin, "w") +
                            client_frame(kFin | kText, long_text) + client_frame(kFin | kBinary, "\xff") +
                            client_frame(kFin | kClose, close_payload(1000, "bye"));
  const Events expected = {"text one",          "ping p",      "pong ",         "text t\xc3\xb6w",
                           "text " + long_text, "binary \xff", "close 1000 bye"};
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    const Outcome outcome = read(bytes, step);
    EXPECT_EQ(outcome.events, expected) << step;
    EXPECT_EQ(outcome.error, 0) << step;
  }
}

TEST(FrameReader, LeavesLittleForTheCallerToKeep) {
  const std::string bytes = client_frame(kFin | kBinary, std::string(kLimit, 'x'));
  EXPECT_LE(read(bytes, 1000).max_kept, 140u);
  EXPECT_LE(read(client_frame(kFin | kPing, std::string(125, 'x')), 1).max_kept, 140u);
}

TEST(FrameReader, ReadsNothingAfterAClose) {
  const Outcome outcome = read(client_frame(kFin | kClose, "") + client_frame(kFin | kText, "late") + "garbage");
  EXPECT_EQ(outcome.events, Events{"close 1005 "});
  EXPECT_EQ(outcome.error, 0);
}

TEST(FrameReader, DeliversWhatCameBeforeAnError) {
  const Outcome outcome = read(client_frame(kFin | kText, "good") + client_frame(kFin | kText, "\xff"));
  EXPECT_EQ(outcome.events, Events{"text good"});
  EXPECT_EQ(outcome.error, close_code::kInvalidData);
}

struct Case {
  const char* what;
  std::string bytes;
  std::uint16_t error;
};

// Sections 5.1 to 5.5.
TEST(FrameReader, RefusesViolations) {
  const std::string whole = client_frame(kFin | kText, "x");
  const std::string start = client_frame(kText, "x");
  const Case cases[] = {
      {"unmasked", encode({.first = kFin | kText, .payload = "x", .masked = false}), 1002},
      {"unmasked and empty", std::string("\x81\x00", 2), 1002},
      {"RSV1", client_frame(0xc1, "x"), 1002},
      {"RSV2", client_frame(0xa1, "x"), 1002},
      {"RSV3", client_frame(0x91, "x"), 1002},
      {"RSV1 of a ping", client_frame(0xc9, "x"), 1002},
      {"data opcode 3", client_frame(kFin | 3, "x"), 1002},
      {"data opcode 7", client_frame(kFin | 7, "x"), 1002},
      {"control opcode 11", client_frame(kFin | 11, "x"), 1002},
      {"control opcode 15", client_frame(kFin | 15, "x"), 1002},
      {"continuation of nothing", client_frame(kFin, "x"), 1002},
      {"continuation after a whole message", whole + client_frame(kFin, "x"), 1002},
      {"text within a message", start + client_frame(kFin | kText, "x"), 1002},
      {"binary within a message", start + client_frame(kBinary, "x"), 1002},
      {"fragmented ping", client_frame(kPing, "x"), 1002},
      {"fragmented close", client_frame(kClose, ""), 1002},
      {"ping of 126 bytes", client_frame(kFin | kPing, std::string(126, 'x')), 1002},
      {"close of 126 bytes", client_frame(kFin | kClose, close_payload(1000, std::string(124, 'x'))), 1002},
      {"short length in two bytes", encode({.first = kFin | kText, .payload = "x", .length_size = 2}), 1002},
      {"length 125 in two bytes", encode({.first = kFin | kText, .payload = std::string(125, 'x'), .length_size = 2}),
       1002},
      {"length 65535 in eight bytes",
       encode({.first = kFin | kText, .payload = std::string(65535, 'x'), .length_size = 8}), 1002},
      {"most significant bit of the length", std::string("\x82\xff\x80\0\0\0\0\1\0\0mask", 14), 1002},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(read(c.bytes).error, c.error) << c.what;
    EXPECT_EQ(read(c.bytes, 1).error, c.error) << c.what << ", byte by byte";
  }
}

// Sections 5.5.1 and 7.4.
TEST(FrameReader, ChecksCloseFrames) {
  for (const std::uint16_t code :
       {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999}) {
    EXPECT_EQ(read(client_frame(kFin | kClose, close_payload(code, "why"))).events,
              Events{"close " + std::to_string(code) + " why"});
  }
  for (const std::uint16_t code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    const Outcome outcome = read(client_frame(kFin | kClose, close_payload(code)));
    EXPECT_EQ(outcome.error, close_code::kProtocolError) << code;
    EXPECT_TRUE(outcome.events.empty());
  }
  EXPECT_EQ(read(client_frame(kFin | kClose, "x")).error, close_code::kProtocolError);
  EXPECT_EQ(read(client_frame(kFin | kClose, close_payload(1000, "\xff"))).error, close_code::kInvalidData);
  EXPECT_EQ(read(client_frame(kFin | kClose, close_payload(1000, "\xe2\x82"))).error, close_code::kInvalidData);
  EXPECT_EQ(read(client_frame(kText, "x") + client_frame(kFin | kClose, "")).events, Events{"close 1005 "});
}

// Section 8.1.
TEST(FrameReader, ChecksTextAcrossFragments) {
  EXPECT_EQ(read(client_frame(kFin | kText, "\xc3")).error, close_code::kInvalidData);
  EXPECT_EQ(read(client_frame(kText, "\xc3") + client_frame(kFin, "\x28")).error, close_code::kInvalidData);
  EXPECT_EQ(read(client_frame(kText, "\xc3") + client_frame(kFin, "")).error, close_code::kInvalidData);
  EXPECT_EQ(read(client_frame(kText, "\xed\xa0")).error, close_code::kInvalidData) << "at once, not at the end";
  EXPECT_EQ(read(client_frame(kFin | kBinary, "\xc3")).error, 0);
  EXPECT_EQ(read(client_frame(kBinary, "\xc3") + client_frame(kFin, "\xff")).events, Events{"binary \xc3\xff"});
}

TEST(FrameReader, BoundsMessages) {
  constexpr std::size_t kSmall = 100;
  EXPECT_EQ(read(client_frame(kFin | kText, std::string(100, 'x')), 1, kSmall).error, 0);
  EXPECT_EQ(read(client_frame(kFin | kText, std::string(101, 'x')), 1, kSmall).error, close_code::kTooBig);
  const std::string fragments = client_frame(kText, std::string(60, 'x')) + client_frame(kFin, std::string(41, 'x'));
  EXPECT_EQ(read(fragments, std::string::npos, kSmall).error, close_code::kTooBig);
  // Refused by its header, before the payload comes.
  EXPECT_EQ(read(std::string("\x82\xff\0\0\0\1\0\0\0\0mask", 14)).error, close_code::kTooBig);
}

// RFC 7692 section 6.

constexpr std::uint8_t kCompressed = 0x40;

std::string deflated(std::string_view message) {
  Deflater deflater(6, 15, false);
  std::string payload;
  deflater.deflate(message, payload);
  return payload;
}
Outcome read_compressed(std::string_view bytes, std::size_t step = std::string::npos, std::size_t limit = kLimit) {
  Inflater inflater(15, false);
  return read(bytes, step, limit, &inflater);
}

TEST(FrameReader, InflatesMessagesInAnyPieces) {
  const std::string payload = deflated("Hello, Hello, Hello");
  const std::string bytes = client_frame(kFin | kCompressed | kText, payload) + client_frame(kFin | kText, "as it is") +
                            client_frame(kCompressed | kBinary, payload.substr(0, 3)) +
                            client_frame(kFin | kPing, "p") + client_frame(0, payload.substr(3, 2)) +
                            client_frame(kFin, payload.substr(5)) +
                            client_frame(kFin | kCompressed | kText, deflated(""));
  const Events expected = {"text Hello, Hello, Hello", "text as it is", "ping p", "binary Hello, Hello, Hello",
                           "text "};
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    const Outcome outcome = read_compressed(bytes, step);
    EXPECT_EQ(outcome.events, expected) << step;
    EXPECT_EQ(outcome.error, 0) << step;
  }
}

TEST(FrameReader, TakesTheCompressionBitOnlyWhereItBelongs) {
  const std::string payload = deflated("Hello");
  EXPECT_EQ(read(client_frame(kFin | kCompressed | kText, payload)).error, 1002) << "nothing was agreed on";
  const std::string start = client_frame(kCompressed | kText, payload.substr(0, 2));
  EXPECT_EQ(read_compressed(start + client_frame(kFin | kCompressed, payload.substr(2))).error, 1002);
  EXPECT_EQ(read_compressed(client_frame(kText, "a") + client_frame(kFin | kCompressed, payload)).error, 1002);
  for (const std::uint8_t control : {kPing, kPong, kClose}) {
    EXPECT_EQ(read_compressed(client_frame(kFin | kCompressed | control, "")).error, 1002);
  }
  EXPECT_EQ(read_compressed(client_frame(0xe1, payload)).error, 1002) << "RSV2 too";
  EXPECT_EQ(read_compressed(client_frame(0xd1, payload)).error, 1002) << "RSV3 too";
}

TEST(FrameReader, ChecksWhatItInflated) {
  const auto one = [](std::uint8_t opcode, std::string_view payload) {
    return client_frame(kFin | kCompressed | opcode, payload);
  };
  EXPECT_EQ(read_compressed(one(kText, deflated("\xc3\x28"))).error, close_code::kInvalidData);
  EXPECT_EQ(read_compressed(one(kText, deflated("\xe2\x82"))).error, close_code::kInvalidData);
  EXPECT_EQ(read_compressed(one(kBinary, deflated("\xc3\x28"))).events, Events{"binary \xc3\x28"});
  EXPECT_EQ(read_compressed(one(kBinary, "\x07")).error, close_code::kInvalidData) << "no DEFLATE data";
  EXPECT_EQ(read_compressed(one(kBinary, deflated("Hello").substr(0, 4))).error, close_code::kInvalidData);
}

TEST(FrameReader, BoundsInflatedMessages) {
  const std::string bomb = deflated(std::string(8 << 20, 'x'));
  const std::string bytes = client_frame(kFin | kCompressed | kText, bomb);
  EXPECT_EQ(read_compressed(bytes).error, close_code::kTooBig);
  EXPECT_EQ(read_compressed(bytes, 1000).error, close_code::kTooBig);
  const std::string exact = client_frame(kFin | kCompressed | kText, deflated(std::string(100, 'x')));
  EXPECT_EQ(read_compressed(exact, std::string::npos, 100).error, 0);
  EXPECT_EQ(read_compressed(exact, std::string::npos, 99).error, close_code::kTooBig);
  // What is larger compressed than the message may be is refused by its header.
  EXPECT_EQ(read_compressed(std::string("\xc2\xff\0\0\0\0\0\x20\0\0mask", 14)).error, close_code::kTooBig);
}

}  // namespace
}  // namespace laraman::websocket
