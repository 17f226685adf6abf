// TaskSocketManager: the task sockets of a program to all of its gateways, for any number of threads at once.
//
// For each gateway there are up to Options::sockets of them, opened on first use. A thread keeps to one of them, so its
// commands take effect in its order; where there are more threads than sockets, some share one and wait for each other.
//
// While a gateway is away, a call waits for it up to Options::timeout, trying again with growing pauses. When it has
// been away for longer than that, calls fail at once with the last error, and only one call in each pause tries again.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "laraman/base/clock.h"
#include "laraman/base/result.h"
#include "laraman/business/transport.h"

namespace laraman::business {

struct TaskSocketOptions {
  std::size_t sockets = 8;                     // to each gateway, at most
  Duration timeout = std::chrono::seconds(5);  // for a socket and the gateway to be there; then again for its reply
  Duration idle_limit = std::chrono::seconds(117);  // a socket unused for so long is replaced; netsvr closes it at 120
  Duration first_pause = std::chrono::milliseconds(50);  // between attempts to connect; doubles, with some chance in it
  Duration longest_pause = std::chrono::seconds(5);
  std::size_t max_command_bytes = 2 << 20;  // a longer command is refused here (kLimit): the gateway would hang up
  std::size_t max_reply_bytes = 256 << 20;
  std::string secret{};  // the gateways', if they want one
};

class TaskSocketManager final : public Transport {
 public:
  // Checks the addresses; connects to nothing yet. Ids that are not given are filled in.
  static Result<std::unique_ptr<TaskSocketManager>> create(std::vector<GatewayAddress> gateways,
                                                           const TaskSocketOptions& options = {});
  ~TaskSocketManager() override;

  const std::vector<GatewayAddress>& gateways() const override { return gateways_; }
  Result<void> command(std::size_t gateway, std::uint32_t id, std::string_view message) override;
  Result<std::string> query(std::size_t gateway, std::uint32_t id, std::string_view message) override;

  // Closes all sockets, when the calls that are under way have ended. Further calls fail.
  void close();
  // How many sockets are open now, to all gateways.
  std::size_t open_sockets() const { return open_sockets_; }
  const TaskSocketOptions& options() const { return options_; }

 private:
  struct Lane;
  struct Gateway;
  class Use;

  TaskSocketManager(std::vector<GatewayAddress> gateways, const TaskSocketOptions& options);
  Result<void> make_ready(Gateway& gateway, Lane& lane, TimePoint deadline);
  template <typename Call>
  auto use(std::size_t gateway, std::string_view message, const Call& call);

  std::vector<GatewayAddress> gateways_;
  const TaskSocketOptions options_;
  std::vector<std::unique_ptr<Gateway>> states_;  // by number of the gateway
  std::atomic<std::size_t> open_sockets_ = 0;
  std::atomic<bool> closed_ = false;
};

}  // namespace laraman::business
