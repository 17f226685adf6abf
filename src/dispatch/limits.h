// Limits: how much may wait at the dispatcher, and for how long.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace laraman::dispatch {

struct Limits {
  std::size_t waiting_events = 100'000;    // above it, reading from clients stops; at twice as many, some are dropped
  std::uint64_t waiting_bytes = 64 << 20;  // of their payloads; the same
  std::size_t waiting_closes = 100'000;    // close events, which are never dropped: above it, handshakes are refused
  std::size_t waiting_requests = 10'000;   // above it, requests are refused
  Duration request_wait = std::chrono::seconds(30);
  Duration event_wait = std::chrono::seconds(60);      // without any business for it, an event is dropped after it
  Duration batch_time = std::chrono::milliseconds(5);  // of measured handling that may be under way at one worker
  // A connection of a business that does not acknowledge may go to another one after this time without events.
  Duration affinity = std::chrono::seconds(5);
};

}  // namespace laraman::dispatch
