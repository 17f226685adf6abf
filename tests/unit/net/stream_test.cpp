#include "net/stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "recorder.h"

namespace laraman::net {
namespace {

using std::chrono::milliseconds;

class StreamTest : public testing::Test {
 protected:
  StreamTest() {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0) std::abort();
    peer.reset(fds[1]);
    stream = std::move(*Stream::open(*loop, UniqueFd(fds[0]), handler));
  }
  void turn(int times = 1) {
    for (int i = 0; i < times; ++i) loop->run_once(milliseconds(0));
  }
  void peer_sends(std::string_view bytes) {
    ASSERT_EQ(::send(peer.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  // What the peer has got; "<end>" if the stream ended sending.
  std::string peer_reads() {
    std::array<char, 1 << 20> buffer;
    const ssize_t got = ::recv(peer.get(), buffer.data(), buffer.size(), 0);
    if (got == 0) return "<end>";
    return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
  }

  std::unique_ptr<EventLoop> loop = std::move(*EventLoop::create());
  UniqueFd peer;
  Recorder handler;
  std::unique_ptr<Stream> stream;
};

TEST_F(StreamTest, WritesOfATurnLeaveTogetherAtItsEnd) {
  stream->write("one, ");
  stream->write(SharedBytes("two"));
  EXPECT_EQ(peer_reads(), "");
  turn();
  EXPECT_EQ(peer_reads(), "one, two");
  EXPECT_EQ(stream->unsent(), 0u);
  EXPECT_EQ(handler.drained, 1);
}

// Sends one byte with a descriptor.
void pass(int socket, int file) {
  char byte = '!';
  iovec bytes{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof file);
  std::memcpy(CMSG_DATA(part), &file, sizeof file);
  ASSERT_EQ(::sendmsg(socket, &message, 0), 1);
}

TEST_F(StreamTest, TakesFilesIfTheyAreWanted) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const UniqueFd reading(pipe[0]);
  UniqueFd writing(pipe[1]);
  pass(peer.get(), writing.get());
  turn();
  EXPECT_TRUE(handler.files.empty());

  stream->take_files();
  pass(peer.get(), writing.get());
  turn();
  ASSERT_EQ(handler.files.size(), 1u);
  EXPECT_EQ(handler.received, "!!");
  writing.reset();
  ASSERT_EQ(::write(handler.files[0].get(), "x", 1), 1);
  handler.files.clear();
  std::array<char, 2> bytes;
  EXPECT_EQ(::read(reading.get(), bytes.data(), bytes.size()), 1);
  EXPECT_EQ(::read(reading.get(), bytes.data(), bytes.size()), 0) << "nobody else has it";
}

TEST_F(StreamTest, KeepsWhatTheHandlerLeavesOver) {
  handler.consume = [](std::span<char> bytes) { return bytes.size() >= 4 ? bytes.size() : 0; };
  peer_sends("ab");
  turn();
  peer_sends("cd");
  turn();
  EXPECT_EQ(handler.offered, "ababcd");
}

TEST_F(StreamTest, GivesTheNextHandlerWhatTheFormerLeftOver) {
  Recorder next;
  handler.consume = [&](std::span<char>) {
    stream->set_handler(next);
    return std::size_t{2};
  };
  peer_sends("abcd");
  turn();
  EXPECT_EQ(next.offered, "cd");
  EXPECT_EQ(handler.offered, "abcd");
}

TEST_F(StreamTest, GivesTheNextHandlerAFullBufferOfWhichTheFormerTookNothing) {
  Recorder next;
  handler.consume = [&](std::span<char>) {
    stream->set_handler(next);
    return std::size_t{0};
  };
  const std::string bytes(EventLoop::kReadBufferSize + 1000, 'x');
  peer_sends(bytes);
  turn(3);
  EXPECT_EQ(handler.offered.size(), EventLoop::kReadBufferSize);
  EXPECT_EQ(next.received, bytes);
}

TEST_F(StreamTest, KeepsAFullBufferForAHandlerThatPausesReading) {
  handler.consume = [&](std::span<char>) {
    stream->pause_reading();
    handler.consume = nullptr;
    return std::size_t{0};
  };
  const std::string bytes(EventLoop::kReadBufferSize + 1000, 'x');
  peer_sends(bytes);
  turn(3);
  EXPECT_EQ(handler.received, "");
  stream->resume_reading();
  turn(3);
  EXPECT_EQ(handler.received, bytes);
}

TEST_F(StreamTest, ClosesTheConnectionOfAHandlerThatTakesNothingOfAFullBuffer) {
  handler.consume = [](std::span<char>) { return std::size_t{0}; };
  peer_sends(std::string(EventLoop::kReadBufferSize, 'x'));
  turn(3);
  EXPECT_EQ(handler.closed, 1);
  EXPECT_EQ(handler.why, "the handler consumes nothing of a full read buffer");
}

TEST_F(StreamTest, ReadsNothingWhilePaused) {
  stream->pause_reading();
  peer_sends("later");
  turn(2);
  EXPECT_EQ(handler.received, "");
  stream->resume_reading();
  turn();
  EXPECT_EQ(handler.received, "later");
}

TEST_F(StreamTest, DeliversLeftOversAfterAPause) {
  handler.consume = [&](std::span<char>) {
    stream->pause_reading();
    handler.consume = nullptr;
    return std::size_t{1};
  };
  peer_sends("ab");
  turn(2);
  EXPECT_EQ(handler.offered, "ab");
  stream->resume_reading();
  turn();
  EXPECT_EQ(handler.offered, "abb");
}

TEST_F(StreamTest, TellsOnceThatThePeerEnded) {
  peer_sends("last");
  ::shutdown(peer.get(), SHUT_WR);
  turn(5);
  EXPECT_EQ(handler.received, "last");
  EXPECT_EQ(handler.peer_ends, 1);
  stream->write("answer");
  turn();
  EXPECT_EQ(peer_reads(), "answer");
}

TEST_F(StreamTest, TellsThatThePeerEndedWhilePaused) {
  stream->pause_reading();
  ::shutdown(peer.get(), SHUT_WR);
  turn(3);
  EXPECT_EQ(handler.peer_ends, 1);
}

TEST_F(StreamTest, ClosesFromWithinDataAndSaysSoOnceAtTheTurnsEnd) {
  handler.consume = [&](std::span<char> bytes) {
    stream->close();
    EXPECT_EQ(handler.closed, 0);
    return bytes.size();
  };
  peer_sends("x");
  turn(3);
  EXPECT_EQ(handler.closed, 1);
  EXPECT_EQ(peer_reads(), "<end>");
}

TEST_F(StreamTest, MayBeDestroyedInOnClosed) {
  struct Owner final : Stream::Handler {
    std::size_t on_data(std::span<char> bytes) override { return bytes.size(); }
    void on_peer_end() override { stream->close(); }
    void on_closed(const Error*) override { stream.reset(); }
    std::unique_ptr<Stream> stream;
  } owner;
  owner.stream = std::move(stream);
  owner.stream->set_handler(owner);
  peer.reset();
  turn(2);
  EXPECT_EQ(owner.stream, nullptr);
}

TEST_F(StreamTest, SendsEverythingToASlowReader) {
  const std::string big(3 << 20, 'x');
  stream->write(SharedBytes(big));
  std::size_t got = 0;
  for (int i = 0; i < 1000 && got < big.size(); ++i) {
    turn();
    got += peer_reads().size();
  }
  EXPECT_EQ(got, big.size());
  turn();
  EXPECT_EQ(handler.drained, 1);
}

TEST_F(StreamTest, ClosesWhenSentAndThePeerHasClosed) {
  const std::string big(1 << 20, 'x');
  stream->write(SharedBytes(big));
  stream->close_when_sent();
  stream->write("too late");
  std::size_t got = 0;
  for (int i = 0; i < 1000 && got < big.size(); ++i) {
    turn();
    got += peer_reads().size();
  }
  EXPECT_EQ(got, big.size());
  turn(2);
  EXPECT_EQ(peer_reads(), "<end>");
  EXPECT_EQ(handler.closed, 0);  // it waits for the peer, so that nothing that is under way to it is torn away
  peer.reset();
  turn(3);
  EXPECT_EQ(handler.closed, 1);
}

TEST_F(StreamTest, CountsWhatWaitsForItsTurn) {
  stream->write("before");
  EXPECT_EQ(loop->waiting_bytes(), 0u);
  turn();
  stream->take_turns();
  stream->write("one, ");
  stream->write("two");
  EXPECT_EQ(loop->waiting_bytes(), 8u);
  turn();
  EXPECT_EQ(loop->waiting_bytes(), 0u);
  EXPECT_EQ(peer_reads(), "beforeone, two");

  stream->write(std::string(4 << 20, 'x'));
  turn();
  EXPECT_GT(stream->unsent(), 0u);
  EXPECT_EQ(loop->waiting_bytes(), 0u);  // for the peer, not for its turn
  stream->write("more");
  EXPECT_EQ(loop->waiting_bytes(), 0u);
  stream->close();
  turn();
  EXPECT_EQ(handler.closed, 1);
}

TEST_F(StreamTest, ForgetsWhatWaitedForItsTurnWhenItCloses) {
  stream->take_turns();
  stream->write("one");
  stream->close();
  EXPECT_EQ(loop->waiting_bytes(), 0u);
  turn();
  EXPECT_EQ(handler.closed, 1);
}

TEST_F(StreamTest, ReportsAWriteToAPeerThatIsGone) {
  peer.reset();
  stream->write("x");
  turn(3);
  EXPECT_EQ(handler.closed, 1);
  EXPECT_NE(handler.why, "");
}

}  // namespace
}  // namespace laraman::net
