#include "websocket/deflate.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace laraman::websocket {
namespace {

constexpr std::size_t kLimit = 8 << 20;
using Outcome = Inflater::Outcome;

// Bytes that compress: random words from a small vocabulary, so that repetitions lie at all distances.
std::string words(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size) text.append(1 + random() % 9, static_cast<char>('a' + random() % 20)).push_back(' ');
  text.resize(size);
  return text;
}
std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

std::string deflated(std::string_view message, int level = 3, std::uint8_t window_bits = 15) {
  Deflater deflater(level, window_bits, false);
  std::string out;
  deflater.deflate(message, out);
  return out;
}
Outcome inflate(std::string_view payload, std::string& out, std::size_t limit = kLimit) {
  Inflater inflater(15, false);
  return inflater.inflate(payload, limit, out);
}
std::string inflated(std::string_view payload) {
  std::string out;
  EXPECT_EQ(inflate(payload, out), Outcome::kDone);
  return out;
}

// RFC 7692 section 7.2.3.
TEST(Inflater, ReadsTheExamplesOfTheStandard) {
  EXPECT_EQ(inflated(std::string_view("\xf2\x48\xcd\xc9\xc9\x07\x00", 7)), "Hello");
  EXPECT_EQ(inflated(std::string_view("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11)), "Hello")
      << "not compressed";
  EXPECT_EQ(inflated(std::string_view("\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8)), "Hello") << "a block with BFINAL";
  EXPECT_EQ(inflated(std::string_view("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13)), "Hello")
      << "two blocks";
  EXPECT_EQ(inflated(std::string_view("\x00", 1)), "") << "an empty message";
}

TEST(Inflater, ReadsTheSecondMessageOfTheStandardWithItsContext) {
  Inflater inflater(15, true);
  std::string out;
  EXPECT_EQ(inflater.inflate(std::string_view("\xf2\x48\xcd\xc9\xc9\x07\x00", 7), kLimit, out), Outcome::kDone);
  EXPECT_EQ(inflater.inflate(std::string_view("\xf2\x00\x11\x00\x00", 5), kLimit, out), Outcome::kDone);
  EXPECT_EQ(out, "HelloHello");
  std::string without;
  EXPECT_EQ(inflate(std::string_view("\xf2\x00\x11\x00\x00", 5), without), Outcome::kInvalid) << "refers to nothing";
}

TEST(Inflater, ToleratesStreamsThatEndWithTheMessage) {
  Inflater inflater(15, true);
  for (int i = 0; i < 3; ++i) {
    std::string out;
    EXPECT_EQ(inflater.inflate(std::string_view("\xf3\x48\xcd\xc9\xc9\x07\x00", 7), kLimit, out), Outcome::kDone);
    EXPECT_EQ(out, "Hello");
  }
}

TEST(Inflater, RefusesWhatIsNoDeflateStream) {
  std::string out;
  EXPECT_EQ(inflate("\x07", out), Outcome::kInvalid) << "reserved block type";
  EXPECT_EQ(inflate(std::string_view("\x00\x05\x00\xfa\xfe", 5), out), Outcome::kInvalid) << "length and complement";
  EXPECT_EQ(inflate(std::string_view("\xf2\x00\x11\x00\x00", 5), out), Outcome::kInvalid) << "too far back";
  EXPECT_EQ(inflate(std::string_view("\x00\x05\x00\xfa\xff\x48\x65", 7), out), Outcome::kInvalid) << "cut short";
  const std::string whole = deflated(words(1000));
  EXPECT_EQ(inflate(whole.substr(0, whole.size() / 2), out), Outcome::kInvalid) << "cut short";
}

TEST(Inflater, StopsAtTheLimit) {
  const std::string bomb = deflated(std::string(16 << 20, '\0'), 9);
  EXPECT_LT(bomb.size(), 20'000u);
  std::string out;
  EXPECT_EQ(inflate(bomb, out, 1 << 20), Outcome::kTooBig);
  EXPECT_LE(out.size(), (1u << 20) + 16 * 1024);
  const std::string message = words(1000);
  for (const std::size_t limit : {999u, 1000u}) {
    out.clear();
    EXPECT_EQ(inflate(deflated(message), out, limit), limit < 1000 ? Outcome::kTooBig : Outcome::kDone);
  }
}

TEST(Inflater, GoesOnAfterABadMessageWhereItKeepsNoContext) {
  Inflater inflater(15, false);
  std::string out;
  EXPECT_EQ(inflater.inflate("\x07", kLimit, out), Outcome::kInvalid);
  EXPECT_EQ(inflater.inflate(deflated(std::string(100'000, 'x')), 10, out), Outcome::kTooBig);
  out.clear();
  EXPECT_EQ(inflater.inflate(deflated("good"), kLimit, out), Outcome::kDone);
  EXPECT_EQ(out, "good");
}

TEST(Deflater, IsReadByTheInflater) {
  for (const std::size_t size : {0u, 1u, 125u, 16383u, 16384u, 16385u, 65536u, 500'000u}) {
    for (const std::string& message : {words(size), noise(size)}) {
      for (const int level : {1, 9}) {
        EXPECT_TRUE(inflated(deflated(message, level)) == message) << size << " at level " << level;
      }
    }
  }
}

TEST(Deflater, MakesTheExampleOfTheStandard) {
  EXPECT_EQ(deflated("Hello"), std::string_view("\xf2\x48\xcd\xc9\xc9\x07\x00", 7));
  EXPECT_EQ(deflated(""), std::string_view("\x00", 1));
}

TEST(Deflater, GrowsNoMoreThanExpected) {
  const std::string bytes = noise(1'000'000);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{16384}, bytes.size()}) {
    for (const std::uint8_t bits : {9, 15}) {
      for (const int level : {1, 9}) {
        EXPECT_LE(deflated(bytes.substr(0, size), level, bits).size(), max_deflated(size)) << size;
      }
    }
  }
}

TEST(Deflater, UsesWhatWasSentBefore) {
  Deflater deflater(6, 15, true);
  Inflater inflater(15, true);
  const std::string message = noise(500);
  std::size_t sizes[2];
  for (std::size_t& size : sizes) {
    std::string payload;
    deflater.deflate(message, payload);
    size = payload.size();
    std::string out;
    ASSERT_EQ(inflater.inflate(payload, kLimit, out), Outcome::kDone);
    EXPECT_EQ(out, message);
  }
  EXPECT_GE(sizes[0], 500u);
  EXPECT_LE(sizes[1], 20u);
  std::string empty;
  deflater.deflate("", empty);
  deflater.deflate("", empty);
  std::string out;
  EXPECT_EQ(inflater.inflate(std::string_view(empty).substr(0, 1), kLimit, out), Outcome::kDone);
  EXPECT_EQ(out, "");
}

TEST(Deflater, IsTheSameForEveryMessageWithoutContext) {
  Deflater deflater(6, 15, false);
  std::string first;
  std::string second;
  deflater.deflate(words(3000), first);
  deflater.deflate(words(3000), second);
  EXPECT_EQ(first, second);
}

// A decompressor with a window of that size refuses what refers further back. 8 is the one that zlib does not offer.
TEST(Deflater, LooksBackNoFurtherThanItsWindow) {
  std::string repeated;  // the same at each distance around the borders of the windows
  for (std::size_t distance = 240; distance <= 520; ++distance) {
    const std::string word = noise(distance + 40).substr(distance);
    repeated.append(word).append(noise(distance - word.size())).append(word);
  }
  for (std::uint8_t bits = 8; bits <= 15; ++bits) {
    for (int level = 1; level <= 9; ++level) {
      Deflater deflater(level, bits, true);
      Inflater inflater(bits, true);
      for (const std::string& message : {repeated, words(100'000), repeated, std::string(70'000, 'x')}) {
        std::string payload;
        deflater.deflate(message, payload);
        std::string out;
        ASSERT_EQ(inflater.inflate(payload, kLimit, out), Outcome::kDone) << int{bits} << " at level " << level;
        ASSERT_TRUE(out == message);
      }
    }
  }
}

}  // namespace
}  // namespace laraman::websocket
