#include "backends/fastcgi/worker_connection.h"

#include <algorithm>
#include <utility>

#include "backends/fastcgi/worker_exchange.h"
#include "backends/fastcgi/workers.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/try.h"
#include "http/cgi_head.h"
#include "net/socket.h"

namespace laraman::backends::fastcgi {
namespace {

namespace fastcgi = wire::fastcgi;

constexpr std::uint16_t kRequestId = 1;
constexpr std::size_t kMaxHeadBytes = 256 * 1024;      // of a response's head
constexpr std::uint64_t kMaxQueuedBody = 1024 * 1024;  // of a request's body that waits for the worker at a time

}  // namespace

Result<std::unique_ptr<WorkerConnection>> WorkerConnection::open(Workers& workers, std::string address) {
  ASSIGN_OR_RETURN(net::SocketAddress parsed, net::SocketAddress::parse(address));
  ASSIGN_OR_RETURN(UniqueFd fd, net::connect_to(parsed));
  std::unique_ptr<WorkerConnection> connection(new WorkerConnection(workers, std::move(address)));
  ASSIGN_OR_RETURN(connection->stream_, net::Stream::open(workers.shard().loop(), std::move(fd), *connection));
  connection->stream_->take_files();
  return connection;
}

void WorkerConnection::begin(EncodedRequest request, WorkerExchange& exchange, const dispatch::Lease& lease) {
  exchange_ = &exchange;
  worker_ = lease.business;
  process_ = lease.worker;
  head_.clear();
  file_.reset();
  head_complete_ = false;
  std::string records;
  records.reserve(fastcgi::stream_size(request.parameters.size()) + fastcgi::stream_size(request.body.size()) + 64);
  fastcgi::append_begin_request(records, kRequestId, fastcgi::Role::kResponder, true);
  fastcgi::append_stream(records, fastcgi::RecordType::kParams, kRequestId, request.parameters);
  fastcgi::append_stream_end(records, fastcgi::RecordType::kParams, kRequestId);
  if (!request.body_file) {
    fastcgi::append_stream(records, fastcgi::RecordType::kStdin, kRequestId, request.body);
    fastcgi::append_stream_end(records, fastcgi::RecordType::kStdin, kRequestId);
  }
  stream_->write(records);
  if (request.body_file) {
    body_file_ = std::move(request.body_file);
    body_offset_ = 0;
    body_size_ = request.body_size;
    send_body_file();
  }
}

void WorkerConnection::send_body_file() {
  if (!body_file_) return;
  for (std::uint64_t queued = 0; body_offset_ < body_size_ && queued < kMaxQueuedBody;) {
    const std::uint64_t piece = std::min<std::uint64_t>(body_size_ - body_offset_, fastcgi::kMaxContent);
    const auto header = fastcgi::make_header(fastcgi::RecordType::kStdin, kRequestId, piece);
    stream_->write(std::string_view(header.data(), header.size()));
    stream_->write_file(body_file_, body_offset_, piece);
    body_offset_ += piece;
    queued += piece;
  }
  if (body_offset_ < body_size_) return;
  std::string end;
  fastcgi::append_stream_end(end, fastcgi::RecordType::kStdin, kRequestId);
  stream_->write(end);
  body_file_.reset();
}

void WorkerConnection::abandon() {
  exchange_ = nullptr;
  if (body_file_ || !stream_ || stream_->closed()) {
    // A request that is only half sent cannot be taken back in order.
    body_file_.reset();
    if (stream_) stream_->close();
    return;
  }
  std::string record;
  fastcgi::append_abort_request(record, kRequestId);
  stream_->write(record);
  stream_->resume_reading();
}

std::size_t WorkerConnection::on_data(std::span<char> bytes) {
  reader_.feed(std::string_view(bytes.data(), bytes.size()));
  while (!stream_->closed()) {
    Result<std::optional<fastcgi::Record>> record = reader_.next();
    if (!record) {
      static LogLimiter limiter;
      log_failure(limiter, "worker broke the protocol", record.error().message());
      stream_->close();
      break;
    }
    if (!*record) break;
    on_record(**record);
  }
  return bytes.size();
}

// Of a request that any client can repeat.
void WorkerConnection::log_failure(LogLimiter& limiter, std::string_view what, std::string_view error) const {
  const std::uint64_t times = limiter.admit(stream_->loop().now());
  if (times > 0) log::error("{} address={} error={} times={}", what, address_, quote(error), times);
}

void WorkerConnection::on_record(const fastcgi::Record& record) {
  switch (record.type) {
    case fastcgi::RecordType::kStdout:
      if (record.content.empty()) {
        end_response();
      } else if (exchange_ != nullptr) {
        on_output(record.content);
      }
      break;
    case fastcgi::RecordType::kStderr:
      if (!record.content.empty()) log::warning("php says text={}", quote(record.content));
      break;
    case fastcgi::RecordType::kEndRequest:
      end_request(record.content);
      workers_.release(std::exchange(worker_, 0));
      workers_.make_idle(*this);
      break;
    default: break;  // management records and unknown types are of no use here
  }
}

void WorkerConnection::on_output(std::string_view bytes) {
  if (head_complete_) {
    exchange_->handler().on_body(bytes);
    return;
  }
  head_.append(bytes);
  http::CgiHead parsed;
  switch (http::parse_cgi_head(head_, parsed)) {
    case http::CgiHeadState::kIncomplete:
      if (head_.size() <= kMaxHeadBytes) return;
      [[fallthrough]];
    case http::CgiHeadState::kMalformed:
      static LogLimiter limiter;
      log_failure(limiter, "worker sent no valid response head", "");
      stream_->close();  // on_closed tells the exchange
      return;
    case http::CgiHeadState::kComplete: break;
  }
  head_complete_ = true;
  if (file_) exchange_->handler().on_file(std::move(file_));
  const std::string rest = head_.substr(parsed.size);
  head_.clear();
  exchange_->handler().on_head(std::move(parsed.head));
  if (!rest.empty() && exchange_ != nullptr) exchange_->handler().on_body(rest);
}

// The client's part is over; the worker may still have work to do until it ends the request.
void WorkerConnection::end_response() {
  if (exchange_ == nullptr) return;
  if (!head_complete_) {
    static LogLimiter limiter;
    log_failure(limiter, "worker ended a request without a response", "");
    stream_->close();
    return;
  }
  WorkerExchange& exchange = *std::exchange(exchange_, nullptr);
  exchange.finished();
  stream_->resume_reading();
  exchange.handler().on_end();
}

void WorkerConnection::end_request(std::string_view content) {
  const std::optional<fastcgi::EndRequest> end = fastcgi::parse_end_request(content);
  if (exchange_ == nullptr || !head_complete_ || !end || end->app_status == 0) return end_response();
  WorkerExchange& exchange = *std::exchange(exchange_, nullptr);
  exchange.finished();
  stream_->resume_reading();
  exchange.handler().on_failure(application::Failure::kTruncated);
}

// A worker leaves its connections open until it ends.
void WorkerConnection::on_peer_end() {
  worker_died_ = true;
  stream_->close();
}

void WorkerConnection::on_closed(const Error* error) {
  if (worker_ != 0) {
    // The next request must not go to a worker that is dead and whose other socket has not told yet.
    const bool died = worker_died_ || error != nullptr;
    const dispatch::BusinessId worker = std::exchange(worker_, 0);
    if (died) {
      workers_.lose(worker);
    } else {
      workers_.release(worker);
    }
  }
  if (WorkerExchange* exchange = std::exchange(exchange_, nullptr)) {
    exchange->finished();
    const application::Failure unanswered =
        process_.is_overdue() ? application::Failure::kTimeout : application::Failure::kWorkerLost;
    exchange->handler().on_failure(head_complete_ ? application::Failure::kTruncated : unanswered);
  }
  workers_.forget(*this);
}

}  // namespace laraman::backends::fastcgi
