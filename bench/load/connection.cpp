#include "load/connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace laraman::bench {
namespace {

// The key and the answer to it that RFC 6455 section 1.3 gives: no hash is needed to check the server's.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

constexpr int kContinuation = 0x0;
constexpr int kText = 0x1;
constexpr int kBinary = 0x2;
constexpr int kClose = 0x8;
constexpr int kPing = 0x9;
constexpr int kPong = 0xA;

// One buffer for all connections of the thread; contents valid until the next read.
std::array<char, 256 * 1024> read_buffer;

std::string handshake_request(const Target& target) {
  std::string request = fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}:{}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: {}\r\nSec-WebSocket-Version: 13\r\n",
      target.path, target.host, target.port, kKey);
  for (const std::string& header : target.headers) request += header + "\r\n";
  return request + "\r\n";
}

// On the loopback network every run and every 4,000 connections come from an address of their own: one address has
// 28,000 ports, those of the last run are not free for a minute, and looking for a free one is slow among few.
bool bind_own_address(int fd, std::size_t number, const sockaddr_in& server) {
  if ((ntohl(server.sin_addr.s_addr) >> 24) != 127) return true;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  const auto run = static_cast<std::uint32_t>(::getpid()) % 0xffff;
  own.sin_addr.s_addr = htonl(127U << 24 | (run + 1) << 8 | (static_cast<std::uint32_t>(number / 4000) + 1));
  return ::bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0;
}

std::size_t big_endian(std::string_view bytes) {
  std::size_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// XORs `bytes` with the four bytes of `key`, eight at a time.
void mask(char* bytes, std::size_t size, std::uint32_t key) {
  const std::uint64_t wide_key = static_cast<std::uint64_t>(key) << 32 | key;
  std::size_t done = 0;
  for (; done + 8 <= size; done += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes + done, 8);
    word ^= wide_key;
    std::memcpy(bytes + done, &word, 8);
  }
  for (; done < size; ++done) bytes[done] = static_cast<char>(bytes[done] ^ (wide_key >> (done % 8 * 8) & 0xff));
}

}  // namespace

Connection::Connection(Poller& poller, const Target& target, ConnectionObserver& observer, std::size_t number)
    : poller_(poller),
      target_(target),
      observer_(observer),
      number_(number),
      mask_state_(static_cast<std::uint32_t>(number) * 2654435761U + 1) {}

void Connection::open() {
  fd_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd_) return fail(fmt::format("socket: {}", std::strerror(errno)));
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(target_.port);
  if (::inet_pton(AF_INET, target_.host.c_str(), &address.sin_addr) != 1) {
    return fail(target_.host + " is not an IPv4 address");
  }
  if (!bind_own_address(fd_.get(), number_, address)) return fail(fmt::format("bind: {}", std::strerror(errno)));
  if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS) {
    return fail(fmt::format("connect: {}", std::strerror(errno)));
  }
  waiting_to_write_ = true;
  poller_.add(fd_.get(), EPOLLIN | EPOLLOUT, *this);
}

void Connection::send(std::string_view payload) {
  if (target_.tcp) {
    output_.append(payload);
  } else {
    append_frame(target_.binary ? kBinary : kText, payload);
  }
  want_flush();
}

void Connection::on_io(std::uint32_t events) {
  if (state_ == State::kConnecting) {
    connected();
    return;
  }
  if ((events & EPOLLOUT) != 0) flush();
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0 || state_ == State::kFailed) return;
  const ssize_t size = ::recv(fd_.get(), read_buffer.data(), read_buffer.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size < 0) return fail(fmt::format("recv: {}", std::strerror(errno)));
  if (size == 0) return fail("the server closed the connection");
  input_.append(read_buffer.data(), static_cast<std::size_t>(size));
  if (state_ == State::kHandshake) read_handshake();
  if (state_ == State::kOpen) read_messages();
}

void Connection::flush() {
  flush_wanted_ = false;
  if (state_ == State::kFailed) return;
  if (!output_.empty()) {
    const ssize_t sent = ::send(fd_.get(), output_.data(), output_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return fail(fmt::format("send: {}", std::strerror(errno)));
    output_.erase(0, sent < 0 ? 0 : static_cast<std::size_t>(sent));
  }
  if (waiting_to_write_ == output_.empty()) {
    waiting_to_write_ = !output_.empty();
    poller_.modify(fd_.get(), waiting_to_write_ ? EPOLLIN | EPOLLOUT : EPOLLIN, *this);
  }
}

void Connection::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(fmt::format("connect: {}", std::strerror(error)));
  if (target_.tcp) {
    state_ = State::kOpen;
    observer_.on_open(*this);
  } else {
    state_ = State::kHandshake;
    output_ = handshake_request(target_);
  }
  want_flush();
}

void Connection::read_handshake() {
  const std::size_t end = input_.find("\r\n\r\n");
  if (end == std::string::npos) return;
  const std::string head = input_.substr(0, end + 2);
  const std::string status = head.substr(0, head.find("\r\n"));
  if (!status.starts_with("HTTP/1.1 101 ")) return fail("handshake refused: " + status);
  if (head.find(kAccept) == std::string::npos) return fail("handshake: wrong Sec-WebSocket-Accept");
  input_.erase(0, end + 4);
  state_ = State::kOpen;
  observer_.on_open(*this);
}

void Connection::read_messages() {
  std::size_t done = 0;
  while (state_ == State::kOpen) {
    const std::string_view rest = std::string_view(input_).substr(done);
    std::size_t taken = 0;
    if (!target_.tcp) {
      taken = read_frame(rest);
    } else if (rest.size() >= target_.message_size) {
      taken = target_.message_size;
      observer_.on_message(*this, rest.substr(0, taken));
    }
    if (taken == 0) break;
    done += taken;
  }
  input_.erase(0, done);
}

std::size_t Connection::read_frame(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  if ((first & 0x70) != 0 || (second & 0x80) != 0) {
    fail("frame with reserved bits or a mask");
    return 0;
  }
  std::size_t header = 2;
  std::size_t length = second;
  if (length >= 126) {
    header = length == 126 ? 4 : 10;
    if (bytes.size() < header) return 0;
    length = big_endian(bytes.substr(2, header - 2));
  }
  if (bytes.size() - header < length) return 0;
  frame_received(first & 0x0f, (first & 0x80) != 0, bytes.substr(header, length));
  return header + length;
}

void Connection::frame_received(int opcode, bool final, std::string_view payload) {
  if (opcode == kPing) {
    append_frame(kPong, payload);
    want_flush();
  } else if (opcode == kClose) {
    fail(payload.size() < 2 ? "closed without a code"
                            : fmt::format("closed with {}", big_endian(payload.substr(0, 2))));
  } else if (opcode == kContinuation || opcode == kText || opcode == kBinary) {
    if ((opcode == kContinuation) != in_message_) return fail("fragment out of place");
    in_message_ = !final;
    if (final && fragments_.empty()) return observer_.on_message(*this, payload);
    fragments_.append(payload);
    if (final) {
      observer_.on_message(*this, fragments_);
      fragments_.clear();
    }
  } else if (opcode != kPong) {
    fail(fmt::format("frame with opcode {}", opcode));
  }
}

void Connection::append_frame(int opcode, std::string_view payload) {
  output_.push_back(static_cast<char>(0x80 | opcode));
  const std::size_t size = payload.size();
  if (size < 126) {
    output_.push_back(static_cast<char>(0x80 | size));
  } else {
    const int length_bytes = size <= 0xffff ? 2 : 8;
    output_.push_back(static_cast<char>(0x80 | (length_bytes == 2 ? 126 : 127)));
    for (int i = length_bytes - 1; i >= 0; --i) output_.push_back(static_cast<char>(size >> (8 * i) & 0xff));
  }
  mask_state_ ^= mask_state_ << 13;
  mask_state_ ^= mask_state_ >> 17;
  mask_state_ ^= mask_state_ << 5;
  output_.append(reinterpret_cast<const char*>(&mask_state_), 4);
  output_.append(payload);
  mask(output_.data() + output_.size() - size, size, mask_state_);
}

void Connection::want_flush() {
  if (flush_wanted_) return;
  flush_wanted_ = true;
  poller_.flush_later(*this);
}

void Connection::fail(const std::string& reason) {
  if (state_ == State::kFailed) return;
  state_ = State::kFailed;
  fd_.reset();
  observer_.on_failure(*this, reason);
}

}  // namespace laraman::bench
