#include "wire/fastcgi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace laraman::wire::fastcgi {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Owned {
  RecordType type;
  std::uint16_t request_id;
  std::string content;
  bool operator==(const Owned&) const = default;
};

// Feeds `bytes` in pieces of `step` bytes.
std::vector<Owned> read_all(std::string_view bytes, std::size_t step) {
  std::vector<Owned> records;
  RecordReader reader;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const std::string piece(bytes.substr(at, step));  // gone after this turn, so that a stale view shows
    reader.feed(piece);
    while (true) {
      auto record = reader.next();
      EXPECT_TRUE(record.ok());
      if (!record.ok() || !record->has_value()) break;
      records.push_back({(*record)->type, (*record)->request_id, std::string((*record)->content)});
    }
  }
  EXPECT_FALSE(reader.in_record());
  return records;
}

std::vector<std::pair<std::string, std::string>> pairs_of(std::string_view bytes) {
  std::vector<std::pair<std::string, std::string>> pairs;
  PairReader reader(bytes);
  while (const auto pair = reader.next()) pairs.emplace_back(pair->name, pair->value);
  EXPECT_FALSE(reader.malformed());
  return pairs;
}

TEST(FastCgiRecord, ReadsTheSpecificationsExample) {  // appendix B.1
  const std::string_view bytes(
      "\x01\x01\x00\x01\x00\x08\x00\x00"
      "\x00\x01\x00\x00\x00\x00\x00\x00"
      "\x01\x04\x00\x01\x00\x1b\x05\x00"
      "\x0b\x02SERVER_PORT80\x0b\x01SERVER_ADDR!pad!",
      16 + 8 + 27 + 5);
  const auto records = read_all(bytes, bytes.size());
  ASSERT_THAT(records, SizeIs(2));
  const auto begin = parse_begin_request(records[0].content);
  ASSERT_TRUE(begin.has_value());
  EXPECT_EQ(begin->role, static_cast<std::uint16_t>(Role::kResponder));
  EXPECT_FALSE(begin->keep_connection);
  EXPECT_EQ(records[1].request_id, 1);
  EXPECT_EQ(records[1].content.size(), 27U);
}

TEST(FastCgiRecord, RoundTripsAWholeRequestInAnyPieces) {
  const std::string body(200'000, 'b');
  std::string bytes;
  append_begin_request(bytes, 7, Role::kResponder, true);
  ParamsWriter params(bytes, 7);
  params.add("REQUEST_METHOD", "POST");
  params.add("HTTP_COOKIE", std::string(300, 'c'));
  params.add("EMPTY", "");
  params.finish();
  append_stream(bytes, RecordType::kStdin, 7, body);
  append_stream_end(bytes, RecordType::kStdin, 7);
  append_abort_request(bytes, 7);

  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{4096}, bytes.size()}) {
    SCOPED_TRACE(step);
    const auto records = read_all(bytes, step);
    ASSERT_THAT(records, SizeIs(9));
    EXPECT_TRUE(parse_begin_request(records[0].content)->keep_connection);
    EXPECT_THAT(pairs_of(records[1].content),
                ElementsAre(std::pair<std::string, std::string>("REQUEST_METHOD", "POST"),
                            std::pair<std::string, std::string>("HTTP_COOKIE", std::string(300, 'c')),
                            std::pair<std::string, std::string>("EMPTY", "")));
    EXPECT_EQ(records[2], (Owned{RecordType::kParams, 7, ""}));
    std::string joined;
    for (int i = 3; i < 7; ++i) {
      EXPECT_EQ(records[static_cast<std::size_t>(i)].type, RecordType::kStdin);
      joined += records[static_cast<std::size_t>(i)].content;
    }
    EXPECT_EQ(joined, body);
    EXPECT_EQ(records[7], (Owned{RecordType::kStdin, 7, ""}));
    EXPECT_EQ(records[8], (Owned{RecordType::kAbortRequest, 7, ""}));
  }
}

TEST(FastCgiRecord, RefusesAnotherVersionAtItsFirstByte) {
  RecordReader reader;
  reader.feed("G");
  EXPECT_FALSE(reader.next().ok());
  std::string_view http = "GET / HTTP/1.1\r\n";
  EXPECT_FALSE(take_record(http).ok());
  EXPECT_EQ(http.size(), 16U);
}

TEST(FastCgiRecord, KnowsThatItIsWithinARecord) {
  std::string bytes;
  append_stream(bytes, RecordType::kStdout, 1, "hello");
  RecordReader reader;
  EXPECT_FALSE(reader.in_record());
  reader.feed(std::string_view(bytes).substr(0, 3));
  EXPECT_FALSE(reader.next()->has_value());
  EXPECT_TRUE(reader.in_record());
}

TEST(FastCgiRecord, SplitsWhatOneRecordCannotCarry) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kMaxContent, kMaxContent + 1, 3 * kMaxContent}) {
    std::string bytes;
    append_stream(bytes, RecordType::kStdout, 1, std::string(size, 'x'));
    EXPECT_EQ(bytes.size(), stream_size(size)) << size;
  }
}

TEST(FastCgiRecord, SplitsLongParams) {
  std::string bytes;
  ParamsWriter params(bytes, 1);
  for (int i = 0; i < 3; ++i) params.add("NAME_" + std::to_string(i), std::string(40'000, 'v'));
  params.finish();
  const auto records = read_all(bytes, bytes.size());
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_THAT(pairs_of(records[0].content + records[1].content), SizeIs(3));
  EXPECT_THAT(records[2].content, IsEmpty());
}

TEST(FastCgiRecord, EmptyParamsAreOneEmptyRecord) {
  std::string bytes;
  ParamsWriter(bytes, 1).finish();
  EXPECT_THAT(read_all(bytes, 3), ElementsAre(Owned{RecordType::kParams, 1, ""}));
}

TEST(FastCgiRecord, EndRequestRoundTrips) {
  std::string bytes;
  append_end_request(bytes, 513, 0x01020304, ProtocolStatus::kOverloaded);
  const auto records = read_all(bytes, 5);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].request_id, 513);
  const auto end = parse_end_request(records[0].content);
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->app_status, 0x01020304U);
  EXPECT_EQ(end->protocol_status, ProtocolStatus::kOverloaded);
}

TEST(FastCgiRecord, ShortBodiesAreRefused) {
  EXPECT_FALSE(parse_begin_request("1234567").has_value());
  EXPECT_FALSE(parse_end_request("").has_value());
}

TEST(FastCgiPairs, LengthsOfBothForms) {
  for (const std::size_t size : {0, 1, 127, 128, 65535, 70'000}) {
    std::string bytes;
    append_pair(bytes, std::string(size, 'n'), std::string(size, 'v'));
    EXPECT_EQ(bytes.size(), 2 * size + (size < 128 ? 2 : 8));
    EXPECT_THAT(pairs_of(bytes), ElementsAre(std::pair(std::string(size, 'n'), std::string(size, 'v'))));
  }
}

TEST(FastCgiPairs, MalformedPairsEndTheReading) {
  const std::string_view table[] = {
      "\x05",                               // no value length
      std::string_view("\x80\x00\x00", 3),  // a cut off long length
      "\x03\x03"
      "abcde",                             // value too short
      "\xff\xff\xff\xff\xff\xff\xff\xff",  // lengths beyond all bytes
  };
  for (const auto bytes : table) {
    PairReader reader(bytes);
    EXPECT_FALSE(reader.next().has_value());
    EXPECT_TRUE(reader.malformed());
    EXPECT_FALSE(reader.next().has_value());
  }
}

TEST(FastCgiManagement, AnswersValuesThatItKnows) {
  std::string asked;
  append_get_values(asked);
  const auto questions = read_all(asked, 99);
  ASSERT_THAT(questions, SizeIs(1));
  std::string query = questions[0].content;
  append_pair(query, "FCGI_COLOUR", "");
  std::string answer;
  append_get_values_result(answer, query, {.max_connections = 8, .max_requests = 1, .multiplexes = false});
  const auto records = read_all(answer, 4);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].type, RecordType::kGetValuesResult);
  EXPECT_EQ(records[0].request_id, 0);
  using P = std::pair<std::string, std::string>;
  EXPECT_THAT(pairs_of(records[0].content),
              ElementsAre(P{"FCGI_MAX_CONNS", "8"}, P{"FCGI_MAX_REQS", "1"}, P{"FCGI_MPXS_CONNS", "0"}));
}

TEST(FastCgiManagement, AnswersUnknownTypes) {
  std::string answer;
  append_unknown_type(answer, 77);
  const auto records = read_all(answer, 99);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].type, RecordType::kUnknownType);
  EXPECT_EQ(records[0].content, std::string("\x4d\0\0\0\0\0\0\0", 8));
}

}  // namespace
}  // namespace laraman::wire::fastcgi
