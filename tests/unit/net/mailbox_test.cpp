#include "net/mailbox.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>
#include <vector>

namespace laraman::net {
namespace {

using std::chrono::milliseconds;

TEST(Mailbox, DeliversInOrder) {
  auto loop = std::move(*EventLoop::create());
  std::vector<int> got;
  auto mailbox = std::move(*Mailbox<int>::open(*loop, 8, [&](int value) { got.push_back(value); }));
  for (int i = 0; i < 5; ++i) {
    int value = i;
    EXPECT_TRUE(mailbox->try_send(value));
  }
  loop->run_once(milliseconds(0));
  EXPECT_EQ(got, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(Mailbox, RefusesWhenFullAndLeavesTheValueAlone) {
  auto loop = std::move(*EventLoop::create());
  std::vector<std::string> got;
  auto mailbox = std::move(*Mailbox<std::string>::open(*loop, 2, [&](std::string value) { got.push_back(value); }));
  std::string a = "a";
  std::string b = "b";
  std::string c = "c";
  EXPECT_TRUE(mailbox->try_send(a));
  EXPECT_TRUE(mailbox->try_send(b));
  EXPECT_FALSE(mailbox->try_send(c));
  EXPECT_EQ(c, "c");
  loop->run_once(milliseconds(0));
  EXPECT_TRUE(mailbox->try_send(c));
  loop->run_once(milliseconds(0));
  EXPECT_EQ(got, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(Mailbox, KeepsEachSendersOrderAndLosesNothingUnderManySenders) {
  constexpr int kSenders = 4;
  constexpr int kEach = 20'000;
  auto loop = std::move(*EventLoop::create());
  std::map<int, int> next;
  int received = 0;
  auto mailbox = std::move(*Mailbox<std::pair<int, int>>::open(*loop, 64, [&](std::pair<int, int> value) {
    EXPECT_EQ(value.second, next[value.first]++);
    if (++received == kSenders * kEach) loop->stop();
  }));
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&mailbox, sender] {
      for (int i = 0; i < kEach; ++i) {
        std::pair<int, int> value(sender, i);
        while (!mailbox->try_send(value)) std::this_thread::yield();
      }
    });
  }
  loop->run();
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(received, kSenders * kEach);
}

}  // namespace
}  // namespace laraman::net
