// Exchange: one request to an application, and its answer.
//
// For the loop's thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "http/response.h"

namespace laraman::backends::application {

enum class Failure {
  kNoWorker,    // none was free in time, or too many requests wait: 503
  kWorkerLost,  // it died or broke the protocol before the response's head was complete: 502
  kTimeout,     // the pool has ended it since its time was over, before that: 504
  kTruncated,   // the same, after the head: the response cannot be completed
};
// The status for the client if nothing was sent yet.
inline int status_of(Failure failure) {
  if (failure == Failure::kNoWorker) return 503;
  return failure == Failure::kTimeout ? 504 : 502;
}

// Gets the response. After on_end() or on_failure() nothing more comes, and the exchange may be destroyed, also from
// within.
class ResponseHandler {
 public:
  // A file is sent in place of a body; on_head() follows.
  virtual void on_file(UniqueFd) {}
  virtual void on_head(http::ResponseHead head) = 0;
  // `bytes` are valid during the call only.
  virtual void on_body(std::string_view bytes) = 0;
  virtual void on_end() = 0;
  virtual void on_failure(Failure failure) = 0;

 protected:
  ~ResponseHandler() = default;
};

class Exchange {
 public:
  // Before the end, this gives the request up: the worker gets an abort, and the rest of its response is dropped.
  virtual ~Exchange() = default;
  // Back-pressure: stops and goes on taking the response from the worker.
  virtual void pause() = 0;
  virtual void resume() = 0;
};

}  // namespace laraman::backends::application
