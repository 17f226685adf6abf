// Content codings (RFC 9110 section 8.4): what may be compressed, which coding a client wants, and the encoders. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace laraman::http {

enum class Coding : std::uint8_t { kIdentity, kGzip, kBrotli };

// As Content-Encoding names it: "gzip", "br"; empty for kIdentity.
std::string_view name_of(Coding coding);

// The one of the available codings that an Accept-Encoding field likes best; of equals the one that makes less of it.
// kIdentity is always available.
Coding choose_coding(std::string_view accept_encoding, bool gzip = true, bool brotli = true);

// Whether a Content-Type names that type, whatever its parameters.
bool has_type(std::string_view content_type, std::string_view type);

// Text, and formats that are text. Not text/event-stream, whose events are small and must arrive at once.
bool is_compressible(std::string_view content_type);

// Encodes one body. Not copied, not used again.
class ContentEncoder {
 public:
  virtual ~ContentEncoder() = default;

  // `level`: 1, fastest, to 9, smallest. kGzip and kBrotli only. Null without the memory for it.
  static std::unique_ptr<ContentEncoder> create(Coding coding, int level);

  // The functions return false if the library fails: the body cannot be completed.
  // Takes a piece of the body; appends to `out` what is ready of the encoded one, which may be nothing.
  [[nodiscard]] bool add(std::string_view piece, std::string& out) { return run(piece, Step::kAdd, out); }
  // Appends what makes all that was added so far readable.
  [[nodiscard]] bool flush(std::string& out) { return run({}, Step::kFlush, out); }
  // Appends the rest.
  [[nodiscard]] bool finish(std::string& out) { return run({}, Step::kFinish, out); }

 protected:
  enum class Step : std::uint8_t { kAdd, kFlush, kFinish };

 private:
  virtual bool run(std::string_view piece, Step step, std::string& out) = 0;
};

}  // namespace laraman::http
