#include "business/heartbeat.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "wire/netsvr_frame.h"

namespace laraman::business {

Heartbeat::Heartbeat(int fd, Duration interval, std::string_view text)
    : fd_(fd), interval_(interval), process_(::getpid()), last_sent_(monotonic_now()) {
  wire::netsvr::append_heartbeat(frame_, text);
  // Signals are the owner's: PHP, for one, takes its time limit from one.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Heartbeat::~Heartbeat() {
  if (::getpid() != process_) {
    thread_.detach();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

// An error is not looked at: the owner will meet it when it reads.
bool Heartbeat::begin_sending() {
  while (!rest_.empty()) {
    const ssize_t count = ::send(fd_, rest_.data(), rest_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return false;
    rest_.erase(0, count > 0 ? static_cast<std::size_t>(count) : rest_.size());
  }
  return true;
}

void Heartbeat::end_sending(bool whole_frames) {
  in_frame_ = !whole_frames;
  last_sent_ = monotonic_now();
}

void Heartbeat::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const TimePoint due = last_sent_ + interval_;
    if (monotonic_now() < due) {
      ended_.wait_until(lock, due);
      continue;
    }
    last_sent_ = monotonic_now();
    if (in_frame_) continue;  // the gateway has yet to read what is under way
    if (rest_.empty()) rest_ = frame_;
    begin_sending();
  }
}

}  // namespace laraman::business
