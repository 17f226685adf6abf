#include "business/frame_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/try.h"
#include "net/socket.h"

namespace laraman::business {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;
constexpr unsigned kUnacknowledgedMilliseconds = 60'000;
constexpr std::size_t kKeptCapacity = 256 * 1024;  // output_ gives back what it has grown beyond it

// Milliseconds from now to `deadline` for poll(2), rounded up so that a wait does not end just before it.
int poll_timeout(TimePoint deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - monotonic_now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

Result<short> poll_fd(int fd, short events, TimePoint deadline, const std::string& subject) {
  for (;;) {
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, poll_timeout(deadline));
    if (ready > 0) return entry.revents;
    if (ready == 0 && monotonic_now() >= deadline) return short{0};
    if (ready < 0 && errno != EINTR) return system_error("poll", subject, errno);
  }
}

}  // namespace

FrameSocket::FrameSocket(UniqueFd fd, std::string address, std::size_t max_frame_bytes)
    : fd_(std::move(fd)), address_(std::move(address)), reader_(max_frame_bytes, {}), input_(kReadSize) {}

Result<std::unique_ptr<FrameSocket>> FrameSocket::connect(std::string_view text, Duration timeout,
                                                          std::size_t max_frame_bytes) {
  ASSIGN_OR_RETURN(net::SocketAddress address, net::SocketAddress::parse(text));
  const std::string name = address.to_string();
  const TimePoint deadline = monotonic_now() + timeout;
  Result<UniqueFd> fd = net::connect_to(address);
  if (!fd) {
    Error error = std::move(fd.error());
    if (error.code == ErrorCode::kNotFound) error.code = ErrorCode::kUnavailable;  // a gateway that is not up yet
    return error;
  }
  ASSIGN_OR_RETURN(short ready, poll_fd(fd->get(), POLLOUT, deadline, name));
  if (ready == 0) return Error{ErrorCode::kTimeout, "cannot connect in time", name, ""};
  if (const int failure = net::connect_error(fd->get()); failure != 0) return system_error("connect", name, failure);
  if (!address.is_unix()) {
    net::set_no_delay(fd->get());
    // A machine that is gone acknowledges no heartbeat; without this it would take TCP a quarter of an hour to say so.
    ::setsockopt(fd->get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMilliseconds,
                 sizeof kUnacknowledgedMilliseconds);
  }
  return std::unique_ptr<FrameSocket>(new FrameSocket(std::move(*fd), name, max_frame_bytes));
}

void FrameSocket::keep_alive(Duration interval, std::string_view text) {
  heartbeat_ = std::make_unique<Heartbeat>(fd_.get(), interval, text);
}

Result<bool> FrameSocket::send() {
  if (!heartbeat_) return send_output();
  const auto hold = heartbeat_->hold();
  if (!heartbeat_->begin_sending()) return false;
  Result<bool> sent = send_output();
  heartbeat_->end_sending(sent_ == 0);
  return sent;
}

Result<bool> FrameSocket::send_output() {
  while (unsent() > 0) {
    const ssize_t count = ::send(fd_.get(), output_.data() + sent_, unsent(), MSG_NOSIGNAL);
    if (count < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return false;
      if (errno == EPIPE || errno == ECONNRESET) return error(ErrorCode::kUnavailable, "the gateway closed the link");
      return system_error("send", address_, errno);
    }
    sent_ += static_cast<std::size_t>(count);
  }
  output_.clear();
  if (output_.capacity() > kKeptCapacity) output_.shrink_to_fit();
  sent_ = 0;
  return true;
}

Result<void> FrameSocket::receive(const OnFrame& on_frame) {
  for (;;) {
    const ssize_t count = ::recv(fd_.get(), input_.data(), input_.size(), 0);
    if (count < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return {};
      if (errno == ECONNRESET) return error(ErrorCode::kUnavailable, "the gateway closed the link");
      return system_error("recv", address_, errno);
    }
    if (count == 0) return error(ErrorCode::kUnavailable, "the gateway closed the link");
    reader_.feed({input_.data(), static_cast<std::size_t>(count)});
    for (;;) {
      Result<std::optional<wire::netsvr::Frame>> frame = reader_.next();
      if (!frame) return error(frame.error().code, frame.error().what);
      if (!frame->has_value()) break;
      if (Result<void> taken = on_frame((*frame)->command, (*frame)->message); !taken) {
        reader_.take_unread();
        return taken;
      }
    }
    if (static_cast<std::size_t>(count) < input_.size()) return {};
  }
}

Result<short> FrameSocket::wait(short events, TimePoint deadline) const {
  return poll_fd(fd_.get(), events, deadline, address_);
}

}  // namespace laraman::business
