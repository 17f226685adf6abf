// Link: keeps a business registered with one gateway. It has a thread, which alone touches the main socket: connects
// and registers, again and again; reads events and hands them to the handler threads; sends what these leave in the
// registration, acknowledgements and heartbeats; unregisters in the end.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "business/backoff.h"
#include "business/handler_threads.h"
#include "laraman/business/main_socket.h"
#include "laraman/business/main_socket_manager.h"

namespace laraman::business {

class RegistrationState;

class Link {
 public:
  // Called whenever a registration began or ended.
  using OnChange = std::function<void()>;

  // `handlers` and `options` outlive the link.
  Link(std::size_t gateway, std::string address, std::string secret, const MainSocketOptions& options,
       HandlerThreads& handlers, OnChange on_change);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  Result<void> start();
  // Begins to unregister, and to end at `deadline` at the latest. wait_ended() waits for that; false if events were
  // dropped.
  void stop(TimePoint deadline);
  bool wait_ended();

  const std::string& address() const { return address_; }
  bool registered() const { return registered_; }
  std::uint64_t registrations() const { return registrations_; }
  std::uint64_t unacknowledged() const { return unacknowledged_; }
  // Why it is not registered.
  Error last_error() const;

 private:
  void run();
  Result<void> connect();
  // Until the link breaks, or is unregistered and drained (true).
  Result<bool> serve(const std::shared_ptr<RegistrationState>& registration);
  Result<void> exchange(RegistrationState& registration);
  void wait(Duration longest, bool for_events);
  Duration until_heartbeat() const;
  void failed(const Error& error);

  const std::size_t gateway_;
  const std::string address_;
  const std::string secret_;
  const MainSocketOptions& options_;
  HandlerThreads& handlers_;
  const OnChange on_change_;
  UniqueFd wake_;  // eventfd
  std::thread thread_;

  // Of the thread alone.
  std::unique_ptr<MainSocket> socket_;
  Backoff backoff_;
  TimePoint last_sent_;
  bool problem_told_ = false;
  bool drained_ = true;

  std::atomic<bool> stopping_ = false;
  std::atomic<TimePoint> deadline_{TimePoint::max()};
  std::atomic<bool> registered_ = false;
  std::atomic<std::uint64_t> registrations_ = 0;
  std::atomic<std::uint64_t> unacknowledged_ = 0;
  mutable std::mutex mutex_;
  Error last_error_{ErrorCode::kUnavailable, "not tried yet", "", ""};  // under mutex_
};

}  // namespace laraman::business
