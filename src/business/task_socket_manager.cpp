#include "laraman/business/task_socket_manager.h"
#include "base/try.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "business/backoff.h"
#include "business/gateway_addresses.h"
#include "laraman/business/task_socket.h"
#include "wire/netsvr_frame.h"

namespace laraman::business {
namespace {

// A thread's number, by which it finds its socket.
std::size_t thread_number() {
  static std::atomic<std::size_t> last = 0;
  thread_local const std::size_t number = last++;
  return number;
}

}  // namespace

// One task socket, used by one call at a time.
struct TaskSocketManager::Lane {
  explicit Lane(const std::string& address, const TaskSocket::Options& options) : socket(address, options) {}

  std::mutex mutex;
  std::condition_variable freed;
  bool in_use = false;
  TimePoint last_use;
  TaskSocket socket;
};

struct TaskSocketManager::Gateway {
  Gateway(const GatewayAddress& address, const TaskSocketOptions& options)
      : task(address.task), backoff(options.first_pause, options.longest_pause) {
    const TaskSocket::Options socket_options{options.timeout, options.timeout, options.max_reply_bytes, options.secret};
    for (std::size_t i = 0; i < std::max<std::size_t>(1, options.sockets); ++i) {
      lanes.push_back(std::make_unique<Lane>(task, socket_options));
    }
  }

  const std::string task;
  std::vector<std::unique_ptr<Lane>> lanes;

  // Since when no connection could be made.
  std::mutex mutex;
  bool away = false;
  TimePoint away_since;
  TimePoint next_attempt;
  Error last_error;
  Backoff backoff;
};

Result<std::unique_ptr<TaskSocketManager>> TaskSocketManager::create(std::vector<GatewayAddress> gateways,
                                                                     const TaskSocketOptions& options) {
  ASSIGN_OR_RETURN(std::vector<GatewayAddress> checked, check_gateways(std::move(gateways)));
  return std::unique_ptr<TaskSocketManager>(new TaskSocketManager(std::move(checked), options));
}

TaskSocketManager::TaskSocketManager(std::vector<GatewayAddress> gateways, const TaskSocketOptions& options)
    : gateways_(std::move(gateways)), options_(options) {
  for (const GatewayAddress& gateway : gateways_) states_.push_back(std::make_unique<Gateway>(gateway, options_));
}

TaskSocketManager::~TaskSocketManager() { close(); }

// A call's use of a lane, and of the count of open sockets.
class TaskSocketManager::Use {
 public:
  Use(TaskSocketManager& manager, Lane& lane, TimePoint deadline) : manager_(manager), lane_(lane) {
    std::unique_lock lock(lane.mutex);
    taken_ = lane.freed.wait_until(lock, deadline, [&] { return !lane.in_use; });
    if (!taken_) return;
    lane.in_use = true;
    was_connected_ = lane.socket.connected();
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() {
    if (!taken_) return;
    lane_.last_use = monotonic_now();
    if (lane_.socket.connected() && !was_connected_) ++manager_.open_sockets_;
    if (!lane_.socket.connected() && was_connected_) --manager_.open_sockets_;
    {
      const std::lock_guard lock(lane_.mutex);
      lane_.in_use = false;
    }
    lane_.freed.notify_one();
  }

  bool taken() const { return taken_; }

 private:
  TaskSocketManager& manager_;
  Lane& lane_;
  bool taken_;
  bool was_connected_ = false;
};

// Connects the lane's socket unless it is connected, waiting for a gateway that is away.
Result<void> TaskSocketManager::make_ready(Gateway& gateway, Lane& lane, TimePoint deadline) {
  if (lane.socket.connected() && monotonic_now() - lane.last_use > options_.idle_limit) lane.socket.close();
  // Looks whether the gateway has closed it, too.
  if (lane.socket.connected() && lane.socket.connect(options_.timeout)) return {};
  for (;;) {
    const TimePoint now = monotonic_now();
    TimePoint attempt = now;
    {
      const std::lock_guard lock(gateway.mutex);
      if (gateway.away && now < gateway.next_attempt) {
        if (now - gateway.away_since > options_.timeout || now >= deadline) return gateway.last_error;
        attempt = gateway.next_attempt;
      } else if (gateway.away) {
        gateway.next_attempt = now + gateway.backoff.next();  // this call tries; the others wait for what comes of it
      }
    }
    if (attempt > now) {
      std::this_thread::sleep_until(std::min(attempt, deadline));
      continue;
    }
    Result<void> connected = lane.socket.connect(std::max<Duration>(deadline - now, std::chrono::milliseconds(1)));
    const std::lock_guard lock(gateway.mutex);
    if (connected) {
      gateway.away = false;
      return {};
    }
    gateway.last_error = connected.error();
    if (!gateway.away) {
      gateway.away = true;
      gateway.away_since = now;
      gateway.backoff.reset();
      gateway.next_attempt = monotonic_now() + gateway.backoff.next();
    }
    // A wrong secret or address does not get better by waiting.
    const ErrorCode code = connected.error().code;
    if (code == ErrorCode::kInvalid || code == ErrorCode::kNotFound) return connected;
  }
}

template <typename Call>
auto TaskSocketManager::use(std::size_t number, std::string_view message, const Call& call) {
  using Returned = decltype(call(std::declval<TaskSocket&>()));
  Gateway& gateway = *states_[number];
  if (message.size() + wire::netsvr::kCommandIdSize > options_.max_command_bytes) {
    return Returned(Error{ErrorCode::kLimit, "the command is too long for a gateway", gateway.task, ""});
  }
  const TimePoint deadline = monotonic_now() + options_.timeout;
  Lane& lane = *gateway.lanes[thread_number() % gateway.lanes.size()];
  const Use use(*this, lane, deadline);
  if (!use.taken()) {
    return Returned(Error{ErrorCode::kTimeout, "other calls use the task socket for too long", gateway.task, ""});
  }
  if (closed_) return Returned(Error{ErrorCode::kUnavailable, "the task sockets are closed", gateway.task, ""});
  if (Result<void> ready = make_ready(gateway, lane, deadline); !ready) return Returned(std::move(ready.error()));
  return call(lane.socket);
}

Result<void> TaskSocketManager::command(std::size_t gateway, std::uint32_t id, std::string_view message) {
  return use(gateway, message, [&](TaskSocket& socket) { return socket.command(id, message); });
}

Result<std::string> TaskSocketManager::query(std::size_t gateway, std::uint32_t id, std::string_view message) {
  return use(gateway, message, [&](TaskSocket& socket) { return socket.query(id, message); });
}

void TaskSocketManager::close() {
  closed_ = true;
  for (const auto& gateway : states_) {
    for (const auto& lane : gateway->lanes) {
      const Use use(*this, *lane, TimePoint::max());
      lane->socket.close();
    }
  }
}

}  // namespace laraman::business
