// WorkerConnection: one FastCGI connection to a worker, with one request on it at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "backends/application/exchange.h"
#include "backends/fastcgi/encoded_request.h"
#include "base/log_limiter.h"
#include "dispatch/dispatcher.h"
#include "net/stream.h"
#include "wire/fastcgi.h"

namespace laraman::backends::fastcgi {

class Workers;
class WorkerExchange;

class WorkerConnection final : private net::Stream::Handler {
 public:
  static Result<std::unique_ptr<WorkerConnection>> open(Workers& workers, std::string address);

  const std::string& address() const { return address_; }

  // Sends the request; what comes back goes to `exchange`. The worker of `lease` is given back when it is idle again.
  void begin(EncodedRequest request, WorkerExchange& exchange, const dispatch::Lease& lease);
  // The exchange is gone: tells the worker and throws the rest of its answer away.
  void abandon();
  void pause() { stream_->pause_reading(); }
  void resume() { stream_->resume_reading(); }

 private:
  WorkerConnection(Workers& workers, std::string address) : workers_(workers), address_(std::move(address)) {}

  std::size_t on_data(std::span<char> bytes) override;
  void on_file(UniqueFd file) override { file_ = std::move(file); }
  void on_peer_end() override;
  void on_drained() override { send_body_file(); }
  void on_closed(const Error* error) override;

  void log_failure(LogLimiter& limiter, std::string_view what, std::string_view error) const;
  void send_body_file();
  void on_record(const wire::fastcgi::Record& record);
  void on_output(std::string_view bytes);
  void end_response();
  void end_request(std::string_view content);

  Workers& workers_;
  std::string address_;
  std::unique_ptr<net::Stream> stream_;
  wire::fastcgi::RecordReader reader_;
  WorkerExchange* exchange_ = nullptr;  // null: what comes is dropped
  dispatch::BusinessId worker_ = 0;     // 0: no request is under way
  WorkerRef process_;                   // of it
  bool worker_died_ = false;
  std::string head_;  // of the response, until it is complete
  UniqueFd file_;     // that came with it
  bool head_complete_ = false;
  std::shared_ptr<const UniqueFd> body_file_;  // what is still to be sent of the request
  std::uint64_t body_offset_ = 0;
  std::uint64_t body_size_ = 0;
};

}  // namespace laraman::backends::fastcgi
