// EventLoop: one thread's loop over epoll. It waits for descriptors, runs timers, and at the end of each turn lets
// its handlers write what they gathered, so that a socket costs one system call a turn. The clients' sockets
// take turns at that: however many of them have something to send, a turn stays short.
//
// All members are for the loop's own thread, but where said otherwise. Other threads reach a loop through a Mailbox.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/counter.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "net/output_queue.h"

namespace laraman::net {

// Told of a descriptor's readiness. `events` is a set of EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR.
class IoHandler {
 public:
  virtual void on_io(std::uint32_t events) = 0;

 protected:
  ~IoHandler() = default;
};

// Called once at the end of the turn in which it was registered.
class TurnEndHandler {
 public:
  virtual void on_turn_end() = 0;

 protected:
  ~TurnEndHandler() = default;
};

// Called once when its time has come.
class TimerHandler {
 public:
  virtual void on_time() = 0;

 protected:
  ~TimerHandler() = default;
};

class EventLoop {
 public:
  using Timers = std::multimap<TimePoint, TimerHandler*>;
  using Clock = TimePoint (*)();
  static constexpr std::size_t kReadBufferSize = 64 * 1024;
  static constexpr Duration kSendingTime = std::chrono::microseconds(300);

  // `clock` is read once a turn; tests hand in one that they turn by hand.
  static Result<std::unique_ptr<EventLoop>> create(Clock clock = &monotonic_now);

  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  // Turns until stop().
  void run();
  void stop() { running_ = false; }
  // One turn that waits at most `longest` for something to do.
  void run_once(Duration longest);

  // Time spent not waiting for anything, since the start. On any thread.
  Duration busy() const { return Duration(busy_ns_.load()); }

  // The time at which this turn began.
  TimePoint now() const { return now_; }

  // Watches `fd`, level-triggered, until remove(). `handler` outlives that.
  Result<void> add(int fd, std::uint32_t events, IoHandler& handler);
  // Fails only if `fd` is not watched.
  Result<void> modify(int fd, std::uint32_t events, IoHandler& handler);
  // Forgets `fd`; call it before the descriptor is closed. No event of this turn reaches `handler` any more.
  void remove(int fd, IoHandler& handler);

  // Calls `handler` once at the end of this turn. Register once a turn; cancel before the handler dies.
  void at_turn_end(TurnEndHandler& handler) { turn_end_.push_back(&handler); }
  // The same for one of many: when more of them are registered than kSendingTime is enough for, the rest comes at the
  // end of the next turns, in order.
  void in_turn(TurnEndHandler& handler) { in_line_.push_back(&handler); }
  void cancel_turn_end(TurnEndHandler& handler);

  // Calls `handler` in the first turn that begins at `time` or later, unless it is cancelled. Timer does both.
  Timers::iterator at(TimePoint time, TimerHandler& handler) { return timers_.emplace(time, &handler); }
  void cancel(Timers::iterator timer) { timers_.erase(timer); }

  // Bytes that sockets which take turns have to send and have not had their turn for. On any thread.
  std::uint64_t waiting_bytes() const { return waiting_bytes_.load(); }
  void change_waiting_bytes(std::int64_t by) { waiting_bytes_.add(static_cast<std::uint64_t>(by)); }

  // Destroys `object` at the end of this turn: for objects that end inside one of their own callbacks.
  void destroy_later(std::shared_ptr<void> object) { doomed_.push_back(std::move(object)); }

  // Where the loop's sockets read into: one buffer for all, contents valid until the callback returns.
  std::span<char, kReadBufferSize> read_buffer() { return *read_buffer_; }

  // An empty queue for a stream that has something to send, and the way back: an idle stream holds none, and a busy
  // loop does not allocate one for every message.
  std::unique_ptr<OutputQueue> take_output_queue();
  void give_output_queue(std::unique_ptr<OutputQueue> queue);

 private:
  EventLoop(UniqueFd epoll, Clock clock);
  void run_due_timers();
  void end_turn();
  void serve_line();

  UniqueFd epoll_;
  Clock clock_;
  TimePoint now_;
  Counter busy_ns_;
  bool running_ = false;
  Timers timers_;
  std::array<epoll_event, 512> ready_;
  int ready_count_ = 0;
  std::vector<TurnEndHandler*> turn_end_;
  std::vector<TurnEndHandler*> turn_ending_;
  std::deque<TurnEndHandler*> in_line_;
  Counter waiting_bytes_;
  std::vector<std::shared_ptr<void>> doomed_;
  std::unique_ptr<std::array<char, kReadBufferSize>> read_buffer_;
  std::vector<std::unique_ptr<OutputQueue>> spare_queues_;
};

// Calls its function once, a while after start(). Destroying or stopping it cancels.
class Timer final : private TimerHandler {
 public:
  Timer(EventLoop& loop, std::function<void()> on_fire) : loop_(loop), on_fire_(std::move(on_fire)) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { stop(); }

  // Fires `delay` after this turn's now(); a running timer restarts. The function may start it again.
  void start(Duration delay);
  void stop();
  bool running() const { return position_.has_value(); }

 private:
  void on_time() override;

  EventLoop& loop_;
  std::function<void()> on_fire_;
  std::optional<EventLoop::Timers::iterator> position_;  // none: it does not run
};

}  // namespace laraman::net
