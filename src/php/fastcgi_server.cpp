#include "php/fastcgi_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "php/time_limit.h"

namespace laraman::php {
namespace fastcgi = wire::fastcgi;
using fastcgi::RecordType;

namespace {

constexpr std::size_t kInputSize = 64 * 1024;
constexpr std::size_t kMaxParams = 1024 * 1024;
constexpr std::size_t kMaxConnections = 128;
constexpr int kBacklog = 128;
constexpr int kBodyPatience = 1000;  // milliseconds for more of a body that no code reads

// Waits for `events` on `fd`; signals do not end the wait.
short wait_for(int fd, short events, int timeout_ms = -1) {
  pollfd entry{fd, events, 0};
  while (::poll(&entry, 1, timeout_ms) < 0) {
    if (errno != EINTR) return POLLERR;
  }
  return entry.revents;
}

// unix(7), SCM_RIGHTS.
void attach_to(msghdr& message, std::span<char> control, int file) {
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof file);
  std::memcpy(CMSG_DATA(part), &file, sizeof file);
}

}  // namespace

FastCgiConnection::FastCgiConnection(UniqueFd fd) : fd_(std::move(fd)), input_(std::make_unique<char[]>(kInputSize)) {}

void FastCgiConnection::close() {
  fd_.reset();
  aborted_ = true;
  body_complete_ = true;
}

bool FastCgiConnection::receive_some(bool wait) {
  while (!closed()) {
    const ssize_t count = ::recv(fd(), input_.get(), kInputSize, 0);
    if (count > 0) {
      reader_.feed({input_.get(), static_cast<std::size_t>(count)});
      return true;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (!wait) return false;
      wait_for(fd(), POLLIN);
      restart_clock();  // it is the sender's time, not the job's
      continue;
    }
    close();
  }
  return false;
}

bool FastCgiConnection::take_record() {
  auto record = reader_.next();
  if (!record.ok()) {
    log::warning("fastcgi connection closed reason=\"{}\"", record.error().message());
    close();
    return false;
  }
  if (!record->has_value()) return false;
  handle(**record);
  return !closed();
}

void FastCgiConnection::handle(const fastcgi::Record& record) {
  if (record.type == RecordType::kBeginRequest) {
    if (phase_ == Phase::kIdle) return begin(record);
    std::string refusal;
    fastcgi::append_end_request(refusal, record.request_id, 0, fastcgi::ProtocolStatus::kCannotMultiplex);
    return answer(std::move(refusal));
  }
  if (record.request_id == 0) return answer_management(record);
  if (phase_ == Phase::kIdle || record.request_id != request_id_) return;  // of a request that is over: section 3.3
  switch (record.type) {
    case RecordType::kAbortRequest:
      aborted_ = true;
      body_complete_ = true;
      if (phase_ == Phase::kParams) end_request();
      break;
    case RecordType::kParams:
      if (phase_ == Phase::kParams) take_params(record.content);
      break;
    case RecordType::kStdin:
      body_chunk_ = record.content;
      body_complete_ = body_complete_ || record.content.empty();
      break;
    default: break;  // DATA is for filters
  }
}

void FastCgiConnection::answer_management(const fastcgi::Record& record) {
  std::string records;
  if (record.type == RecordType::kGetValues) {
    fastcgi::append_get_values_result(records, record.content, {kMaxConnections, 1, false});
  } else {
    fastcgi::append_unknown_type(records, static_cast<std::uint8_t>(record.type));
  }
  answer(std::move(records));
}

void FastCgiConnection::take_params(std::string_view content) {
  if (content.empty()) return complete_params();
  if (params_.size() + content.size() > kMaxParams) {
    log::warning("fastcgi connection closed reason=\"parameters above {} bytes\"", kMaxParams);
    return close();
  }
  params_.append(content);
}

// Sends records that belong to no request's output.
void FastCgiConnection::answer(std::string records) {
  trailer_ = std::move(records);
  iovecs_.assign(1, {trailer_.data(), trailer_.size()});
  write_all();
}

void FastCgiConnection::begin(const fastcgi::Record& record) {
  reset_request();
  request_id_ = record.request_id;
  phase_ = Phase::kParams;
  const auto request = fastcgi::parse_begin_request(record.content);
  if (!request) return close();
  keep_connection_ = request->keep_connection;
  if (request->role == static_cast<std::uint16_t>(fastcgi::Role::kResponder)) return;
  std::string answer;
  fastcgi::append_end_request(answer, request_id_, 0, fastcgi::ProtocolStatus::kUnknownRole);
  trailer_ = std::move(answer);
  iovecs_.assign(1, {trailer_.data(), trailer_.size()});
  write_all();
  phase_ = Phase::kIdle;
  if (!keep_connection_) close();
}

void FastCgiConnection::complete_params() {
  fastcgi::PairReader reader(params_);
  while (const auto pair = reader.next()) pairs_.push_back(*pair);
  if (reader.malformed()) {
    log::warning("fastcgi connection closed reason=\"malformed parameters\"");
    return close();
  }
  // What follows a value is the length of the next name, read already, or the NUL byte of params_ itself.
  for (const auto& pair : pairs_) params_[static_cast<std::size_t>(pair.value.end() - params_.data())] = '\0';
  phase_ = Phase::kRequest;
}

void FastCgiConnection::advance() {
  while (!closed() && !has_request() && take_record()) {
  }
}

void FastCgiConnection::receive() {
  do {
    advance();
  } while (!has_request() && receive_some(false));
}

std::size_t FastCgiConnection::read_body(char* to, std::size_t size) {
  std::size_t filled = 0;
  while (has_request() && filled < size) {  // after END_REQUEST the rest may never come
    if (!body_chunk_.empty()) {
      const std::size_t count = std::min(size - filled, body_chunk_.size());
      std::memcpy(to + filled, body_chunk_.data(), count);
      body_chunk_.remove_prefix(count);
      filled += count;
    } else if (body_complete_ || (!take_record() && !receive_some(true))) {
      break;
    }
  }
  return filled;
}

// As php-fpm does before it sends the end of its output: a web server that has that stops sending the body, and if the
// connection is closed with unread bytes it may lose the answer.
void FastCgiConnection::skip_body() {
  while (!body_complete_) {
    body_chunk_ = {};
    if (take_record()) continue;
    pollfd ready{fd(), POLLIN, 0};
    if (::poll(&ready, 1, kBodyPatience) <= 0 || !receive_some(true)) return;
  }
}

void FastCgiConnection::look_for_abort() {
  // Behind a body that was not read an abort is not seen; then only a connection that breaks tells.
  while (!aborted() && body_chunk_.empty()) {
    if (!take_record() && !receive_some(false)) break;
  }
}

void FastCgiConnection::frame_output(std::span<const std::string_view> pieces) {
  std::size_t total = 0;
  for (const auto piece : pieces) total += piece.size();
  headers_.clear();
  iovecs_.clear();
  headers_.reserve(total / fastcgi::kMaxContent + 1);  // iovecs_ points into it: it must not grow
  std::size_t room = 0;                                // in the record begun last
  for (auto piece : pieces) {
    while (!piece.empty()) {
      if (room == 0) {
        room = std::min(total, fastcgi::kMaxContent);
        headers_.push_back(fastcgi::make_header(RecordType::kStdout, request_id_, room));
        iovecs_.push_back({headers_.back().data(), fastcgi::kHeaderSize});
      }
      const std::size_t count = std::min(room, piece.size());
      iovecs_.push_back({const_cast<char*>(piece.data()), count});
      piece.remove_prefix(count);
      room -= count;
      total -= count;
    }
  }
}

void FastCgiConnection::write_all() {
  std::span<iovec> left(iovecs_);
  while (!left.empty() && !closed()) {
    msghdr message{};
    message.msg_iov = left.data();
    message.msg_iovlen = std::min<std::size_t>(left.size(), IOV_MAX);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    if (file_) attach_to(message, control, file_.get());
    const ssize_t written = ::sendmsg(fd(), &message, MSG_NOSIGNAL);
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return close();
      // An abort is read meanwhile, but what has been begun is sent to its end: half a record would be garbage.
      const short events = wait_for(fd(), body_chunk_.empty() && !aborted_ ? POLLIN | POLLOUT : POLLOUT);
      if ((events & POLLIN) != 0) look_for_abort();
      if ((events & POLLOUT) != 0) restart_clock();  // a slow reader takes its time, not the job's
      continue;
    }
    file_.reset();
    auto count = static_cast<std::size_t>(written);
    while (!left.empty() && count >= left.front().iov_len) {
      count -= left.front().iov_len;
      left = left.subspan(1);
    }
    if (count > 0) {
      left.front().iov_base = static_cast<char*>(left.front().iov_base) + count;
      left.front().iov_len -= count;
    }
  }
}

void FastCgiConnection::send_output(std::span<const std::string_view> pieces, bool end) {
  if (output_ended_ || closed()) return;
  if (end) skip_body();
  frame_output(aborted_ ? std::span<const std::string_view>{} : pieces);
  if (end) {
    trailer_.clear();
    fastcgi::append_stream_end(trailer_, RecordType::kStdout, request_id_);
    iovecs_.push_back({trailer_.data(), trailer_.size()});
    output_ended_ = true;
  }
  write_all();
}

void FastCgiConnection::end_request(std::span<const std::string_view> last_pieces) {
  if (!output_ended_) send_output(last_pieces, true);
  if (!closed()) {
    frame_output({});
    trailer_.clear();
    fastcgi::append_end_request(trailer_, request_id_);
    iovecs_.push_back({trailer_.data(), trailer_.size()});
    write_all();
    if (!keep_connection_) close();
  }
  phase_ = Phase::kIdle;
  reset_request();
}

void FastCgiConnection::break_request() {
  if (closed() || output_ended_) return end_request();
  trailer_.clear();
  fastcgi::append_end_request(trailer_, request_id_, EXIT_FAILURE);
  iovecs_.assign(1, {trailer_.data(), trailer_.size()});
  write_all();
  if (!keep_connection_) close();
  phase_ = Phase::kIdle;
  reset_request();
}

void FastCgiConnection::answer_in_signal(std::string_view output) const {
  auto begin = fastcgi::make_header(RecordType::kStdout, request_id_, output.size());
  auto end = fastcgi::make_header(RecordType::kStdout, request_id_, 0);
  iovec pieces[] = {
      {begin.data(), begin.size()}, {const_cast<char*>(output.data()), output.size()}, {end.data(), end.size()}};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = std::size(pieces);
  if (::sendmsg(fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return;  // the other end is gone
}

void FastCgiConnection::reset_request() {
  params_.clear();
  pairs_.clear();
  body_chunk_ = {};
  body_complete_ = false;
  aborted_ = false;
  output_ended_ = false;
  file_.reset();
}

Result<FastCgiServer> FastCgiServer::listen(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error{ErrorCode::kInvalid, "path too long for a Unix socket", path, "choose a shorter --runtime-dir"};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  FastCgiServer server;
  server.path_ = path;
  server.listener_ = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!server.listener_) return system_error("socket", path, errno);
  ::unlink(path.c_str());
  if (::bind(server.listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return system_error("bind", path, errno);
  }
  ::chmod(path.c_str(), 0660);
  if (::listen(server.listener_.get(), kBacklog) != 0) return system_error("listen", path, errno);
  return server;
}

FastCgiConnection* FastCgiServer::take_request() {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    FastCgiConnection* connection = connections_[(next_ + i) % connections_.size()].get();
    connection->advance();
    if (!connection->has_request()) continue;
    if (connection->aborted()) {  // while it waited for its turn
      connection->end_request();
      continue;
    }
    next_ = (next_ + i + 1) % connections_.size();
    return connection;
  }
  return nullptr;
}

void FastCgiServer::add_to(std::vector<pollfd>& fds) const {
  const bool accepts = listener_ && connections_.size() < kMaxConnections;
  fds.push_back({accepts ? listener_.get() : -1, POLLIN, 0});
  for (const auto& connection : connections_) fds.push_back({connection->fd(), POLLIN, 0});
}

void FastCgiServer::handle(std::span<const pollfd> fds) {
  for (std::size_t i = 1; i < fds.size(); ++i) {
    if (fds[i].revents != 0) connections_[i - 1]->receive();
  }
  std::erase_if(connections_,
                [](const auto& connection) { return connection->closed() && !connection->has_request(); });
  if (fds.empty() || fds[0].revents == 0) return;
  while (connections_.size() < kMaxConnections) {
    UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) break;
    connections_.push_back(std::make_unique<FastCgiConnection>(std::move(fd)));
    connections_.back()->receive();
  }
}

void FastCgiServer::stop_listening() { listener_.reset(); }

void FastCgiServer::remove_file() const {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace laraman::php
