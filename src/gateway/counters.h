// ShardCounters: what one shard has counted since the start, besides what stands in its slot of the scoreboard. Its
// loop's thread writes, any thread may read; two numbers may be of different moments.
#pragma once

#include <array>

#include "base/counter.h"
#include "gateway/limits.h"

namespace laraman::gateway {

struct alignas(64) ShardCounters {
  Counter opened;
  Counter closed;
  std::array<Counter, kOpenRefusals> opens_refused;        // by OpenRefusal
  Counter heartbeats;                                      // pings and heartbeat messages of clients
  Counter bytes_received;                                  // of clients' WebSocket frames
  Counter bytes_sent;                                      // of messages to clients, frame headers included
  std::array<Counter, kMessageRefusals> messages_dropped;  // of clients, by MessageRefusal
  Counter unsent_messages;                                 // not sent since the client's queue was full
  Counter unsent_bytes;
  Counter lost_bytes;  // in its queue when its connection broke or was given up
};

}  // namespace laraman::gateway
