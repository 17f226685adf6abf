#include <poll.h>
#include <unistd.h>

#include <cstdio>

#include "laraman/business/task_socket.h"
#include "load/fleet.h"
#include "load/loads.h"
#include "netsvr.pb.h"
#include "wire/netsvr_command.h"

namespace laraman::bench {
namespace {

namespace netsvr = wire::netsvr;

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

// Gives every connection a user of its own, a session of 100 bytes and one of the channels.
Result<void> describe_connections(const LoadOptions& options) {
  business::TaskSocket socket(options.task_address, {});
  const Result<std::string> reply = socket.query(to_id(netsvr::Command::kUniqIdList), "");
  if (!reply) return reply.error();
  netsvr::UniqIdListResp all;
  if (!all.ParseFromString(*reply)) return Error{ErrorCode::kInvalid, "malformed answer", "UniqIdList", ""};
  for (int i = 0; i < all.uniq_ids_size(); ++i) {
    netsvr::ConnInfoUpdate update;
    update.set_uniq_id(all.uniq_ids(i));
    update.set_new_customer_id("user " + std::to_string(i));
    update.set_new_session(std::string(100, 's'));
    update.add_new_topics("bench." + std::to_string(static_cast<std::size_t>(i) % options.channels));
    const Result<void> sent = socket.command(to_id(netsvr::Command::kConnInfoUpdate), update.SerializeAsString());
    if (!sent) return sent.error();
  }
  // What a query sees is all that was commanded before it.
  const Result<std::string> done = socket.query(to_id(netsvr::Command::kUniqIdCount), "");
  if (!done) return done.error();
  return {};
}

}  // namespace

Result<void> run_idle_load(const LoadOptions& options) {
  IgnoreMessages sink;
  Fleet fleet(options.target, options.connections, sink);
  Result<void> done = fleet.open_all(std::chrono::minutes(5));
  if (done && !options.task_address.empty()) done = describe_connections(options);
  if (!done) return done;
  std::printf("open %zu\n", fleet.size());
  std::fflush(stdout);
  const TimePoint end = monotonic_now() + options.duration;
  while (done && monotonic_now() < end && !standard_input_ended()) done = fleet.turn(std::chrono::milliseconds(100));
  return done;
}

}  // namespace laraman::bench
