#include "net/output_queue.h"
#include "base/try.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace laraman::net {
namespace {

constexpr std::size_t kMaxPieces = 64;  // of one sendmsg()
// Shared bytes that are copied: few always; more of them where little waits, which is about to leave.
constexpr std::size_t kMaxCopied = 512;
constexpr std::size_t kMaxCopiedSoon = 4096;
constexpr std::uint64_t kLeavesSoon = 16 * 1024;
constexpr std::uint64_t kMaxFileBytes = 1 << 20;  // of one sendfile(), so that one socket does not hold up the loop
constexpr std::size_t kChunk = 16 * 1024;         // for a sink; the most that one TLS record holds
constexpr std::size_t kKeptCapacity = 64 * 1024;  // a larger buffer is given back once it is empty
constexpr std::size_t kCompactAbove = 64 * 1024;  // sent bytes at the front that are worth moving the rest for

}  // namespace

void OutputQueue::append(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::uint64_t begin = own_.size();
  own_.append(bytes);
  size_ += bytes.size();
  if (first_ < segments_.size() && own(segments_.back())) {
    segments_.back().end = own_.size();  // own bytes are contiguous: the last own segment ends where own_ ended
    return;
  }
  segments_.push_back({{}, nullptr, begin, own_.size()});
}

void OutputQueue::append(const SharedBytes& bytes) {
  if (bytes.size() <= (size_ < kLeavesSoon ? kMaxCopiedSoon : kMaxCopied)) {
    append(bytes.view());
    return;
  }
  size_ += bytes.size();
  segments_.push_back({bytes, nullptr, 0, bytes.size()});
}

void OutputQueue::append_file(std::shared_ptr<const UniqueFd> file, std::uint64_t offset, std::uint64_t length) {
  if (length == 0) return;
  size_ += length;
  segments_.push_back({{}, std::move(file), offset, offset + length});
}

void OutputQueue::clear() {
  if (own_.capacity() > kKeptCapacity) {
    own_ = std::string();
  } else {
    own_.clear();
  }
  segments_.clear();
  first_ = 0;
  size_ = 0;
}

Result<bool> OutputQueue::send_to(int fd) {
  std::uint64_t file_budget = kMaxFileBytes;
  while (size_ > 0) {
    ssize_t sent = 0;
    Segment& front = segments_[first_];
    if (front.file) {
      if (file_budget == 0) return false;
      auto offset = static_cast<off_t>(front.begin);
      const std::uint64_t length = std::min(front.end - front.begin, file_budget);
      sent = ::sendfile(fd, front.file->get(), &offset, length);
      if (sent == 0) return Error{ErrorCode::kUnavailable, "file became shorter while it was sent", "", ""};
      if (sent > 0) file_budget -= static_cast<std::uint64_t>(sent);
    } else {
      std::array<iovec, kMaxPieces> pieces;
      std::size_t count = 0;
      std::size_t offered = 0;
      for (std::size_t i = first_; i < segments_.size() && count < kMaxPieces && !segments_[i].file; ++i) {
        const Segment& segment = segments_[i];
        const std::string_view bytes = segment.shared ? segment.shared.view() : std::string_view(own_);
        pieces[count++] = {const_cast<char*>(bytes.data()) + segment.begin, segment.end - segment.begin};
        offered += segment.end - segment.begin;
      }
      if (count == 1) {  // the common case: one write, without the message header's overhead
        sent = ::send(fd, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
      } else {
        msghdr message{};
        message.msg_iov = pieces.data();
        message.msg_iovlen = count;
        sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
      }
      if (sent >= 0 && static_cast<std::size_t>(sent) < offered) {
        consume(static_cast<std::uint64_t>(sent));
        return false;
      }
    }
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
      return system_error("send", "", errno);
    }
    consume(static_cast<std::uint64_t>(sent));
  }
  return true;
}

Result<bool> OutputQueue::send_to(ByteSink& sink) {
  std::array<char, kChunk> chunk;
  for (std::uint64_t sent_now = 0; size_ > 0;) {
    if (sent_now >= kMaxFileBytes) return false;
    ASSIGN_OR_RETURN(std::string_view bytes, next_chunk(chunk));
    ASSIGN_OR_RETURN(std::size_t sent, sink.write(bytes));
    if (sent == 0) return false;
    consume(sent);
    sent_now += sent;
  }
  return true;
}

Result<std::size_t> OutputQueue::take(std::span<char> buffer) {
  ASSIGN_OR_RETURN(std::string_view bytes, next_chunk(buffer));
  const std::size_t size = bytes.size();
  if (bytes.data() != buffer.data()) std::memcpy(buffer.data(), bytes.data(), size);
  consume(size);
  return size;
}

Result<std::string_view> OutputQueue::next_chunk(std::span<char> chunk) const {
  std::size_t filled = 0;
  for (std::size_t i = first_; i < segments_.size() && filled < chunk.size(); ++i) {
    const Segment& segment = segments_[i];
    const std::size_t length = std::min<std::uint64_t>(segment.end - segment.begin, chunk.size() - filled);
    if (segment.file) {
      const ssize_t got =
          ::pread(segment.file->get(), chunk.data() + filled, length, static_cast<off_t>(segment.begin));
      if (got < 0) return system_error("read", "", errno);
      if (got == 0) return Error{ErrorCode::kUnavailable, "file became shorter while it was sent", "", ""};
      filled += static_cast<std::size_t>(got);
      if (static_cast<std::size_t>(got) < length) break;
      continue;
    }
    const char* bytes = (segment.shared ? segment.shared.view() : std::string_view(own_)).data() + segment.begin;
    if (length == chunk.size()) return std::string_view(bytes, length);
    std::memcpy(chunk.data() + filled, bytes, length);
    filled += length;
  }
  return std::string_view(chunk.data(), filled);
}

void OutputQueue::consume(std::uint64_t bytes) {
  size_ -= bytes;
  if (size_ == 0) {
    clear();
    return;
  }
  while (bytes > 0) {
    Segment& front = segments_[first_];
    const std::uint64_t taken = std::min(bytes, front.end - front.begin);
    front.begin += taken;
    bytes -= taken;
    if (front.begin == front.end) {
      front.shared = {};
      front.file.reset();
      ++first_;
    }
  }
  compact();
}

// Without this a socket that is never quite drained would keep all that it ever sent.
void OutputQueue::compact() {
  if (first_ > 64 && first_ > segments_.size() / 2) {
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  std::uint64_t sent = own_.size();
  for (std::size_t i = first_; i < segments_.size(); ++i) {
    if (own(segments_[i])) {
      sent = segments_[i].begin;
      break;
    }
  }
  if (sent < kCompactAbove || sent < own_.size() / 2) return;
  own_.erase(0, sent);
  for (std::size_t i = first_; i < segments_.size(); ++i) {
    if (!own(segments_[i])) continue;
    segments_[i].begin -= sent;
    segments_[i].end -= sent;
  }
}

}  // namespace laraman::net
