#include "net/shared_bytes.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace laraman::net {
namespace {

TEST(SharedBytes, AreThereAsLongAsSomebodyHoldsThem) {
  SharedBytes other;
  {
    const SharedBytes bytes("some bytes that are longer than a short string");
    other = bytes;
    EXPECT_EQ(other.references(), 2u);
  }
  EXPECT_EQ(other.references(), 1u);
  EXPECT_EQ(other, "some bytes that are longer than a short string");
  EXPECT_FALSE(SharedBytes());
  EXPECT_TRUE(SharedBytes(""));
}

TEST(SharedBytes, MakeWhatIsDerivedOnce) {
  static const char a = 0, b = 0;
  const SharedBytes bytes("x");
  int made = 0;
  const auto make = [&](std::string& out) { out = "made " + std::to_string(++made); };
  const SharedBytes& first = bytes.derived(&a, make);
  EXPECT_EQ(first, "made 1");
  EXPECT_EQ(&bytes.derived(&a, make), &first);
  EXPECT_EQ(bytes.derived(&b, make), "made 2");
  const SharedBytes copy = bytes;
  EXPECT_EQ(copy.derived(&a, make), "made 1");
}

TEST(SharedBytes, ForgetWhatWasDerivedWithTheirMemory) {
  static const char key = 0;
  {
    const SharedBytes old("old");
    EXPECT_EQ(old.derived(&key, [](std::string& out) { out = "of old"; }), "of old");
  }
  const SharedBytes bytes("new");  // in the same block
  EXPECT_EQ(bytes, "new");
  EXPECT_EQ(bytes.derived(&key, [](std::string& out) { out = "of new"; }), "of new");
}

TEST(SharedBytes, AreMadeAndFreedByManyThreads) {
  static const char key = 0;
  for (int round = 0; round < 50; ++round) {
    const SharedBytes bytes(std::string(1000, 'x'));
    std::atomic<int> made{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&made, copy = bytes] {
        for (int j = 0; j < 100; ++j) {
          const SharedBytes mine = copy;
          const SharedBytes& derived = mine.derived(&key, [&](std::string& out) {
            ++made;
            out = "derived";
          });
          EXPECT_EQ(derived, "derived");
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(bytes.references(), 1u);
  }
}

}  // namespace
}  // namespace laraman::net
