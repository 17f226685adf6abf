#include "business/link.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "business/registration_state.h"

namespace laraman::business {
namespace {

// Of events that were read and are not finished. An acknowledging link stays within its window; this is for gateways
// that know no acknowledgement.
constexpr std::size_t kMaxUnderWay = 4096;

}  // namespace

Link::Link(std::size_t gateway, std::string address, std::string secret, const MainSocketOptions& options,
           HandlerThreads& handlers, OnChange on_change)
    : gateway_(gateway),
      address_(std::move(address)),
      secret_(std::move(secret)),
      options_(options),
      handlers_(handlers),
      on_change_(std::move(on_change)),
      backoff_(options.first_pause, options.longest_pause) {}

Link::~Link() {
  stop(monotonic_now());
  wait_ended();
}

Result<void> Link::start() {
  wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_) return system_error("eventfd", address_, errno);
  thread_ = std::thread([this] { run(); });
  return {};
}

void Link::stop(TimePoint deadline) {
  deadline_ = deadline;
  stopping_ = true;
  if (wake_) ::eventfd_write(wake_.get(), 1);
}

bool Link::wait_ended() {
  if (thread_.joinable()) thread_.join();
  return drained_;
}

Error Link::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

void Link::failed(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    last_error_ = error;
  }
  if (!std::exchange(problem_told_, true)) options_.on_problem(error);
}

void Link::run() {
  while (!stopping_) {
    if (Result<void> connected = connect(); !connected) {
      failed(connected.error());
      wait(backoff_.next(), false);
      continue;
    }
    const auto registration = std::make_shared<RegistrationState>(gateway_, address_, wake_.get(), options_.window > 0);
    problem_told_ = false;
    ++registrations_;
    registered_ = true;
    on_change_();
    const TimePoint began = monotonic_now();
    Result<bool> served = serve(registration);
    registered_ = false;
    const Error error =
        served ? Error{ErrorCode::kUnavailable, "the business has ended", address_, ""} : served.error();
    unacknowledged_ += registration->end(error);
    while (socket_->take_event()) handlers_.drop();
    socket_.reset();
    drained_ = served && *served;
    if (!served) failed(error);
    on_change_();
    // After a link that ended at once the pause grows; after one that served for some time there is none.
    if (monotonic_now() - began > options_.longest_pause) backoff_.reset();
    if (!stopping_) wait(backoff_.next(), false);
  }
}

Result<void> Link::connect() {
  MainSocket::Options options;
  options.connect_timeout = options_.timeout;
  options.send_timeout = options_.send_timeout;
  options.secret = secret_;
  ASSIGN_OR_RETURN(std::unique_ptr<MainSocket> socket, MainSocket::connect(address_, options));
  Registration registration;
  registration.events = options_.events;
  registration.library = options_.library;
  registration.window = options_.window;
  registration.wants_meta = options_.wants_meta;
  registration.lean = options_.lean;
  RETURN_IF_ERROR(socket->register_for(registration, options_.timeout));
  socket_ = std::move(socket);
  last_sent_ = monotonic_now();
  return {};
}

Result<bool> Link::serve(const std::shared_ptr<RegistrationState>& registration) {
  bool unregistering = false;
  for (;;) {
    if (stopping_ && !unregistering) {
      unregistering = true;
      RETURN_IF_ERROR(socket_->unregister());
    }
    while (registration->under_way() < kMaxUnderWay) {
      std::optional<Event> event = socket_->take_event();
      if (!event) break;
      registration->begin(event->sequence);
      handlers_.handle(registration, std::move(*event));
    }
    RETURN_IF_ERROR(exchange(*registration));
    const bool room = registration->under_way() < kMaxUnderWay;
    if (socket_->has_event() && room) continue;
    if (unregistering) {
      if (socket_->unregistered() && registration->under_way() == 0) {
        RETURN_IF_ERROR(exchange(*registration));
        return true;
      }
      if (monotonic_now() >= deadline_.load()) return false;
    }
    wait(until_heartbeat(), room);
    if (room) {
      RETURN_IF_ERROR(socket_->receive());
    }
  }
}

// Sends what the handler threads have left, and a heartbeat if it is due.
Result<void> Link::exchange(RegistrationState& registration) {
  for (;;) {
    const RegistrationState::Taken taken = registration.take();
    if (!taken.frames.empty()) {
      if (Result<void> queued = socket_->commands(taken.frames); !queued) {
        if (taken.question != nullptr) registration.answer(*taken.question, queued.error());
        return queued;
      }
    }
    if (taken.acknowledged > 0) socket_->acknowledge(taken.acknowledged);
    const bool said = !taken.frames.empty() || taken.acknowledged > 0;
    if (!said && taken.question == nullptr) break;
    last_sent_ = monotonic_now();
    if (taken.question == nullptr) {
      RETURN_IF_ERROR(socket_->flush());
      continue;
    }
    registration.answer(*taken.question, socket_->query(taken.question->id, taken.question->message, options_.timeout));
  }
  if (until_heartbeat() > Duration::zero()) return {};
  last_sent_ = monotonic_now();
  socket_->heartbeat(options_.heartbeat_text);
  return socket_->flush();
}

Duration Link::until_heartbeat() const {
  return std::max(Duration::zero(), last_sent_ + options_.heartbeat - monotonic_now());
}

// Until another thread wakes this one, the socket has something (if `for_events`), or the time is over; no longer than
// to the deadline of a stop.
void Link::wait(Duration longest, bool for_events) {
  const TimePoint deadline = deadline_;
  if (stopping_ && deadline != TimePoint::max()) longest = std::min(longest, deadline - monotonic_now());
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(longest).count();
  pollfd entries[2] = {{wake_.get(), POLLIN, 0}, {for_events ? socket_->fd() : -1, POLLIN, 0}};
  ::poll(entries, 2, static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, 3'600'000)));
  eventfd_t count = 0;
  if ((entries[0].revents & POLLIN) != 0) ::eventfd_read(wake_.get(), &count);
}

}  // namespace laraman::business
