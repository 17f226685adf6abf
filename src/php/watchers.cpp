#include "php/watchers.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <utility>

namespace laraman::php {
namespace {

// The stream, or null once the application has closed it.
php_stream* stream_of(const zval& resource) {
  return static_cast<php_stream*>(
      zend_fetch_resource2_ex(const_cast<zval*>(&resource), nullptr, php_file_le_stream(), php_file_le_pstream()));
}

// PHP has read more than was asked for: there is something, though the descriptor may have nothing more.
bool has_buffered(const zval& resource) {
  const php_stream* stream = stream_of(resource);
  return stream != nullptr && stream->writepos > stream->readpos;
}

}  // namespace

zend_long Watchers::watch(zval* stream) {
  php_stream* opened = stream_of(*stream);
  int fd = -1;
  if (opened == nullptr || php_stream_cast(opened, PHP_STREAM_AS_FD_FOR_SELECT | PHP_STREAM_CAST_INTERNAL,
                                           reinterpret_cast<void**>(&fd), 0) != SUCCESS) {
    return 0;
  }
  zval resource;
  ZVAL_COPY(&resource, stream);
  streams_.push_back({++last_number_, resource, fd, false});
  return last_number_;
}

zend_long Watchers::every(double seconds) {
  const auto interval = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  timers_.push_back({++last_number_, interval, monotonic_now() + interval});
  return last_number_;
}

bool Watchers::remove(zend_long number) {
  const auto has_number = [number](const auto& one) { return one.number == number; };
  if (std::erase_if(timers_, has_number) > 0) return true;
  const auto stream = std::find_if(streams_.begin(), streams_.end(), has_number);
  if (stream == streams_.end()) return false;
  zval resource = stream->resource;
  streams_.erase(stream);
  zval_ptr_dtor(&resource);
  return true;
}

void Watchers::clear() {
  timers_.clear();
  while (!streams_.empty()) {
    zval resource = streams_.back().resource;
    streams_.pop_back();
    zval_ptr_dtor(&resource);
  }
}

void Watchers::forget_closed() {
  for (std::size_t i = streams_.size(); i-- > 0;) {
    if (stream_of(streams_[i].resource) == nullptr) remove(streams_[i].number);
  }
}

void Watchers::add_to(std::vector<pollfd>& fds) {
  forget_closed();
  for (const Stream& stream : streams_) fds.push_back({stream.fd, POLLIN, 0});
}

int Watchers::timeout_ms() const {
  if (std::any_of(streams_.begin(), streams_.end(), [](const Stream& one) { return has_buffered(one.resource); })) {
    return 0;
  }
  if (timers_.empty()) return -1;
  const auto first =
      std::min_element(timers_.begin(), timers_.end(), [](const Timer& a, const Timer& b) { return a.due < b.due; });
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(first->due - monotonic_now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(wait, 0, INT_MAX));
}

void Watchers::handle(std::span<const pollfd> fds) {
  for (std::size_t i = 0; i < fds.size() && i < streams_.size(); ++i) streams_[i].ready = fds[i].revents != 0;
}

Watchers::Ready Watchers::take_timer() {
  const TimePoint now = monotonic_now();
  for (Timer& timer : timers_) {
    if (timer.due > now) continue;
    timer.due = std::max(timer.due + timer.interval,
                         now + timer.interval / 2);  // what was missed meanwhile is not caught up with
    return {timer.number, true};
  }
  return {};
}

Watchers::Ready Watchers::take_stream() {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    Stream& stream = streams_[(next_stream_ + i) % streams_.size()];
    if (!std::exchange(stream.ready, false) && !has_buffered(stream.resource)) continue;
    next_stream_ = (next_stream_ + i + 1) % streams_.size();
    return {stream.number, false};
  }
  return {};
}

Watchers::Ready Watchers::take() {
  Ready ready = timer_was_last_ ? take_stream() : take_timer();
  if (ready.number == 0) ready = timer_was_last_ ? take_timer() : take_stream();
  if (ready.number != 0) timer_was_last_ = ready.is_timer;
  return ready;
}

}  // namespace laraman::php
