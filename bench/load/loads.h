// The kinds of load that ws_load puts on a server. Each returns an error if the run itself failed; faults that the
// server made in its answers are counted in the Measurement.
#pragma once

#include <cstddef>

#include "base/clock.h"
#include "base/result.h"
#include "load/connection.h"
#include "load/cpu_time.h"
#include "load/measurement.h"

namespace laraman::bench {

struct LoadOptions {
  Target target;
  std::size_t connections = 200;
  std::size_t outstanding = 1;  // closed loop: messages under way, for each connection (echo) or in all (fan-out)
  double rate = 0;              // open loop: messages a second over all connections; 0 for a closed loop
  std::size_t channels = 40;    // of a channels load
  std::string
      task_address;  // of the gateway's task port; idle: then each connection has a user, a session and a channel
  Duration warm_up{0};
  Duration duration{0};
  Roles roles;
};

// Every connection sends messages and awaits the same ones back, in order.
// In an open loop, latency counts from the moment a message was due, not from when it could be sent.
Result<Measurement> run_echo_load(const LoadOptions& options);

// Connection 0 publishes, and every connection, 0 too, awaits each message, in order. A delivery is what is counted.
Result<Measurement> run_fan_out_load(const LoadOptions& options);

// Every connection is in one of the channels. A business publishes to them in turn, `rate` messages a second in all,
// and every member awaits each message of its channel, in order. A delivery is what is counted, its latency from when
// the publication was due. Meanwhile another business asks queries: note "control_p99_us".
Result<Measurement> run_channels_load(const LoadOptions& options);

// Opens the connections, prints "open N", and holds them until `duration` is over or standard input ends.
Result<void> run_idle_load(const LoadOptions& options);

}  // namespace laraman::bench
