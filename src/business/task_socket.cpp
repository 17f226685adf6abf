#include "laraman/business/task_socket.h"
#include "base/try.h"

#include <poll.h>

#include <optional>
#include <utility>

#include "business/authentication.h"
#include "business/frame_socket.h"
#include "netsvr.pb.h"

namespace laraman::business {

TaskSocket::TaskSocket(std::string address, const Options& options) : address_(std::move(address)), options_(options) {}

TaskSocket::~TaskSocket() = default;

void TaskSocket::close() { socket_.reset(); }

Result<void> TaskSocket::connect(Duration timeout) {
  if (socket_) {
    // Nothing is to be read between calls, so anything there is: the end, or a reply to nothing.
    Result<short> ready = socket_->wait(POLLIN, monotonic_now());
    if (ready && *ready == 0) return {};
    close();
  }
  ASSIGN_OR_RETURN(socket_, FrameSocket::connect(address_, timeout, options_.max_frame_bytes));
  if (options_.secret.empty()) return {};
  Result<void> authenticated = authenticate();
  if (!authenticated) close();
  return authenticated;
}

Result<void> TaskSocket::authenticate() {
  constexpr std::uint32_t kId = to_id(wire::netsvr::Command::kAuthenticate);
  RETURN_IF_ERROR(write(kId, authentication(options_.secret)));
  ASSIGN_OR_RETURN(std::string reply, read_reply(kId));
  return check_authentication(*socket_, reply);
}

// Writes on the connection that there is.
Result<void> TaskSocket::write(std::uint32_t id, std::string_view message) {
  const TimePoint deadline = monotonic_now() + options_.timeout;
  wire::netsvr::append_frame(socket_->output(), id, message);
  for (;;) {
    ASSIGN_OR_RETURN(bool sent, socket_->send());
    if (sent) return {};
    ASSIGN_OR_RETURN(short ready, socket_->wait(POLLOUT, deadline));
    if (ready == 0) return socket_->error(ErrorCode::kTimeout, "the gateway does not read");
  }
}

Result<void> TaskSocket::send(std::uint32_t id, std::string_view message) {
  const bool kept = connected();
  RETURN_IF_ERROR(connect());
  Result<void> sent = write(id, message);
  // Not after a time-out: on a new connection the message would overtake those that the gateway has not read yet.
  if (sent || !kept || sent.error().code == ErrorCode::kTimeout) return sent;
  if (socket_->unsent() < wire::netsvr::kFrameHeaderSize + message.size()) return sent;
  close();
  RETURN_IF_ERROR(connect());
  return write(id, message);
}

Result<std::string> TaskSocket::read_reply(std::uint32_t id) {
  const TimePoint deadline = monotonic_now() + options_.timeout;
  std::optional<std::string> reply;
  while (!reply) {
    ASSIGN_OR_RETURN(short ready, socket_->wait(POLLIN, deadline));
    if (ready == 0) return socket_->error(ErrorCode::kTimeout, "no reply in time");
    Result<void> read = socket_->receive([&](std::uint32_t got, std::string_view message) -> Result<void> {
      wire::netsvr::Refused refused;
      if (got == to_id(wire::netsvr::Command::kRefused) &&
          refused.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
        return socket_->error(ErrorCode::kLimit, refused.reason());
      }
      if (got != id || reply)
        return socket_->error(ErrorCode::kInvalid, "reply " + std::to_string(got) + " to no query");
      reply = message;
      return {};
    });
    if (!read && !(reply && read.error().code == ErrorCode::kUnavailable)) return std::move(read.error());
  }
  return std::move(*reply);
}

Result<void> TaskSocket::command(std::uint32_t id, std::string_view message) {
  Result<void> sent = send(id, message);
  if (!sent) close();
  return sent;
}

Result<std::string> TaskSocket::query(std::uint32_t id, std::string_view message) {
  for (bool again = connected();; again = false) {
    if (Result<void> sent = send(id, message); !sent) {
      close();
      return std::move(sent.error());
    }
    Result<std::string> reply = read_reply(id);
    if (reply) return reply;
    close();
    if (!again || reply.error().code != ErrorCode::kUnavailable) return reply;
  }
}

}  // namespace laraman::business
