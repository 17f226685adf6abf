#include "http/content_coding.h"

#include <brotli/encode.h>
#include <zlib.h>

#include <algorithm>
#include <array>

#include "http/syntax.h"

namespace laraman::http {
namespace {

constexpr std::size_t kOutput = 16 * 1024;  // of one call of an encoder
constexpr int kGzipWindow = 15 + 16;        // 32 KiB, with gzip's head and trailer
constexpr int kGzipMemory = 8;              // 256 KiB in all, for as long as the body lasts
constexpr int kBrotliWindow = 18;           // 256 KiB

// A weight in thousandths (RFC 9110 section 12.4.2); 0 if it is malformed.
int parse_weight(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return 0;
  int weight = (text[0] - '0') * 1000;
  if (text.size() == 1) return weight;
  if (text[1] != '.' || text.size() > 5) return 0;
  int unit = 100;
  for (const char digit : text.substr(2)) {
    if (digit < '0' || digit > '9') return 0;
    weight += (digit - '0') * unit;
    unit /= 10;
  }
  return std::min(weight, 1000);
}

class GzipEncoder final : public ContentEncoder {
 public:
  explicit GzipEncoder(int level)
      : usable_(deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindow, kGzipMemory, Z_DEFAULT_STRATEGY) == Z_OK) {}
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;
  ~GzipEncoder() override { deflateEnd(&stream_); }

  bool usable() const { return usable_; }

 private:
  bool run(std::string_view piece, Step step, std::string& out) override {
    const int flush = step == Step::kAdd ? Z_NO_FLUSH : step == Step::kFlush ? Z_SYNC_FLUSH : Z_FINISH;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));  // zlib does not write to it
    stream_.avail_in = static_cast<uInt>(piece.size());
    std::array<char, kOutput> buffer;
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream_.avail_out = static_cast<uInt>(buffer.size());
      if (deflate(&stream_, flush) == Z_STREAM_ERROR) return false;
      out.append(buffer.data(), buffer.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
    return true;
  }

  z_stream stream_{};
  const bool usable_;
};

class BrotliEncoder final : public ContentEncoder {
 public:
  explicit BrotliEncoder(int level) : state_(BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)) {
    if (state_ == nullptr) return;
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_QUALITY, static_cast<std::uint32_t>(level));
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_LGWIN, kBrotliWindow);
  }
  BrotliEncoder(const BrotliEncoder&) = delete;
  BrotliEncoder& operator=(const BrotliEncoder&) = delete;
  ~BrotliEncoder() override { BrotliEncoderDestroyInstance(state_); }

  bool usable() const { return state_ != nullptr; }

 private:
  bool run(std::string_view piece, Step step, std::string& out) override {
    const BrotliEncoderOperation operation = step == Step::kAdd     ? BROTLI_OPERATION_PROCESS
                                             : step == Step::kFlush ? BROTLI_OPERATION_FLUSH
                                                                    : BROTLI_OPERATION_FINISH;
    const auto* next = reinterpret_cast<const std::uint8_t*>(piece.data());
    std::size_t left = piece.size();
    do {
      std::size_t room = 0;  // none: the encoder keeps its output until it is taken
      if (BrotliEncoderCompressStream(state_, operation, &left, &next, &room, nullptr, nullptr) == BROTLI_FALSE) {
        return false;
      }
      while (BrotliEncoderHasMoreOutput(state_) == BROTLI_TRUE) {
        std::size_t size = 0;
        const std::uint8_t* output = BrotliEncoderTakeOutput(state_, &size);
        out.append(reinterpret_cast<const char*>(output), size);
      }
    } while (left > 0);
    return true;
  }

  BrotliEncoderState* state_;
};

template <typename Encoder>
std::unique_ptr<ContentEncoder> usable(std::unique_ptr<Encoder> encoder) {
  if (!encoder->usable()) return nullptr;
  return encoder;
}

}  // namespace

std::string_view name_of(Coding coding) {
  switch (coding) {
    case Coding::kGzip: return "gzip";
    case Coding::kBrotli: return "br";
    case Coding::kIdentity: break;
  }
  return {};
}

Coding choose_coding(std::string_view accept_encoding, bool gzip, bool brotli) {
  int of_gzip = -1;  // not named
  int of_brotli = -1;
  int of_identity = -1;
  int of_others = 0;
  for (std::string_view element = take_list_element(accept_encoding); !element.empty();
       element = take_list_element(accept_encoding)) {
    const std::size_t semicolon = element.find(';');
    const std::string_view name = trim(element.substr(0, semicolon));
    int weight = 1000;
    if (semicolon != element.npos) {
      const std::string_view parameter = trim(element.substr(semicolon + 1));
      if (parameter.starts_with("q=") || parameter.starts_with("Q=")) weight = parse_weight(parameter.substr(2));
    }
    if (equals_ignoring_case(name, "gzip") || equals_ignoring_case(name, "x-gzip")) of_gzip = weight;
    if (equals_ignoring_case(name, "br")) of_brotli = weight;
    if (equals_ignoring_case(name, "identity")) of_identity = weight;
    if (name == "*") of_others = weight;
  }
  of_gzip = gzip ? of_gzip >= 0 ? of_gzip : of_others : 0;
  of_brotli = brotli ? of_brotli >= 0 ? of_brotli : of_others : 0;
  if (of_gzip == 0 && of_brotli == 0) return Coding::kIdentity;
  if (of_identity > std::max(of_gzip, of_brotli)) return Coding::kIdentity;
  return of_brotli >= of_gzip ? Coding::kBrotli : Coding::kGzip;
}

bool has_type(std::string_view content_type, std::string_view type) {
  return equals_ignoring_case(trim(content_type.substr(0, content_type.find(';'))), type);
}

bool is_compressible(std::string_view content_type) {
  constexpr std::array<std::string_view, 12> kTypes = {"application/javascript",
                                                       "application/json",
                                                       "application/wasm",
                                                       "application/xml",
                                                       "application/x-ndjson",
                                                       "application/vnd.ms-fontobject",
                                                       "application/rtf",
                                                       "application/x-javascript",
                                                       "font/otf",
                                                       "font/ttf",
                                                       "image/bmp",
                                                       "image/x-icon"};
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  const auto ends_with = [type](std::string_view ending) {
    return type.size() >= ending.size() && equals_ignoring_case(type.substr(type.size() - ending.size()), ending);
  };
  if (type.size() > 5 && equals_ignoring_case(type.substr(0, 5), "text/")) return !ends_with("/event-stream");
  if (ends_with("+json") || ends_with("+xml")) return true;
  return std::any_of(kTypes.begin(), kTypes.end(),
                     [type](std::string_view known) { return equals_ignoring_case(type, known); });
}

std::unique_ptr<ContentEncoder> ContentEncoder::create(Coding coding, int level) {
  if (coding == Coding::kBrotli) return usable(std::make_unique<BrotliEncoder>(level));
  return usable(std::make_unique<GzipEncoder>(level));
}

}  // namespace laraman::http
