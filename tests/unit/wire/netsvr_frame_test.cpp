#include "wire/netsvr_frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "netsvr.pb.h"

namespace laraman::wire::netsvr {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;

struct Owned {
  bool heartbeat;
  std::uint32_t command;
  std::string message;
  bool operator==(const Owned&) const = default;
};

struct Reading {
  std::vector<Owned> frames;
  std::optional<Error> error;
};

// Feeds `bytes` to `reader` in pieces of `step` bytes.
Reading read_all(FrameReader& reader, std::string_view bytes, std::size_t step) {
  Reading reading;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const std::string piece(bytes.substr(at, step));  // gone after this turn, so that a stale view shows
    reader.feed(piece);
    while (true) {
      auto frame = reader.next();
      if (!frame.ok()) {
        reading.error = frame.error();
        return reading;
      }
      if (!frame->has_value()) break;
      reading.frames.push_back({(*frame)->heartbeat, (*frame)->command, std::string((*frame)->message)});
    }
  }
  return reading;
}

TEST(NetsvrFrame, HasBigEndianLengthAndCommand) {
  std::string bytes;
  append_frame(bytes, 900002003, "abc");
  EXPECT_EQ(bytes,
            "\x00\x00\x00\x07\x35\xa4\xf0\xd3"
            "abc"s);
  bytes.clear();
  append_heartbeat(bytes);
  EXPECT_EQ(bytes, "\x00\x00\x00\x0e~6YOt5rW35piO~"s);
}

TEST(NetsvrFrame, RoundTripsInAnyPieces) {
  SingleCast message;
  message.set_uniq_id("7f00000142a66b04cfb73fd6");
  message.set_data(std::string(100'000, 'd'));
  std::string bytes;
  append_frame(bytes, 900003007, "");
  append_heartbeat(bytes);
  append_frame(bytes, Command::kSingleCast, message);
  append_heartbeat(bytes);
  append_frame(bytes, 1, "x");
  const std::vector<Owned> expected = {{false, 900003007, ""},
                                       {true, 0, ""},
                                       {false, 900002006, message.SerializeAsString()},
                                       {true, 0, ""},
                                       {false, 1, "x"}};
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{3}, std::size_t{4}, std::size_t{8}, std::size_t{4096}, bytes.size()}) {
    FrameReader reader;
    const Reading reading = read_all(reader, bytes, step);
    EXPECT_FALSE(reading.error) << step;
    EXPECT_EQ(reading.frames, expected) << step;
    EXPECT_FALSE(reader.in_frame());
  }
}

TEST(NetsvrFrame, KnowsThatItEndsWithinAFrame) {
  std::string bytes;
  append_frame(bytes, 5, "abc");
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    FrameReader reader;
    EXPECT_TRUE(read_all(reader, bytes.substr(0, size), size).frames.empty());
    EXPECT_TRUE(reader.in_frame()) << size;
  }
}

TEST(NetsvrFrame, AcceptsExactlyTheLimit) {
  std::string bytes;
  append_frame(bytes, 5, std::string(96, 'a'));
  FrameReader exact(100);
  EXPECT_EQ(read_all(exact, bytes, 1).frames.size(), 1U);
  FrameReader smaller(99);
  const Reading reading = read_all(smaller, bytes.substr(0, 4), 4);  // before the body has come
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->code, ErrorCode::kLimit);
  FrameReader standard;
  EXPECT_FALSE(read_all(standard, "\x00\x20\x00\x00"s, 4).error);
  FrameReader standard_again;
  EXPECT_TRUE(read_all(standard_again, "\x00\x20\x00\x01"s, 4).error);
}

TEST(NetsvrFrame, RefusesFramesTooShortForACommand) {
  for (const std::string& length : {"\x00\x00\x00\x00"s, "\x00\x00\x00\x01"s, "\x00\x00\x00\x03"s}) {
    FrameReader reader;
    const Reading reading = read_all(reader, length, 4);
    ASSERT_TRUE(reading.error);
    EXPECT_EQ(reading.error->code, ErrorCode::kInvalid);
    EXPECT_THAT(reading.error->what, HasSubstr("no command id"));
  }
}

TEST(NetsvrFrame, TakesAnotherHeartbeatTextForACommand) {
  FrameReader reader;
  const Reading reading = read_all(reader, "\x00\x00\x00\x04ping"s, 8);
  EXPECT_THAT(reading.frames, ElementsAre(Owned{false, 0x70696e67, ""}));
}

TEST(NetsvrFrame, KnowsAHeartbeatShorterThanACommandId) {
  FrameReader reader(kDefaultFrameLimit, "hb");
  const Reading reading = read_all(reader, "\x00\x00\x00\x02hb\x00\x00\x00\x02no"s, 3);
  EXPECT_THAT(reading.frames, ElementsAre(Owned{true, 0, ""}));
  EXPECT_TRUE(reading.error);
}

TEST(NetsvrFrame, GivesBackWhatItHasNotLookedAt) {
  std::string bytes;
  append_frame(bytes, 1, "one");
  append_frame(bytes, 2, "two");
  append_frame(bytes, 3, "three");
  FrameReader reader;
  reader.feed(std::string_view(bytes).substr(0, 5));
  EXPECT_FALSE(reader.next()->has_value());
  reader.feed(std::string_view(bytes).substr(5));
  EXPECT_EQ((*reader.next())->message, "one");
  const std::string unread(reader.take_unread());
  const Reading rest = read_all(reader, unread, unread.size());
  EXPECT_THAT(rest.frames, ElementsAre(Owned{false, 2, "two"}, Owned{false, 3, "three"}));
}

TEST(NetsvrCommand, NamesEveryIdOnce) {
  std::uint32_t last = 0;
  std::set<std::string_view> names;
  for (const CommandName& row : all_commands()) {
    EXPECT_GT(to_id(row.command), last) << row.name;
    last = to_id(row.command);
    names.insert(row.name);
    EXPECT_EQ(find_command(last), row.command);
    EXPECT_EQ(to_string(row.command), row.name);
  }
  EXPECT_EQ(names.size(), all_commands().size());
  EXPECT_EQ(all_commands().size(), 3U + 17U + 18U + 11U);
  EXPECT_EQ(to_id(Command::kLimit), 900003018U);
  for (const std::uint32_t unknown : {0U, 900001000U, 900001004U, 900002018U, 900003019U, 900004012U}) {
    EXPECT_FALSE(find_command(unknown)) << unknown;
  }
}

// Field numbers of protocol 6 that are easy to get wrong.
TEST(NetsvrMessages, HaveProtocol6Layout) {
  ConnInfoUpdate update;
  update.set_new_session("s");
  EXPECT_EQ(update.SerializeAsString(), "\x1a\x01s");  // 3, not 2
  TopicUniqIdListResp list;
  (*list.mutable_items())["t"].add_uniq_ids("u");
  EXPECT_EQ(list.SerializeAsString(), "\x12\x08\x0a\x01t\x12\x03\x0a\x01u");  // 2, not 1
  ForceOfflineGuest guest;
  guest.set_delay(5);
  guest.set_data("d");
  EXPECT_EQ(guest.SerializeAsString(),
            "\x10\x05\x1a\x01"
            "d");
}

}  // namespace
}  // namespace laraman::wire::netsvr
