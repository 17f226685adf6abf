// Metrics: what netsvr's Metrics command answers, and the numbers of the business ports that the exposition shows too.
//
// For the thread of loop 0.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstdint>

#include "backends/netsvr/meter.h"
#include "dispatch/dispatcher.h"
#include "gateway/gateway.h"
#include "net/event_loop.h"
#include "netsvr.pb.h"
#include "wire/netsvr_command.h"

namespace laraman::backends::netsvr {

// netsvr's numbers.
enum class MetricsItem : std::uint8_t {
  kOpened = 1,
  kClosed = 2,
  kHeartbeats = 3,
  kEvents = 4,      // to businesses
  kEventBytes = 5,  // of their frames
  kMessages = 6,    // to clients
  kMessageBytes = 7,
  kOpensRefused = 8,     // by the rate of opens
  kMessagesRefused = 9,  // by the rate of messages of all clients
  kEventsLost = 10,
  kMessagesUnsent = 11,  // to clients whose queue was full
  kBytesUnsent = 12,
  kMessagesOverWindow = 13,
};
inline constexpr std::uint8_t kLastMetricsItem = 13;
inline constexpr std::uint32_t kAllMetricsItems = (1U << (kLastMetricsItem + 1)) - 2;  // bit n: item n

class Metrics {
 public:
  // `items`: a bit for each that is answered.
  Metrics(gateway::Gateway& gateway, const dispatch::Dispatcher& dispatcher, std::uint32_t items);

  void count_event(std::size_t bytes) {
    ++events_;
    event_bytes_ += bytes;
  }
  void count_command(wire::netsvr::Command command) { ++commands_[command]; }

  std::uint64_t events() const { return events_; }
  std::uint64_t event_bytes() const { return event_bytes_; }
  const absl::flat_hash_map<wire::netsvr::Command, std::uint64_t>& commands() const { return commands_; }

  // `with_highest`: as protocol 3 has it.
  wire::netsvr::MetricsResp answer(bool with_highest) const;

 private:
  bool answers(std::size_t item) const { return (items_ >> item & 1) != 0; }
  std::uint64_t count(MetricsItem item) const;
  void tick();

  gateway::Gateway& gateway_;
  const dispatch::Dispatcher& dispatcher_;
  const std::uint32_t items_;
  const TimePoint start_;
  std::uint64_t events_ = 0;
  std::uint64_t event_bytes_ = 0;
  absl::flat_hash_map<wire::netsvr::Command, std::uint64_t> commands_;
  std::array<Meter, kLastMetricsItem + 1> meters_;  // by item
  net::Timer timer_;
};

}  // namespace laraman::backends::netsvr
