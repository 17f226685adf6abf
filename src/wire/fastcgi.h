// FastCGI 1.0 records and name-value pairs, for both ends of a link: the gateway speaks as the web server, the PHP
// worker as the application. Pure: bytes in, records out, no I/O. Section numbers are those of the FastCGI
// specification 1.0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace laraman::wire::fastcgi {

inline constexpr std::size_t kHeaderSize = 8;
inline constexpr std::size_t kMaxContent = 65535;  // bytes of content that one record can carry
inline constexpr std::size_t kMaxRecord = kHeaderSize + kMaxContent + 255;

// 8: FCGI_BEGIN_REQUEST …; types not named here occur on the wire and are answered with UNKNOWN_TYPE.
enum class RecordType : std::uint8_t {
  kBeginRequest = 1,
  kAbortRequest = 2,
  kEndRequest = 3,
  kParams = 4,
  kStdin = 5,
  kStdout = 6,
  kStderr = 7,
  kData = 8,
  kGetValues = 9,
  kGetValuesResult = 10,
  kUnknownType = 11,
};

enum class Role : std::uint16_t { kResponder = 1, kAuthorizer = 2, kFilter = 3 };

enum class ProtocolStatus : std::uint8_t {
  kRequestComplete = 0,
  kCannotMultiplex = 1,  // a second request id on a connection that serves one at a time
  kOverloaded = 2,
  kUnknownRole = 3,
};

// One record; `content` is without padding. Request id 0 is a management record (3.3).
struct Record {
  RecordType type{};
  std::uint16_t request_id = 0;
  std::string_view content;
};

// ---- reading -------------------------------------------------------------------------------------------------------

// Takes one whole record off the front of `bytes` and shortens `bytes` by it. Empty: more bytes are needed (at most
// kMaxRecord in all); `bytes` is then unchanged. Error: not FastCGI 1; the connection is of no more use. The record's
// content is a view into what `bytes` looked at.
Result<std::optional<Record>> take_record(std::string_view& bytes);

// Reads records from bytes that arrive in any pieces, with no copy of records that arrive whole. It keeps at most one
// unfinished record (kMaxRecord bytes).
//   reader.feed(bytes);
//   while (true) { auto record = reader.next(); … until error or empty … }
class RecordReader {
 public:
  // `bytes` must stay in place until next() has returned "empty" or an error. Call only then again.
  void feed(std::string_view bytes);
  // The next record, valid until the next call of next() or feed(); empty when all is read. Errors as take_record().
  Result<std::optional<Record>> next();
  // True if the bytes so far end within a record: end of file here means that the peer went away in mid-sentence.
  bool in_record() const { return !rest_.empty() || !input_.empty(); }

 private:
  std::string_view input_;
  std::string rest_;             // start of a record whose end has not come
  bool rest_delivered_ = false;  // rest_ is the record that next() returned last
};

struct BeginRequest {
  std::uint16_t role = 0;  // a Role, or an unknown one
  bool keep_connection = false;
};
std::optional<BeginRequest> parse_begin_request(std::string_view content);

struct EndRequest {
  std::uint32_t app_status = 0;  // not 0, and output has not been ended before: the response is not complete
  ProtocolStatus protocol_status = ProtocolStatus::kRequestComplete;
};
std::optional<EndRequest> parse_end_request(std::string_view content);

// Name-value pairs (3.4) of a whole PARAMS stream (its records' contents joined), or of a GET_VALUES record.
struct Pair {
  std::string_view name;
  std::string_view value;
};
class PairReader {
 public:
  explicit PairReader(std::string_view bytes) : bytes_(bytes) {}
  // The next pair; empty at the end and at a malformed pair.
  std::optional<Pair> next();
  // After next() returned empty: true if that was because the bytes are malformed.
  bool malformed() const { return malformed_; }

 private:
  std::string_view bytes_;
  bool malformed_ = false;
};

// ---- writing: all append to `out` -----------------------------------------------------------------------------------

// A record's header alone, for a sender that does not copy the content (writev). `content_length` <= kMaxContent.
std::array<char, kHeaderSize> make_header(RecordType type, std::uint16_t request_id, std::size_t content_length);
void append_header(std::string& out, RecordType type, std::uint16_t request_id, std::size_t content_length);

// Bytes that append_stream() adds for `content_size` bytes of content.
constexpr std::size_t stream_size(std::size_t content_size) {
  return content_size + (content_size + kMaxContent - 1) / kMaxContent * kHeaderSize;
}
// `content` in as many records as it takes; nothing if it is empty.
void append_stream(std::string& out, RecordType type, std::uint16_t request_id, std::string_view content);
// The empty record that ends a stream (3.3): PARAMS, STDIN, STDOUT, STDERR.
void append_stream_end(std::string& out, RecordType type, std::uint16_t request_id);

void append_begin_request(std::string& out, std::uint16_t request_id, Role role, bool keep_connection);
void append_abort_request(std::string& out, std::uint16_t request_id);
void append_end_request(std::string& out, std::uint16_t request_id, std::uint32_t app_status = 0,
                        ProtocolStatus protocol_status = ProtocolStatus::kRequestComplete);
// Answer to a management record of an unknown type (4.2).
void append_unknown_type(std::string& out, std::uint8_t type);

void append_pair(std::string& out, std::string_view name, std::string_view value);

// Writes a PARAMS stream pair by pair straight into `out`, which no other code may touch before finish().
class ParamsWriter {
 public:
  ParamsWriter(std::string& out, std::uint16_t request_id);
  void add(std::string_view name, std::string_view value) { append_pair(out_, name, value); }
  // Completes the stream, its end record included. Call once, last.
  void finish();

 private:
  std::string& out_;
  std::size_t begin_;  // where the first record's header lies
  std::uint16_t request_id_;
};

// What an application answers to GET_VALUES (4.1).
struct Capabilities {
  std::uint32_t max_connections = 1;
  std::uint32_t max_requests = 1;
  bool multiplexes = false;
};
void append_get_values(std::string& out);
// The values that `query` (content of GET_VALUES) asks for; unknown names are left out, as 4.1 says.
void append_get_values_result(std::string& out, std::string_view query, const Capabilities& capabilities);

}  // namespace laraman::wire::fastcgi
