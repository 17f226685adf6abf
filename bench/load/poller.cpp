#include "load/poller.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace laraman::bench {
namespace {

[[noreturn]] void fail(const char* call) {
  std::fprintf(stderr, "ws_load: %s: %s\n", call, std::strerror(errno));
  std::exit(1);
}

void control(int epoll, int operation, int fd, std::uint32_t events, Pollable& owner) {
  epoll_event event{.events = events, .data = {.ptr = &owner}};
  if (::epoll_ctl(epoll, operation, fd, &event) != 0) fail("epoll_ctl");
}

}  // namespace

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) fail("epoll_create1");
}

void Poller::add(int fd, std::uint32_t events, Pollable& owner) {
  control(epoll_.get(), EPOLL_CTL_ADD, fd, events, owner);
}

void Poller::modify(int fd, std::uint32_t events, Pollable& owner) {
  control(epoll_.get(), EPOLL_CTL_MOD, fd, events, owner);
}

void Poller::turn(Duration longest) {
  flushing_.swap(to_flush_);
  for (Pollable* owner : flushing_) owner->flush();
  flushing_.clear();

  const auto ns = std::max<Duration::rep>(longest.count(), 0);
  const timespec timeout{.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
  std::array<epoll_event, 512> events;
  const int count = ::epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  if (count < 0 && errno != EINTR) fail("epoll_pwait2");
  for (int i = 0; i < count; ++i) static_cast<Pollable*>(events[i].data.ptr)->on_io(events[i].events);
}

}  // namespace laraman::bench
