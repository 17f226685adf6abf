// FrameSocket: a non-blocking socket to a gateway that carries netsvr frames both ways; what MainSocket and TaskSocket
// have in common. Belongs to one thread, but for its heartbeats.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "business/heartbeat.h"
#include "wire/netsvr_frame.h"

namespace laraman::business {

class FrameSocket {
 public:
  // Gets a frame's command id and message, which is valid during the call.
  using OnFrame = std::function<Result<void>(std::uint32_t id, std::string_view message)>;

  // "unix:/path", "/path" or "host:port".
  static Result<std::unique_ptr<FrameSocket>> connect(std::string_view address, Duration timeout,
                                                      std::size_t max_frame_bytes);

  int fd() const { return fd_.get(); }
  const std::string& address() const { return address_; }

  // Append frames here; send() takes them.
  std::string& output() { return output_; }
  std::size_t unsent() const { return output_.size() - sent_; }
  // Sends what the kernel takes now. True if that was all.
  Result<bool> send();
  // From now on a thread sends `text` as a heartbeat whenever nothing was sent for `interval`.
  void keep_alive(Duration interval, std::string_view text);
  // Reads all that has arrived, without waiting. An error of `on_frame` ends it. kUnavailable at the end of the stream.
  Result<void> receive(const OnFrame& on_frame);
  // Waits until one of `events` (POLLIN, POLLOUT) is there and returns what is there; 0 after `deadline`.
  Result<short> wait(short events, TimePoint deadline) const;

  Error error(ErrorCode code, std::string what) const { return {code, std::move(what), address_, ""}; }

 private:
  FrameSocket(UniqueFd fd, std::string address, std::size_t max_frame_bytes);
  Result<bool> send_output();

  UniqueFd fd_;
  std::string address_;
  wire::netsvr::FrameReader reader_;
  std::vector<char> input_;
  std::string output_;
  std::size_t sent_ = 0;  // bytes of output_ that the kernel has
  std::unique_ptr<Heartbeat> heartbeat_;
};

}  // namespace laraman::business
