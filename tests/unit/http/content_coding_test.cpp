#include "http/content_coding.h"

#include <brotli/decode.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace laraman::http {
namespace {

std::string decode(Coding coding, const std::string& encoded) {
  std::string out(4 << 20, '\0');
  if (coding == Coding::kBrotli) {
    std::size_t size = out.size();
    auto* to = reinterpret_cast<std::uint8_t*>(out.data());
    const auto* from = reinterpret_cast<const std::uint8_t*>(encoded.data());
    if (BrotliDecoderDecompress(encoded.size(), from, &size, to) != BROTLI_DECODER_RESULT_SUCCESS) return "<broken>";
    out.resize(size);
    return out;
  }
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(encoded.data()));
  stream.avail_in = static_cast<uInt>(encoded.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return result == Z_STREAM_END ? out : "<broken>";
}

// How much of the text can be read out of what has come so far.
std::size_t readable(const std::string& encoded) {
  std::string out(1 << 16, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(encoded.data()));
  stream.avail_in = static_cast<uInt>(encoded.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  inflate(&stream, Z_SYNC_FLUSH);
  const std::size_t size = stream.total_out;
  inflateEnd(&stream);
  return size;
}

TEST(ContentCoding, IsTheOneThatTheClientLikesBest) {
  struct Case {
    const char* accept;
    Coding coding;
  };
  for (const Case& c : {Case{"", Coding::kIdentity},
                        {"gzip", Coding::kGzip},
                        {"br", Coding::kBrotli},
                        {"gzip, deflate, br, zstd", Coding::kBrotli},
                        {"GZIP;q=1.0, br;q=0.9", Coding::kGzip},
                        {"gzip;q=0, br;q=0", Coding::kIdentity},
                        {"gzip;q=0, *", Coding::kBrotli},
                        {"br;q=0,*;q=0.5", Coding::kGzip},
                        {"identity, gzip;q=0.5", Coding::kIdentity},
                        {"identity;q=0, gzip", Coding::kGzip},
                        {"x-gzip", Coding::kGzip},
                        {"deflate, compress", Coding::kIdentity},
                        {"gzip;q=abc", Coding::kIdentity},
                        {"gzip;q=0.001", Coding::kGzip},
                        {"gzip ; q=0", Coding::kIdentity},
                        {",,", Coding::kIdentity}}) {
    EXPECT_EQ(choose_coding(c.accept), c.coding) << c.accept;
  }
  EXPECT_EQ(choose_coding("gzip, br", true, false), Coding::kGzip);
  EXPECT_EQ(choose_coding("gzip, br", false, true), Coding::kBrotli);
  EXPECT_EQ(choose_coding("br", true, false), Coding::kIdentity);
}

TEST(ContentCoding, IsForTextAndWhatIsLikeIt) {
  for (const char* type : {"text/html", "text/html; charset=utf-8", "TEXT/CSS", "application/json", "image/svg+xml",
                           "application/problem+json", "application/javascript", "font/ttf", "application/wasm"}) {
    EXPECT_TRUE(is_compressible(type)) << type;
  }
  for (const char* type : {"", "image/png", "application/octet-stream", "video/mp4", "application/zip", "font/woff2",
                           "text/event-stream", "text/event-stream; charset=utf-8", "text"}) {
    EXPECT_FALSE(is_compressible(type)) << type;
  }
}

TEST(ContentEncoder, MakesWhatADecoderUnderstands) {
  std::string text;
  for (int i = 0; text.size() < 300'000; ++i) text += "line " + std::to_string(i * 7919 % 1000) + "\n";
  for (const Coding coding : {Coding::kGzip, Coding::kBrotli}) {
    for (const std::size_t piece : {std::size_t{1000}, std::size_t{65536}, text.size()}) {
      const auto encoder = ContentEncoder::create(coding, 4);
      std::string encoded;
      for (std::size_t at = 0; at < text.size(); at += piece) {
        ASSERT_TRUE(encoder->add(std::string_view(text).substr(at, piece), encoded));
      }
      ASSERT_TRUE(encoder->finish(encoded));
      EXPECT_LT(encoded.size(), text.size() / 3);
      EXPECT_EQ(decode(coding, encoded), text) << name_of(coding) << " in pieces of " << piece;
    }
    const auto nothing = ContentEncoder::create(coding, 9);
    std::string encoded;
    ASSERT_TRUE(nothing->finish(encoded));
    EXPECT_EQ(decode(coding, encoded), "");
  }
}

TEST(ContentEncoder, FlushesWhatWasAdded) {
  const auto encoder = ContentEncoder::create(Coding::kGzip, 4);
  std::string encoded;
  ASSERT_TRUE(encoder->add("first part, ", encoded));
  EXPECT_EQ(readable(encoded), 0u);
  ASSERT_TRUE(encoder->flush(encoded));
  EXPECT_EQ(readable(encoded), 12u);
  ASSERT_TRUE(encoder->add("second part", encoded));
  ASSERT_TRUE(encoder->flush(encoded));
  ASSERT_TRUE(encoder->finish(encoded));
  EXPECT_EQ(decode(Coding::kGzip, encoded), "first part, second part");

  const auto brotli = ContentEncoder::create(Coding::kBrotli, 4);
  std::string first;
  ASSERT_TRUE(brotli->add("first part, ", first));
  ASSERT_TRUE(brotli->flush(first));
  EXPECT_GT(first.size(), 0u);
  ASSERT_TRUE(brotli->finish(first));
  EXPECT_EQ(decode(Coding::kBrotli, first), "first part, ");
}

}  // namespace
}  // namespace laraman::http
