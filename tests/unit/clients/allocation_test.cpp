// What passing messages on allocates. This program counts every allocation.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "../gateway/gateway_fixture.h"

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace laraman::clients {
namespace {

// Answers every message with itself.
class Echo final : public gateway::EventSink {
 public:
  void on_event(gateway::Shard& shard, gateway::Event&& event) override {
    if (event.kind != gateway::Event::Kind::kMessage) return;
    shard.send(event.connection, event.message);
    if (event.confirm) shard.confirm_events(event.connection);
  }
};

class AllocationTest : public gateway::GatewayFixture {
 protected:
  // Sends `count` messages at a time, several times, and reads the answers; the number of allocations meanwhile.
  std::uint64_t allocations_of_echoes(std::size_t size, int count) {
    gateway->set_event_sink(echo);
    gateway::Client client = connect();
    const std::string frame = gateway::client_frame(0x81, std::string(size, 'x'));
    std::string frames;
    for (int i = 0; i < count; ++i) frames.append(frame);
    std::vector<char> answers(frames.size());
    std::uint64_t before = 0;
    for (int round = 0; round < 20; ++round) {
      if (round == 10) before = allocations;  // all memory that is kept is there by then
      client.send_raw(frames);
      turn(2);
      std::size_t got = 0;
      for (ssize_t more = 0; (more = client.read_into(answers)) > 0;) got += static_cast<std::size_t>(more);
      EXPECT_GT(got, size * static_cast<std::size_t>(count));
    }
    return allocations - before;
  }

  Echo echo;
};
INSTANTIATE_TEST_SUITE_P(Loops, AllocationTest, testing::Values(1));

TEST_P(AllocationTest, EchoesShortMessagesWithoutAny) { EXPECT_EQ(allocations_of_echoes(20, 1), 0u); }
TEST_P(AllocationTest, EchoesManyShortMessagesWithoutAny) { EXPECT_EQ(allocations_of_echoes(20, 16), 0u); }
TEST_P(AllocationTest, EchoesLongerMessagesWithoutAny) { EXPECT_EQ(allocations_of_echoes(1024, 1), 0u); }
TEST_P(AllocationTest, EchoesManyLongerMessagesWithoutAny) { EXPECT_EQ(allocations_of_echoes(1024, 16), 0u); }

}  // namespace
}  // namespace laraman::clients
