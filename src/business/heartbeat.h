// Heartbeat: a thread that keeps a link alive while its owner is away, in PHP code for minutes, say. It shares nothing
// with the owner but the socket.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"

namespace laraman::business {

class Heartbeat {
 public:
  // From now on sends `text` as a heartbeat on `fd`, which outlives this, whenever nothing was sent for `interval`.
  Heartbeat(int fd, Duration interval, std::string_view text);
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;
  ~Heartbeat();

  // A sender on the socket holds this meanwhile, begins when begin_sending() is true, and says in the end whether
  // what it sent ended with a whole frame: no heartbeat comes within one.
  std::unique_lock<std::mutex> hold() { return std::unique_lock(mutex_); }
  // False while the kernel does not take the rest of a heartbeat.
  bool begin_sending();
  void end_sending(bool whole_frames);

 private:
  void run();

  const int fd_;
  const Duration interval_;
  std::string frame_;
  const pid_t process_;  // a process forked from this one has no thread to wait for

  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;
  bool in_frame_ = false;
  std::string rest_;  // of a heartbeat that the kernel took in part
  TimePoint last_sent_;
  std::thread thread_;
};

}  // namespace laraman::business
