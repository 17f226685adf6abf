#include "wire/fastcgi.h"

#include <algorithm>
#include <cassert>

namespace laraman::wire::fastcgi {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kKeepConnectionFlag = 1;
constexpr std::size_t kBodySize = 8;  // of BEGIN_REQUEST, END_REQUEST and UNKNOWN_TYPE
constexpr std::uint32_t kLongLength = 0x80000000;

constexpr std::string_view kMaxConnections = "FCGI_MAX_CONNS";
constexpr std::string_view kMaxRequests = "FCGI_MAX_REQS";
constexpr std::string_view kMultiplexes = "FCGI_MPXS_CONNS";

std::uint8_t byte_at(std::string_view bytes, std::size_t index) { return static_cast<std::uint8_t>(bytes[index]); }

std::uint16_t read_u16(std::string_view bytes, std::size_t index) {
  return static_cast<std::uint16_t>(byte_at(bytes, index) << 8 | byte_at(bytes, index + 1));
}

std::uint32_t read_u32(std::string_view bytes, std::size_t index) {
  return static_cast<std::uint32_t>(read_u16(bytes, index)) << 16 | read_u16(bytes, index + 2);
}

char to_byte(std::uint32_t value) { return static_cast<char>(value & 0xff); }

// Size of the record whose header begins `bytes`, with header and padding; `bytes` has at least kHeaderSize bytes.
std::size_t record_size(std::string_view bytes) { return kHeaderSize + read_u16(bytes, 4) + byte_at(bytes, 6); }

void append_length(std::string& out, std::size_t length) {
  if (length < 128) {
    out.push_back(static_cast<char>(length));
    return;
  }
  assert(length < kLongLength);
  const auto value = static_cast<std::uint32_t>(length) | kLongLength;
  const char encoded[] = {to_byte(value >> 24), to_byte(value >> 16), to_byte(value >> 8), to_byte(value)};
  out.append(encoded, sizeof encoded);
}

// Takes a pair's length off the front of `bytes`; empty if it is cut off.
std::optional<std::size_t> take_length(std::string_view& bytes) {
  if (bytes.empty()) return std::nullopt;
  if (byte_at(bytes, 0) < 128) {
    const std::size_t length = byte_at(bytes, 0);
    bytes.remove_prefix(1);
    return length;
  }
  if (bytes.size() < 4) return std::nullopt;
  const std::size_t length = read_u32(bytes, 0) & ~kLongLength;
  bytes.remove_prefix(4);
  return length;
}

void append_body(std::string& out, RecordType type, std::uint16_t request_id, std::array<char, kBodySize> body) {
  append_header(out, type, request_id, body.size());
  out.append(body.data(), body.size());
}

}  // namespace

Result<std::optional<Record>> take_record(std::string_view& bytes) {
  if (!bytes.empty() && byte_at(bytes, 0) != kVersion) {
    return Error{ErrorCode::kInvalid, "not a FastCGI 1 record", "version " + std::to_string(byte_at(bytes, 0)), ""};
  }
  if (bytes.size() < kHeaderSize) return std::optional<Record>{};
  const std::size_t size = record_size(bytes);
  if (bytes.size() < size) return std::optional<Record>{};
  const Record record{static_cast<RecordType>(byte_at(bytes, 1)), read_u16(bytes, 2),
                      bytes.substr(kHeaderSize, read_u16(bytes, 4))};
  bytes.remove_prefix(size);
  return std::optional<Record>{record};
}

void RecordReader::feed(std::string_view bytes) {
  assert(input_.empty());
  input_ = bytes;
}

Result<std::optional<Record>> RecordReader::next() {
  if (rest_delivered_) {
    rest_.clear();
    rest_delivered_ = false;
  }
  if (!rest_.empty()) {  // complete its header first, then, with the size known, the record
    const auto take = [this](std::size_t wanted) {
      const std::size_t count = std::min(wanted - std::min(wanted, rest_.size()), input_.size());
      rest_.append(input_.substr(0, count));
      input_.remove_prefix(count);
    };
    take(kHeaderSize);
    if (rest_.size() >= kHeaderSize) take(record_size(rest_));
    std::string_view whole = rest_;
    auto record = take_record(whole);
    rest_delivered_ = record.ok() && record.value().has_value();
    return record;
  }
  auto record = take_record(input_);
  if (record.ok() && !record.value().has_value()) {
    rest_ = input_;
    input_ = {};
  }
  return record;
}

std::optional<BeginRequest> parse_begin_request(std::string_view content) {
  if (content.size() < kBodySize) return std::nullopt;
  return BeginRequest{read_u16(content, 0), (byte_at(content, 2) & kKeepConnectionFlag) != 0};
}

std::optional<EndRequest> parse_end_request(std::string_view content) {
  if (content.size() < kBodySize) return std::nullopt;
  return EndRequest{read_u32(content, 0), static_cast<ProtocolStatus>(byte_at(content, 4))};
}

std::optional<Pair> PairReader::next() {
  if (bytes_.empty() || malformed_) return std::nullopt;
  const auto name_length = take_length(bytes_);
  const auto value_length = name_length ? take_length(bytes_) : std::nullopt;
  if (!value_length || *name_length > bytes_.size() || *value_length > bytes_.size() - *name_length) {
    malformed_ = true;
    return std::nullopt;
  }
  const Pair pair{bytes_.substr(0, *name_length), bytes_.substr(*name_length, *value_length)};
  bytes_.remove_prefix(*name_length + *value_length);
  return pair;
}

std::array<char, kHeaderSize> make_header(RecordType type, std::uint16_t request_id, std::size_t content_length) {
  assert(content_length <= kMaxContent);
  const auto length = static_cast<std::uint32_t>(content_length);
  return {to_byte(kVersion),
          to_byte(static_cast<std::uint8_t>(type)),
          to_byte(static_cast<std::uint32_t>(request_id) >> 8),
          to_byte(request_id),
          to_byte(length >> 8),
          to_byte(length),
          0,
          0};
}

void append_header(std::string& out, RecordType type, std::uint16_t request_id, std::size_t content_length) {
  const auto header = make_header(type, request_id, content_length);
  out.append(header.data(), header.size());
}

void append_stream(std::string& out, RecordType type, std::uint16_t request_id, std::string_view content) {
  while (!content.empty()) {
    const std::string_view piece = content.substr(0, kMaxContent);
    append_header(out, type, request_id, piece.size());
    out.append(piece);
    content.remove_prefix(piece.size());
  }
}

void append_stream_end(std::string& out, RecordType type, std::uint16_t request_id) {
  append_header(out, type, request_id, 0);
}

void append_begin_request(std::string& out, std::uint16_t request_id, Role role, bool keep_connection) {
  const auto number = static_cast<std::uint32_t>(role);
  append_body(out, RecordType::kBeginRequest, request_id,
              {to_byte(number >> 8), to_byte(number), to_byte(keep_connection ? kKeepConnectionFlag : 0)});
}

void append_abort_request(std::string& out, std::uint16_t request_id) {
  append_header(out, RecordType::kAbortRequest, request_id, 0);
}

void append_end_request(std::string& out, std::uint16_t request_id, std::uint32_t app_status,
                        ProtocolStatus protocol_status) {
  append_body(out, RecordType::kEndRequest, request_id,
              {to_byte(app_status >> 24), to_byte(app_status >> 16), to_byte(app_status >> 8), to_byte(app_status),
               to_byte(static_cast<std::uint8_t>(protocol_status))});
}

void append_unknown_type(std::string& out, std::uint8_t type) {
  append_body(out, RecordType::kUnknownType, 0, {to_byte(type)});
}

void append_pair(std::string& out, std::string_view name, std::string_view value) {
  append_length(out, name.size());
  append_length(out, value.size());
  out.append(name);
  out.append(value);
}

ParamsWriter::ParamsWriter(std::string& out, std::uint16_t request_id)
    : out_(out), begin_(out.size()), request_id_(request_id) {
  append_header(out_, RecordType::kParams, request_id_, 0);
}

void ParamsWriter::finish() {
  const std::size_t content_size = out_.size() - begin_ - kHeaderSize;
  if (content_size > kMaxContent) {  // rare: more than one record
    const std::string content = out_.substr(begin_ + kHeaderSize);
    out_.resize(begin_);
    append_stream(out_, RecordType::kParams, request_id_, content);
  } else if (content_size > 0) {
    const auto header = make_header(RecordType::kParams, request_id_, content_size);
    out_.replace(begin_, kHeaderSize, header.data(), header.size());
  } else {
    return;  // the empty record is there already
  }
  append_stream_end(out_, RecordType::kParams, request_id_);
}

void append_get_values(std::string& out) {
  std::string content;
  for (const auto name : {kMaxConnections, kMaxRequests, kMultiplexes}) append_pair(content, name, "");
  append_stream(out, RecordType::kGetValues, 0, content);
}

void append_get_values_result(std::string& out, std::string_view query, const Capabilities& capabilities) {
  std::string content;
  PairReader pairs(query);
  while (const auto pair = pairs.next()) {
    if (content.size() > kMaxContent - 64) break;  // a query that repeats itself
    if (pair->name == kMaxConnections) append_pair(content, pair->name, std::to_string(capabilities.max_connections));
    if (pair->name == kMaxRequests) append_pair(content, pair->name, std::to_string(capabilities.max_requests));
    if (pair->name == kMultiplexes) append_pair(content, pair->name, capabilities.multiplexes ? "1" : "0");
  }
  append_header(out, RecordType::kGetValuesResult, 0, content.size());
  out.append(content);
}

}  // namespace laraman::wire::fastcgi
