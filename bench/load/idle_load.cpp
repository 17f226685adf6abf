#include <poll.h>
#include <unistd.h>

#include <cstdio>

#include "load/fleet.h"
#include "load/loads.h"

namespace laraman::bench {
namespace {

// An idle connection awaits nothing; what a server sends on its own (a greeting) is read and dropped.
class IgnoreMessages final : public MessageSink {
 public:
  void on_message(Connection&, std::string_view) override {}
};

// Whoever started us closes our standard input when we may go.
bool standard_input_ended() {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  char byte;
  return ::poll(&input, 1, 0) > 0 && ::read(STDIN_FILENO, &byte, 1) <= 0;
}

}  // namespace

Result<void> run_idle_load(const LoadOptions& options) {
  IgnoreMessages sink;
  Fleet fleet(options.target, options.connections, sink);
  Result<void> done = fleet.open_all(std::chrono::minutes(5));
  if (!done) return done;
  std::printf("open %zu\n", fleet.size());
  std::fflush(stdout);
  const TimePoint end = monotonic_now() + options.duration;
  while (done && monotonic_now() < end && !standard_input_ended()) done = fleet.turn(std::chrono::milliseconds(100));
  return done;
}

}  // namespace laraman::bench
