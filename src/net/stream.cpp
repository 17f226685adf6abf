#include "net/stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/try.h"

namespace laraman::net {
namespace {

constexpr std::size_t kMaxFiles = 4;  // that come with one reading; the kernel closes the others

}  // namespace

Result<std::unique_ptr<Stream>> Stream::open(EventLoop& loop, UniqueFd fd, Handler& handler,
                                             std::shared_ptr<const TlsContext> tls) {
  std::unique_ptr<Stream> stream(new Stream(loop, std::move(fd), handler));
  if (tls) {
    ASSIGN_OR_RETURN(stream->tls_, TlsSession::accept(std::move(tls), stream->fd_.get()));
  }
  stream->interest_ = EPOLLIN | EPOLLRDHUP;
  RETURN_IF_ERROR(loop.add(stream->fd_.get(), stream->interest_, *stream));
  return stream;
}

Stream::~Stream() {
  if (turn_end_wanted_) loop_.cancel_turn_end(*this);
  if (fd_) loop_.remove(fd_.get(), *this);
}

void Stream::set_handler(Handler& handler) {
  handler_ = &handler;
  if (unconsumed_) {
    redeliver_ = true;
    want_turn_end();
  }
}

OutputQueue& Stream::output() {
  if (!output_) output_ = loop_.take_output_queue();
  return *output_;
}

void Stream::write(std::string_view bytes) {
  if (closed() || closing_) return;
  output().append(bytes);
  want_sending();
}

void Stream::write(const SharedBytes& bytes) {
  if (closed() || closing_) return;
  output().append(bytes);
  want_sending();
}

void Stream::write_file(std::shared_ptr<const UniqueFd> file, std::uint64_t offset, std::uint64_t length) {
  if (closed() || closing_) return;
  output().append_file(std::move(file), offset, length);
  want_sending();
}

void Stream::flush() {
  if (!closed() && may_send()) send_queued();
}

void Stream::pause_reading() {
  if (paused_) return;
  paused_ = true;
  update_interest();
}

void Stream::resume_reading() {
  if (!paused_) return;
  paused_ = false;
  if (closed()) return;
  update_interest();
  if (unconsumed_) redeliver_ = true;
  if (unconsumed_ || tls_) want_turn_end();
}

void Stream::close() {
  if (closed()) return;
  if (tls_ && !error_) tls_->end();
  loop_.remove(fd_.get(), *this);
  fd_.reset();
  count_waiting();
  if (!ending_turn_) want_turn_end();  // on_closed comes from there
}

void Stream::close_when_sent() {
  if (closed() || closing_) return;
  closing_ = true;
  unconsumed_.reset();
  paused_ = false;
  update_interest();
  want_turn_end();
}

void Stream::want_turn_end() {
  if (turn_end_wanted_) return;
  turn_end_wanted_ = true;
  if (!takes_turns_) {
    loop_.at_turn_end(*this);
    return;
  }
  loop_.in_turn(*this);
}

void Stream::want_sending() {
  if (blocked_) return;  // it goes on when the kernel has room
  want_turn_end();
  if (takes_turns_) count_waiting();
}

void Stream::count_waiting() {
  const bool waits = takes_turns_ && turn_end_wanted_ && !blocked_ && !closed();
  const auto waiting = waits ? static_cast<std::uint32_t>(std::min<std::uint64_t>(unsent(), UINT32_MAX)) : 0;
  loop_.change_waiting_bytes(std::int64_t{waiting} - std::int64_t{waiting_});
  waiting_ = waiting;
}

void Stream::update_interest() {
  if (closed()) return;
  std::uint16_t wanted = 0;
  if (!paused_ && !read_ended_) wanted |= EPOLLIN;
  if (!peer_ended_) wanted |= EPOLLRDHUP;
  if (blocked_) wanted |= EPOLLOUT;
  const std::uint16_t before = std::exchange(interest_, wanted);
  if (wanted == before) return;
  // Epoll reports the end of a socket for as long as it is there, also to a handler that waits for nothing.
  if (wanted == 0) {
    loop_.remove(fd_.get(), *this);
    return;
  }
  Result<void> changed = before != 0 ? loop_.modify(fd_.get(), wanted, *this) : loop_.add(fd_.get(), wanted, *this);
  if (!changed) fail(std::move(changed.error()));
}

void Stream::on_io(std::uint32_t events) {
  if ((events & EPOLLERR) != 0 && paused_ && !blocked_) {
    if (!peer_ended_) peer_ended();  // what it sent before the error may still be read
    return;
  }
  if ((events & EPOLLERR) != 0 && (events & EPOLLIN) == 0) {  // else recv() has the error, behind the last bytes
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    fail(system_error("socket", "", error));
    return;
  }
  if ((events & EPOLLOUT) != 0) {
    blocked_ = false;
    if (may_send()) send_queued();
    if (!closed()) update_interest();
    if (closed()) return;
    if (tls_) events |= EPOLLIN;  // TLS may have waited with a reading until it could write
  }
  if ((events & EPOLLIN) != 0 && !paused_) {
    if (!redeliver_) read_once();  // else what was left over comes first, at this turn's end
  } else if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0 && !peer_ended_) {
    peer_ended();
  }
}

// As recv(); with take_files() the handler is given what comes beside the bytes.
ssize_t Stream::receive(std::span<char> buffer) {
  if (!takes_files_) return ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxFiles * sizeof(int))> control{};
  iovec bytes{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(fd_.get(), &message, MSG_CMSG_CLOEXEC);
  if (got < 0) return got;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      handler_->on_file(UniqueFd(fd));
    }
  }
  return got;
}

void Stream::read_once() {
  if (tls_) return read_tls();
  std::span<char> buffer = loop_.read_buffer();
  std::size_t kept = 0;
  if (unconsumed_) {
    kept = unconsumed_->size();
    std::memcpy(buffer.data(), unconsumed_->data(), kept);
  }
  const ssize_t got = receive(buffer.subspan(kept));
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    fail(system_error("recv", "", errno));
    return;
  }
  if (got == 0) {
    read_ended_ = true;
    peer_ended();
    return;
  }
  if (closing_) {
    lingered_ += static_cast<std::uint32_t>(got);
    if (sending_ended_ && lingered_ > kLingerBytes) close();
    return;
  }
  deliver(buffer.first(kept + static_cast<std::size_t>(got)));
}

// True once the handshake is done.
bool Stream::end_tls_handshake() {
  Result<bool> done = tls_->handshake();
  if (!done) {
    fail(std::move(done.error()));
    return false;
  }
  if (*done) {
    if (output_ || closing_) want_turn_end();
    return true;
  }
  blocked_ = tls_->wants_write();
  update_interest();
  return false;
}

// As many records as the buffer holds. What TLS has read and the buffer has no room for comes at the turn's end.
void Stream::read_tls() {
  if (!tls_->established() && !end_tls_handshake()) return;
  std::span<char> buffer = loop_.read_buffer();
  std::size_t size = 0;
  if (unconsumed_) {
    size = unconsumed_->size();
    std::memcpy(buffer.data(), unconsumed_->data(), size);
  }
  const std::size_t kept = size;
  std::optional<Error> failure;
  while (size < buffer.size()) {
    Result<std::size_t> got = tls_->read(buffer.subspan(size));
    if (!got) failure = std::move(got.error());
    if (!got || *got == 0) break;
    size += *got;
  }
  if (tls_->wants_write() && !blocked_) {
    blocked_ = true;
    update_interest();
  }
  if (closing_) {
    lingered_ += static_cast<std::uint32_t>(size - kept);
    if (sending_ended_ && lingered_ > kLingerBytes) close();
  } else if (size > kept) {
    deliver(buffer.first(size));
  }
  if (closed()) return;
  if (failure) {
    fail(std::move(*failure));
  } else if (tls_->peer_ended()) {
    if (!read_ended_) {
      read_ended_ = true;
      peer_ended();
    }
  } else if (tls_->has_pending() && !paused_) {
    want_turn_end();
  }
}

void Stream::deliver(std::span<char> bytes) {
  Handler* before = handler_;
  const std::size_t consumed = handler_->on_data(bytes);
  if (closed() || closing_) {
    unconsumed_.reset();
    return;
  }
  const std::span<char> rest = bytes.subspan(consumed);
  if (rest.empty()) {
    unconsumed_.reset();
    return;
  }
  const bool comes_again = handler_ != before || paused_;
  if (rest.size() == EventLoop::kReadBufferSize && !comes_again) {
    // It would never get more. The fault is in the handler, and ends its connection alone.
    log::error("connection closed reason=\"its handler consumes nothing of a full read buffer\"");
    fail({ErrorCode::kLimit, "the handler consumes nothing of a full read buffer", "", ""});
    return;
  }
  if (!unconsumed_) unconsumed_ = std::make_unique<std::string>();
  unconsumed_->assign(rest.data(), rest.size());
  if (handler_ != before) {
    redeliver_ = true;
    want_turn_end();
  }
}

void Stream::deliver_unconsumed() {
  redeliver_ = false;
  if (!unconsumed_ || paused_ || closing_) return;
  std::span<char> buffer = loop_.read_buffer();
  const std::size_t size = unconsumed_->size();
  std::memcpy(buffer.data(), unconsumed_->data(), size);
  deliver(buffer.first(size));
}

void Stream::peer_ended() {
  peer_ended_ = true;
  update_interest();
  if (closing_) {
    if (sending_ended_) close();
    return;
  }
  handler_->on_peer_end();
}

void Stream::send_queued() {
  if (!output_) return;
  Result<bool> sent = tls_ ? output_->send_to(*tls_) : output_->send_to(fd_.get());
  if (!sent) {
    fail(std::move(sent.error()));
    return;
  }
  if (*sent) {
    loop_.give_output_queue(std::move(output_));
    if (closing_) {
      want_turn_end();  // to end sending
    } else {
      handler_->on_drained();
    }
    return;
  }
  blocked_ = true;
  update_interest();
}

void Stream::fail(Error error) {
  if (closed()) return;
  error_ = std::make_unique<Error>(std::move(error));
  close();
}

void Stream::on_turn_end() {
  turn_end_wanted_ = false;
  if (waiting_ > 0) count_waiting();
  ending_turn_ = true;
  if (!closed() && redeliver_) deliver_unconsumed();
  if (!closed() && tls_ && !paused_ && tls_->has_pending()) read_tls();
  if (!closed() && may_send()) send_queued();
  if (!closed() && closing_ && !output_ && !sending_ended_) {
    sending_ended_ = true;
    if (tls_) tls_->end();
    ::shutdown(fd_.get(), SHUT_WR);
    if (peer_ended_) close();
  }
  ending_turn_ = false;
  if (closed()) {
    if (turn_end_wanted_) {  // for what was written before it closed just now: this is the end of the turn already
      loop_.cancel_turn_end(*this);
      turn_end_wanted_ = false;
    }
    handler_->on_closed(error_.get());  // may destroy *this
    return;
  }
  if (may_send() && output_) want_sending();  // written by on_drained or redelivery in this very call
}

}  // namespace laraman::net
