#include "server/http2_output.h"

#include "base/escape.h"
#include "base/log.h"
#include "base/log_limiter.h"

namespace laraman::server {

ssize_t Http2Output::read(std::span<std::uint8_t> buffer, std::uint32_t& flags) {
  std::size_t size = 0;
  if (queue_ && !queue_->empty()) {
    Result<std::size_t> taken = queue_->take({reinterpret_cast<char*>(buffer.data()), buffer.size()});
    if (!taken) {
      static LogLimiter limiter;
      if (const auto times = limiter.admit(loop_.now())) {
        log::error("response cannot be completed error={} times={}", quote(taken.error().message()), times);
      }
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    size = *taken;
  }
  if (queue_ && queue_->empty()) loop_.give_output_queue(std::move(queue_));
  if (!queue_ && ended_) flags |= NGHTTP2_DATA_FLAG_EOF;
  if (size == 0 && !ended_) return NGHTTP2_ERR_DEFERRED;
  return static_cast<ssize_t>(size);
}

}  // namespace laraman::server
