#include "php/event_link.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "wire/netsvr_command.h"

namespace laraman::php {
namespace {

using std::chrono::milliseconds;

constexpr Duration kFirstRetry = milliseconds(50);
constexpr Duration kLongestRetry = milliseconds(1'000);
constexpr int kPatience = 10;
constexpr Duration kLongestBatch = milliseconds(1);
// A lost link that lasts no longer is not worth a line: the server stops, or its gateway is started again.
constexpr Duration kQuietLoss = milliseconds(1'000);
constexpr Duration kSettleTime = std::chrono::seconds(2);

}  // namespace

void EventLink::configure(std::string address, business::Registration registration,
                          business::MainSocket::Options options) {
  address_ = std::move(address);
  registration_ = std::move(registration);
  options_ = std::move(options);
}

bool EventLink::open() {
  if (is_open() || !is_wanted() || leaving_) return true;
  auto socket = business::MainSocket::connect(address_, options_);
  if (!socket.ok()) return fail(socket.error().message());
  if (auto registered = (*socket)->register_for(registration_); !registered.ok()) {
    return fail(registered.error().message());
  }
  socket_ = std::move(*socket);
  ++link_number_;
  retry_pause_ = {};
  unsent_ = false;
  closes_given_ = false;
  return true;
}

bool EventLink::fail(std::string_view why) {
  error_ = why;
  return false;
}

void EventLink::lose(const Error& error) {
  error_ = error.message();
  lost_since_ = monotonic_now();
  // A gateway that closes it may be stopping, and this worker be about to hear of that: see tend().
  loss_logged_ = error.code != ErrorCode::kUnavailable;
  if (loss_logged_) log::warning("link to the gateway lost reason=\"{}\"", error_);
  socket_.reset();
  retry_pause_ = kFirstRetry;
  retry_at_ = monotonic_now() + retry_pause_;
}

void EventLink::retry_later() {
  retry_pause_ = std::clamp(2 * retry_pause_, kFirstRetry, kLongestRetry);
  retry_at_ = monotonic_now() + retry_pause_;
}

int EventLink::timeout_ms() const {
  if (is_open() || !is_wanted() || leaving_) return -1;
  const auto wait = std::chrono::ceil<milliseconds>(retry_at_ - monotonic_now());
  return std::max(0, static_cast<int>(wait.count()));
}

void EventLink::tend(bool readable) {
  if (is_open()) {
    if (!readable) return;
    if (auto received = socket_->receive(); !received.ok() && !socket_->has_event()) lose(received.error());
    return;
  }
  if (timeout_ms() != 0) return;
  const TimePoint begin = monotonic_now();
  if (!loss_logged_ && begin - lost_since_ >= kQuietLoss) {
    loss_logged_ = true;
    log::warning("link to the gateway lost reason=\"{}\"", error_);
  }
  if (open()) {
    log::info("link to the gateway restored address={}", address_);
    return;
  }
  retry_later();
  // While it connects the worker does nothing else: where that takes long, most of the time is for its jobs.
  retry_at_ += kPatience * (monotonic_now() - begin);
}

// The gateway takes the messages of a connection back when it closes that connection; it has done so when it answers a
// query of its loops that came behind the command. Events of the connection that are here already are not begun
// meanwhile: none is, where the answer does not come in time.
void EventLink::settle_closes() {
  if (!closes_given_) return;
  unsent_ = false;
  auto reply = socket_->query(to_id(wire::netsvr::Command::kCheckOnline), {}, kSettleTime);
  closes_given_ = !reply.ok();
  if (reply.ok()) return;
  if (reply.error().code != ErrorCode::kTimeout) return lose(reply.error());
  log::warning("gateway does not answer address={} error=\"{}\"", address_, reply.error().message());
}

bool EventLink::take_event() {
  if (!is_open() || !socket_->has_event()) return false;
  settle_closes();
  if (!is_open() || closes_given_ || !socket_->has_event()) return false;
  event_ = socket_->take_event();
  event_link_ = link_number_;
  return event_.has_value();
}

void EventLink::finish_event() {
  // An event of a link that is gone cannot be acknowledged: its gateway has reported it as lost.
  // And a gateway that does not count its events wants no acknowledgement.
  if (is_open() && event_link_ == link_number_ && event_->sequence != 0) {
    socket_->acknowledge(event_->sequence);
    if (!std::exchange(unsent_, true)) unsent_since_ = monotonic_now();
  }
  event_.reset();
}

bool EventLink::check_size(std::size_t message_bytes) {
  if (!is_open()) return true;
  auto fits = socket_->check_size(message_bytes);
  return fits.ok() || fail(fits.error().message());
}

void EventLink::begin_sending() {
  socket_.reset();
  unsent_ = false;
  if (!is_wanted()) return;
  business::TaskSocket::Options options;
  options.connect_timeout = options_.connect_timeout;
  options.timeout = options_.send_timeout;
  options.max_frame_bytes = options_.max_frame_bytes;
  options.secret = options_.secret;
  sender_ = std::make_unique<business::TaskSocket>(address_, options);
}

bool EventLink::command(std::uint32_t id, std::string_view message) {
  refused_ = false;
  if (sender_) {
    auto sent = sender_->command(id, message);
    return sent.ok() || fail(sent.error().message());
  }
  if (!is_open()) return fail(is_wanted() ? error_ : "this worker has no gateway");
  if (auto queued = socket_->command(id, message); !queued.ok()) {
    refused_ = queued.error().code == ErrorCode::kLimit;
    if (refused_) return fail(queued.error().message());
    lose(queued.error());
    return false;
  }
  closes_given_ = closes_given_ || closes_connections(static_cast<wire::netsvr::Command>(id));
  if (!std::exchange(unsent_, true)) unsent_since_ = monotonic_now();
  return true;
}

bool EventLink::query(std::uint32_t id, std::string_view message, double timeout_seconds) {
  refused_ = false;
  if (sender_) {
    auto reply = sender_->query(id, message);
    if (!reply.ok()) return fail(reply.error().message());
    reply_ = std::move(*reply);
    return true;
  }
  if (!is_open()) return fail(is_wanted() ? error_ : "this worker has no gateway");
  const auto timeout = std::chrono::duration<double>(std::clamp(timeout_seconds, 0.0, 86'400.0));
  auto reply = socket_->query(id, message, std::chrono::duration_cast<Duration>(timeout));
  if (reply.ok()) {
    unsent_ = false;
    reply_ = std::move(*reply);
    return true;
  }
  refused_ = reply.error().code == ErrorCode::kLimit;
  if (!refused_ && reply.error().code != ErrorCode::kTimeout) lose(reply.error());
  return fail(reply.error().message());
}

void EventLink::flush() {
  if (!is_open() || !std::exchange(unsent_, false)) return;
  if (auto flushed = socket_->flush(); !flushed.ok()) lose(flushed.error());
}

void EventLink::flush_batch() {
  if (unsent_ && is_open() && socket_->has_event() && monotonic_now() - unsent_since_ < kLongestBatch) return;
  flush();
}

void EventLink::leave() {
  if (std::exchange(leaving_, true) || !is_open()) return;
  unsent_ = false;
  if (auto left = socket_->unregister(); !left.ok()) lose(left.error());
}

}  // namespace laraman::php
