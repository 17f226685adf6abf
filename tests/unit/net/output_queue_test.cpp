#include "net/output_queue.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <random>

namespace laraman::net {
namespace {

struct SocketPair {
  SocketPair() {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0) std::abort();
    a.reset(fds[0]);
    b.reset(fds[1]);
  }
  std::string read_some() const {
    std::array<char, 65536> buffer;
    const ssize_t got = ::recv(b.get(), buffer.data(), buffer.size(), 0);
    return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
  }
  UniqueFd a;
  UniqueFd b;
};

std::shared_ptr<const UniqueFd> file_of(const std::string& content) {
  auto fd = std::make_shared<UniqueFd>(::memfd_create("test", MFD_CLOEXEC));
  if (::write(fd->get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) std::abort();
  return fd;
}

TEST(OutputQueue, SendsOwnSharedAndFileBytesInOrder) {
  const SocketPair pair;
  OutputQueue queue;
  queue.append("own ");
  queue.append("bytes, ");
  const std::string many(1000, 's');
  queue.append(SharedBytes("shared, "));
  queue.append(SharedBytes(many));
  queue.append_file(file_of("xxfilexx"), 2, 4);
  queue.append(", own");
  EXPECT_EQ(queue.size(), 1028u);
  while (!queue.empty()) ASSERT_TRUE(queue.send_to(pair.a.get()).ok());
  EXPECT_EQ(pair.read_some(), "own bytes, shared, " + many + "file, own");
}

TEST(OutputQueue, GivesItsBytesInPiecesOfAnySize) {
  OutputQueue queue;
  std::string expected;
  for (int i = 0; i < 40; ++i) {
    const std::string own(static_cast<std::size_t>(i * 7), 'o');
    const std::string shared(static_cast<std::size_t>(i * 50), 's');
    queue.append(own);
    queue.append(SharedBytes(shared));
    queue.append_file(file_of("xxfilexx"), 2, 4);
    expected += own + shared + "file";
  }
  std::string got;
  std::array<char, 700> buffer;
  for (std::size_t size = 1; !queue.empty(); size = size % buffer.size() + 1) {
    Result<std::size_t> taken = queue.take(std::span(buffer).first(size));
    ASSERT_TRUE(taken);
    ASSERT_GT(*taken, 0u);
    got.append(buffer.data(), *taken);
  }
  EXPECT_EQ(got, expected);
  EXPECT_EQ(*queue.take(buffer), 0u);
  queue.append_file(file_of("short"), 2, 40);
  EXPECT_EQ(*queue.take(buffer), 3u);
  EXPECT_FALSE(queue.take(buffer).ok());
}

TEST(OutputQueue, HoldsManySharedBytesWithoutACopy) {
  OutputQueue queue;
  const SharedBytes few = SharedBytes("few");
  const SharedBytes many = SharedBytes(std::string(100'000, 'x'));
  queue.append(few);
  queue.append(many);
  EXPECT_EQ(few.references(), 1u);
  EXPECT_EQ(many.references(), 2u);
  queue.clear();
  EXPECT_EQ(many.references(), 1u);
}

TEST(OutputQueue, ReportsABrokenSocket) {
  SocketPair pair;
  pair.b.reset();
  OutputQueue queue;
  queue.append("x");
  EXPECT_FALSE(queue.send_to(pair.a.get()).ok());
}

TEST(OutputQueue, ReportsAFileThatBecameShorter) {
  const SocketPair pair;
  OutputQueue queue;
  queue.append_file(file_of("short"), 0, 100);
  Result<bool> sent = false;
  for (int i = 0; i < 3 && sent.ok(); ++i) sent = queue.send_to(pair.a.get());
  EXPECT_FALSE(sent.ok());
}

// Whatever is appended, however full the socket is, the bytes come out as they went in.
TEST(OutputQueue, KeepsTheBytesUnderPartialSends) {
  std::mt19937 random(7);
  const SocketPair pair;
  const int small = 4096;
  ::setsockopt(pair.a.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  OutputQueue queue;
  std::string wanted;
  std::string got;
  char next = 'a';
  for (int step = 0; step < 2000; ++step) {
    const std::string piece(random() % 2000, next);
    next = next == 'z' ? 'a' : static_cast<char>(next + 1);
    switch (random() % 3) {
      case 0: queue.append(piece); break;
      case 1: queue.append(SharedBytes(piece)); break;
      default: queue.append_file(file_of(piece), 0, piece.size()); break;
    }
    wanted += piece;
    ASSERT_TRUE(queue.send_to(pair.a.get()).ok());
    if (random() % 2 == 0) got += pair.read_some();
    ASSERT_EQ(wanted.size() - queue.size() >= got.size(), true);
  }
  while (got.size() < wanted.size()) {
    ASSERT_TRUE(queue.send_to(pair.a.get()).ok());
    got += pair.read_some();
  }
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(got == wanted);
}

}  // namespace
}  // namespace laraman::net
