#include "net/event_loop.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/log.h"

namespace laraman::net {
namespace {

constexpr std::size_t kMaxSpareQueues = 64;
constexpr std::size_t kServedBetweenLooks = 16;  // at the clock

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::create(Clock clock) {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return system_error("epoll_create1", "event loop", errno);
  return std::unique_ptr<EventLoop>(new EventLoop(std::move(epoll), clock));
}

EventLoop::EventLoop(UniqueFd epoll, Clock clock)
    : epoll_(std::move(epoll)),
      clock_(clock),
      now_(clock()),
      read_buffer_(std::make_unique<std::array<char, kReadBufferSize>>()) {}

EventLoop::~EventLoop() = default;

void EventLoop::run() {
  running_ = true;
  while (running_) run_once(std::chrono::hours(1));
}

void EventLoop::run_once(Duration longest) {
  const TimePoint turn_end = clock_();
  busy_ns_.add(static_cast<std::uint64_t>((turn_end - now_).count()));
  Duration wait = longest;
  if (!turn_end_.empty() || !in_line_.empty() || !doomed_.empty()) wait = Duration::zero();
  if (!timers_.empty()) wait = std::clamp(timers_.begin()->first - turn_end, Duration::zero(), wait);
  // Round up, so that a timer due in less than a millisecond does not make the loop spin.
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
  ready_count_ =
      ::epoll_wait(epoll_.get(), ready_.data(), static_cast<int>(ready_.size()), static_cast<int>(milliseconds));
  now_ = clock_();
  if (ready_count_ < 0) {
    if (errno != EINTR) {
      log::error("event loop cannot wait error={}", errno);
      std::abort();
    }
    ready_count_ = 0;
  }
  for (int i = 0; i < ready_count_; ++i) {
    auto* handler = static_cast<IoHandler*>(ready_[static_cast<std::size_t>(i)].data.ptr);
    if (handler != nullptr) handler->on_io(ready_[static_cast<std::size_t>(i)].events);
  }
  ready_count_ = 0;
  run_due_timers();
  end_turn();
}

void EventLoop::run_due_timers() {
  // A timer that is started again while they run, even without delay, is for the next turn.
  std::size_t due = 0;
  for (auto it = timers_.begin(); it != timers_.end() && it->first <= now_; ++it) ++due;
  while (due-- > 0 && !timers_.empty() && timers_.begin()->first <= now_) {
    TimerHandler& handler = *timers_.begin()->second;
    timers_.erase(timers_.begin());
    handler.on_time();
  }
}

void EventLoop::end_turn() {
  // What a handler registers now is for the next turn.
  turn_ending_.swap(turn_end_);
  for (std::size_t i = 0; i < turn_ending_.size(); ++i) {
    if (turn_ending_[i] != nullptr) turn_ending_[i]->on_turn_end();
  }
  turn_ending_.clear();
  serve_line();
  std::vector<std::shared_ptr<void>> doomed;
  doomed.swap(doomed_);
}

void EventLoop::serve_line() {
  if (in_line_.empty()) return;
  const TimePoint end = clock_() + kSendingTime;
  std::size_t left = in_line_.size();  // handlers that register meanwhile are for the next turn
  for (std::size_t served = 0; left > 0 && !in_line_.empty(); --left) {
    TurnEndHandler& first = *in_line_.front();
    in_line_.pop_front();
    first.on_turn_end();
    if (++served % kServedBetweenLooks == 0 && clock_() >= end) return;
  }
}

Result<void> EventLoop::add(int fd, std::uint32_t events, IoHandler& handler) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &handler;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return system_error("epoll_ctl", "descriptor " + std::to_string(fd), errno);
  }
  return {};
}

Result<void> EventLoop::modify(int fd, std::uint32_t events, IoHandler& handler) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &handler;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0) {
    return system_error("epoll_ctl", "descriptor " + std::to_string(fd), errno);
  }
  return {};
}

void EventLoop::remove(int fd, IoHandler& handler) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  for (int i = 0; i < ready_count_; ++i) {
    auto& event = ready_[static_cast<std::size_t>(i)];
    if (event.data.ptr == &handler) event.data.ptr = nullptr;
  }
}

std::unique_ptr<OutputQueue> EventLoop::take_output_queue() {
  if (spare_queues_.empty()) return std::make_unique<OutputQueue>();
  std::unique_ptr<OutputQueue> queue = std::move(spare_queues_.back());
  spare_queues_.pop_back();
  return queue;
}

void EventLoop::give_output_queue(std::unique_ptr<OutputQueue> queue) {
  if (spare_queues_.size() < kMaxSpareQueues) spare_queues_.push_back(std::move(queue));
}

void EventLoop::cancel_turn_end(TurnEndHandler& handler) {
  std::erase(turn_end_, &handler);
  std::replace(turn_ending_.begin(), turn_ending_.end(), &handler, static_cast<TurnEndHandler*>(nullptr));
  std::erase(in_line_, &handler);
}

void Timer::start(Duration delay) {
  stop();
  position_ = loop_.at(loop_.now() + delay, *this);
}

void Timer::on_time() {
  position_.reset();
  on_fire_();
}

void Timer::stop() {
  if (position_) loop_.cancel(*std::exchange(position_, std::nullopt));
}

}  // namespace laraman::net
