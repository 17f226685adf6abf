// Http2Output: what one stream of an HTTP/2 connection has still to send, from which nghttp2 fills its DATA frames.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <span>

#include "net/event_loop.h"
#include "net/output_queue.h"

namespace laraman::server {

class Http2Output {
 public:
  explicit Http2Output(net::EventLoop& loop) : loop_(loop) {}

  net::OutputQueue& queue() {
    if (!queue_) queue_ = loop_.take_output_queue();
    return *queue_;
  }
  // Nothing comes behind what is queued.
  void end() { ended_ = true; }

  std::uint64_t size() const { return queue_ ? queue_->size() : 0; }
  // There is something to send, were it the end alone.
  bool ready() const { return queue_ != nullptr || ended_; }

  // As nghttp2_data_source_read_callback: the size of the next frame, with NGHTTP2_DATA_FLAG_EOF in `flags` if it is
  // the last; NGHTTP2_ERR_DEFERRED if there is nothing; another error resets the stream.
  ssize_t read(std::span<std::uint8_t> buffer, std::uint32_t& flags);

 private:
  net::EventLoop& loop_;
  std::unique_ptr<net::OutputQueue> queue_;  // only while something is in it
  bool ended_ = false;
};

}  // namespace laraman::server
