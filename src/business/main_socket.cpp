#include "laraman/business/main_socket.h"
#include "base/try.h"

#include <fmt/format.h>
#include <poll.h>

#include <utility>

#include "base/scoreboard.h"
#include "business/authentication.h"
#include "business/event_decoder.h"
#include "business/frame_socket.h"
#include "netsvr.pb.h"

namespace laraman::business {

namespace netsvr = wire::netsvr;
using netsvr::Command;
using netsvr::to_id;

Result<std::unique_ptr<MainSocket>> MainSocket::connect(std::string_view address, const Options& options) {
  ASSIGN_OR_RETURN(auto socket, FrameSocket::connect(address, options.connect_timeout, options.max_frame_bytes));
  return std::unique_ptr<MainSocket>(new MainSocket(std::move(socket), options));
}

MainSocket::MainSocket(std::unique_ptr<FrameSocket> socket, const Options& options)
    : socket_(std::move(socket)), options_(options) {}

MainSocket::~MainSocket() = default;

int MainSocket::fd() const { return socket_->fd(); }

Result<void> MainSocket::check() const {
  if (error_) return *error_;
  return {};
}

Result<void> MainSocket::fail(Error error) {
  if (!error_) error_ = std::move(error);
  return *error_;
}

// ---- registration

Result<void> MainSocket::authenticate(Duration timeout) {
  ASSIGN_OR_RETURN(std::string reply, query(to_id(Command::kAuthenticate), authentication(options_.secret), timeout));
  return check_authentication(*socket_, reply);
}

Result<void> MainSocket::register_for(const Registration& registration, Duration timeout) {
  if (!options_.secret.empty()) {
    RETURN_IF_ERROR(authenticate(timeout));
  }
  netsvr::RegisterReq request;
  request.set_events(registration.events);
  request.set_library(registration.library);
  request.set_acknowledge_window(registration.window);
  request.set_wants_meta(registration.wants_meta);
  request.set_lean(registration.lean);
  request.set_fastcgi_address(registration.request_address);
  slot_ = registration.slot;
  if (slot_ != nullptr) {
    resume_events(*slot_, 0);  // each link numbers its events from 1
    request.set_scoreboard_slot(1 + registration.slot_index);
    request.set_scoreboard_generation(slot_->generation.load(std::memory_order_relaxed));
  }
  ASSIGN_OR_RETURN(std::string reply, query(to_id(Command::kRegister), request.SerializeAsString(), timeout));
  netsvr::RegisterResp response;
  if (!response.ParseFromString(reply)) {
    return fail(socket_->error(ErrorCode::kInvalid, "the gateway's answer to the registration is malformed"));
  }
  if (response.code() != netsvr::RegisterResp::SUCCESS) {
    return socket_->error(ErrorCode::kInvalid, "the gateway refuses the registration: " + response.message());
  }
  link_id_ = response.conn_id();
  if (response.max_frame_bytes() > 0) max_command_bytes_ = response.max_frame_bytes() - netsvr::kCommandIdSize;
  if (options_.heartbeat > Duration::zero()) socket_->keep_alive(options_.heartbeat, options_.heartbeat_text);
  return {};
}

Result<void> MainSocket::unregister() {
  netsvr::UnRegisterReq request;
  request.set_conn_id(link_id_);
  RETURN_IF_ERROR(command(to_id(Command::kUnRegister), request.SerializeAsString()));
  return flush();
}

// ---- receiving

Result<void> MainSocket::receive() {
  RETURN_IF_ERROR(check());
  return read_frames();
}

Result<void> MainSocket::read_frames() {
  Result<void> read =
      socket_->receive([this](std::uint32_t id, std::string_view message) { return on_frame(id, message); });
  if (!read) return fail(std::move(read.error()));
  return {};
}

Result<void> MainSocket::on_frame(std::uint32_t id, std::string_view message) {
  const auto malformed = [this, id] {
    return socket_->error(ErrorCode::kInvalid, "malformed message of command " + std::to_string(id));
  };
  switch (static_cast<Command>(id)) {
    case Command::kConnOpen:
    case Command::kConnClose:
    case Command::kTransfer:
    case Command::kJoined:
    case Command::kLeft: {
      std::optional<Event> event = decode_event(static_cast<Command>(id), message);
      if (!event) return malformed();
      events_.push_back(std::move(*event));
      return {};
    }
    case Command::kTakenBack: {
      netsvr::TakenBack notice;
      if (!notice.ParseFromArray(message.data(), static_cast<int>(message.size()))) return malformed();
      on_taken_back(notice.through());
      return {};
    }
    case Command::kUnRegister:  // may come after replies to later queries
      unregistered_ = true;
      return {};
    case Command::kRefused: {
      netsvr::Refused refused;
      if (!refused.ParseFromArray(message.data(), static_cast<int>(message.size()))) return malformed();
      return on_reply(refused.command(), socket_->error(ErrorCode::kLimit, refused.reason()));
    }
    default: return on_reply(id, std::string(message));
  }
}

Result<void> MainSocket::on_reply(std::uint32_t id, Result<std::string> reply) {
  if (awaited_.empty() || awaited_.front().id != id) {
    return socket_->error(ErrorCode::kInvalid, "reply " + std::to_string(id) + " to no query");
  }
  if (!awaited_.front().abandoned) reply_ = std::move(reply);
  awaited_.pop_front();
  return {};
}

void MainSocket::on_taken_back(std::uint64_t through) {
  while (!events_.empty() && events_.front().sequence <= through) events_.pop_front();
  taking_back_ = false;
  if (slot_ != nullptr) resume_events(*slot_, through);
}

std::optional<Event> MainSocket::take_event() {
  if (!has_event()) return std::nullopt;
  if (slot_ != nullptr && events_.front().sequence != 0 && !begin_event(*slot_, events_.front().sequence)) {
    taking_back_ = true;  // the notice that it went to others, and all behind it, is on its way
    return std::nullopt;
  }
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

// Reads and writes until `done()`; false if it is not done by `deadline`.
template <typename Done>
Result<bool> MainSocket::wait_until(TimePoint deadline, const Done& done) {
  while (!done()) {
    const short wanted = socket_->unsent() > 0 ? POLLIN | POLLOUT : POLLIN;
    Result<short> ready = socket_->wait(wanted, deadline);
    if (!ready) return fail(std::move(ready.error())).error();
    if (*ready == 0) return false;
    if ((*ready & POLLOUT) != 0) {
      Result<bool> sent = socket_->send();
      if (!sent) return fail(std::move(sent.error())).error();
    }
    if ((*ready & ~POLLOUT) != 0) {
      if (Result<void> read = read_frames(); !read && !done()) return std::move(read.error());
    }
  }
  return true;
}

Result<bool> MainSocket::wait(Duration timeout) {
  if (!has_event() && !unregistered_) {
    RETURN_IF_ERROR(check());
    Result<bool> arrived = wait_until(monotonic_now() + timeout, [this] { return has_event() || unregistered_; });
    if (!arrived) return arrived;
  }
  return has_event();
}

// ---- sending

void MainSocket::acknowledge(std::uint64_t sequence) {
  netsvr::Acknowledge message;
  message.set_sequence(sequence);
  netsvr::append_frame(socket_->output(), Command::kAcknowledge, message);
}

Result<void> MainSocket::check_size(std::size_t message_bytes) const {
  if (max_command_bytes_ == 0 || message_bytes <= max_command_bytes_) return {};
  return Error{
      ErrorCode::kLimit,
      fmt::format("a command of {} bytes is above the gateway's limit of {}", message_bytes, max_command_bytes_),
      socket_->address(), "send less, or raise its [netsvr] max_frame_bytes or max_message_bytes"};
}

Result<void> MainSocket::command(std::uint32_t id, std::string_view message) {
  RETURN_IF_ERROR(check());
  RETURN_IF_ERROR(check_size(message.size()));
  netsvr::append_frame(socket_->output(), id, message);
  if (socket_->unsent() > options_.unsent_bytes) return flush();
  return {};
}

Result<void> MainSocket::commands(std::string_view frames) {
  RETURN_IF_ERROR(check());
  socket_->output().append(frames);
  if (socket_->unsent() > options_.unsent_bytes) return flush();
  return {};
}

void MainSocket::heartbeat(std::string_view text) { netsvr::append_heartbeat(socket_->output(), text); }

Result<void> MainSocket::flush() {
  RETURN_IF_ERROR(check());
  Result<bool> sent = socket_->send();
  if (!sent) return fail(std::move(sent.error()));
  if (*sent) return {};
  sent = wait_until(monotonic_now() + options_.send_timeout, [this] { return socket_->unsent() == 0; });
  if (!sent) return std::move(sent.error());
  if (!*sent) return fail(socket_->error(ErrorCode::kTimeout, "the gateway does not read"));
  return {};
}

Result<std::string> MainSocket::query(std::uint32_t id, std::string_view message, Duration timeout) {
  const TimePoint deadline = monotonic_now() + timeout;
  RETURN_IF_ERROR(command(id, message));
  awaited_.push_back({id, false});
  RETURN_IF_ERROR(flush());
  Result<bool> arrived = wait_until(deadline, [this] { return reply_.has_value(); });
  if (!arrived) return std::move(arrived.error());
  if (!*arrived) {
    awaited_.back().abandoned = true;
    return socket_->error(ErrorCode::kTimeout, "no reply in time");
  }
  return *std::exchange(reply_, std::nullopt);
}

}  // namespace laraman::business
