#include "load/fleet.h"

#include <fmt/format.h>

namespace laraman::bench {
namespace {

constexpr std::size_t kHandshakesAtATime = 64;

}  // namespace

Fleet::Fleet(Target target, std::size_t size, MessageSink& sink) : target_(std::move(target)), sink_(sink) {
  for (std::size_t number = 0; number < size; ++number) connections_.emplace_back(poller_, target_, *this, number);
}

Result<void> Fleet::open_all(Duration timeout) {
  const TimePoint deadline = monotonic_now() + timeout;
  while (opened_ < size()) {
    while (begun_ < size() && begun_ - opened_ < kHandshakesAtATime) connections_[begun_++].open();
    const Result<void> turned = turn(std::chrono::milliseconds(100));
    if (!turned) return turned;
    if (monotonic_now() > deadline) {
      return Error{ErrorCode::kTimeout, fmt::format("only {} of {} connections opened in time", opened_, size()), "",
                   ""};
    }
  }
  return {};
}

Result<void> Fleet::turn(Duration longest) {
  poller_.turn(longest);
  if (failed_ == 0) return {};
  return Error{ErrorCode::kUnavailable, fmt::format("{} of {} connections failed", failed_, size()), first_failure_,
               ""};
}

void Fleet::on_open(Connection&) { ++opened_; }

void Fleet::on_message(Connection& connection, std::string_view payload) { sink_.on_message(connection, payload); }

void Fleet::on_failure(Connection& connection, const std::string& reason) {
  if (failed_++ == 0) first_failure_ = fmt::format("connection {}: {}", connection.number(), reason);
}

}  // namespace laraman::bench
