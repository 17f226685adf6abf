// A WebSocket client for tests, behind its handshake.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/unique_fd.h"

namespace laraman::business {

// A client connection. It reads whole server frames; every wait ends after 5 seconds.
class RealClient {
 public:
  struct Frame {
    std::uint8_t opcode = 0;  // 1 text, 2 binary, 8 close; 0: nothing came
    std::string payload{};
    bool operator==(const Frame&) const = default;
  };

  // `bytes`: what has been read already.
  RealClient(UniqueFd fd, std::string id, std::string bytes = "")
      : fd_(std::move(fd)), id_(std::move(id)), bytes_(std::move(bytes)) {}

  const std::string& id() const { return id_; }

  void send(std::string_view payload, std::uint8_t opcode = 1) {
    std::string frame;
    frame.push_back(static_cast<char>(0x80 | opcode));
    frame.push_back(static_cast<char>(0x80 | payload.size()));  // below 126
    frame.append(4, '\0').append(payload);
    ASSERT_EQ(::send(fd_.get(), frame.data(), frame.size(), MSG_NOSIGNAL), static_cast<ssize_t>(frame.size()));
  }
  // The next frame. Nothing after `longest`.
  Frame next(std::chrono::milliseconds longest = std::chrono::seconds(5)) {
    const auto deadline = std::chrono::steady_clock::now() + longest;
    for (;;) {
      if (std::optional<Frame> frame = take()) return *frame;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      pollfd entry{fd_.get(), POLLIN, 0};
      if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) == 0) return {};
      if (!read()) return {};
    }
  }
  // The payloads of what has come so far.
  std::vector<std::string> payloads() {
    read();
    std::vector<std::string> all;
    while (std::optional<Frame> frame = take()) all.push_back(frame->payload);
    return all;
  }
  void end() { fd_.reset(); }

 private:
  bool read() {
    char buffer[65536];
    const ssize_t count = ::recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (count > 0) bytes_.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }
  std::optional<Frame> take() {
    if (bytes_.size() < 2) return std::nullopt;
    std::size_t size = static_cast<unsigned char>(bytes_[1]);
    std::size_t header = 2;
    if (size == 126) {
      if (bytes_.size() < 4) return std::nullopt;
      size = static_cast<unsigned char>(bytes_[2]) * 256U + static_cast<unsigned char>(bytes_[3]);
      header = 4;
    }
    if (bytes_.size() < header + size) return std::nullopt;
    Frame frame{static_cast<std::uint8_t>(bytes_[0] & 15), bytes_.substr(header, size)};
    bytes_.erase(0, header + size);
    return frame;
  }

  UniqueFd fd_;
  std::string id_;
  std::string bytes_;
};

}  // namespace laraman::business
