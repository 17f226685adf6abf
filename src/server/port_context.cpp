#include "server/port_context.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/log_limiter.h"
#include "http/http_date.h"

namespace laraman::server {

int PortContext::refusal_of(const http::Request& request) const {
  if (request.content_length() > options.max_body_bytes) return 413;
  return backends::application::has_reserved_content_type(request) ? 415 : 0;
}

int PortContext::keep_body(RequestBody& body, std::string_view piece) const {
  if (body.size() + piece.size() > options.max_body_bytes) return 413;
  if (Result<void> kept = body.append(piece); !kept) {
    static LogLimiter limiter;
    if (const auto times = limiter.admit(shard.loop().now())) {
      log::error("request body cannot be kept error={} times={}", quote(kept.error().message()), times);
    }
    return 507;
  }
  return 0;
}

const std::string& HttpDate::now() {
  const std::int64_t now = unix_seconds();
  if (now != second_) {
    second_ = now;
    text_ = http::format_date(now);
  }
  return text_;
}

}  // namespace laraman::server
