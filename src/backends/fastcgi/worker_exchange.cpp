#include "backends/fastcgi/worker_exchange.h"

#include "backends/fastcgi/worker_connection.h"
#include "backends/fastcgi/workers.h"

namespace laraman::backends::fastcgi {

WorkerExchange::WorkerExchange(Workers& workers, EncodedRequest request, application::ResponseHandler& handler)
    : workers_(workers), request_(std::move(request)), handler_(handler) {
  wait_for_worker();
}

void WorkerExchange::wait_for_worker() {
  waiting_ = std::make_shared<Waiting>();
  waiting_->exchange = this;
  dispatch::Dispatch& dispatch = workers_.dispatch();
  const std::uint8_t here = workers_.shard().index();
  workers_.shard().post(0, [&dispatch, &pool = workers_, here, waiting = waiting_](gateway::Shard& first) {
    waiting->id = dispatch.dispatcher().acquire([&first, &pool, here, waiting](dispatch::Lease lease) {
      // Through the mailbox or the end of the turn even on this loop: never from within start().
      auto answer = [&pool, waiting, lease = std::move(lease)](gateway::Shard&) mutable {
        if (waiting->exchange != nullptr) {
          waiting->exchange->on_lease(lease);
        } else if (lease.business != 0) {
          pool.release(lease.business);
        }
      };
      first.post_later(here, std::move(answer));
    });
  });
}

WorkerExchange::~WorkerExchange() {
  if (connection_ != nullptr) connection_->abandon();
  if (!waiting_) return;
  waiting_->exchange = nullptr;
  workers_.shard().post(0, [&dispatch = workers_.dispatch(), waiting = waiting_](gateway::Shard&) {
    dispatch.dispatcher().cancel(waiting->id);
  });
}

void WorkerExchange::on_lease(const dispatch::Lease& lease) {
  waiting_.reset();
  if (lease.business == 0) {
    handler_.on_failure(application::Failure::kNoWorker);
    return;
  }
  const Result<WorkerConnection*> connection = workers_.connect(lease.address);
  if (!connection && connection.error().code == ErrorCode::kNotFound && lease.worker.takes_jobs()) {
    // Only the file is gone: the worker lives, but no request will reach it, or any other, until the supervisor has
    // restored the runtime directory.
    workers_.release(lease.business);
    handler_.on_failure(application::Failure::kNoWorker);
    return;
  }
  const bool is_gone = !connection && (connection.error().code == ErrorCode::kUnavailable ||
                                       connection.error().code == ErrorCode::kNotFound);
  if (is_gone) {
    workers_.lose(lease.business);
    wait_for_worker();  // it has not had the request
    return;
  }
  if (!connection) {
    workers_.release(lease.business);
    handler_.on_failure(application::Failure::kWorkerLost);
    return;
  }
  connection_ = *connection;
  connection_->begin(std::move(request_), *this, lease);
  if (paused_) connection_->pause();
}

void WorkerExchange::pause() {
  paused_ = true;
  if (connection_ != nullptr) connection_->pause();
}

void WorkerExchange::resume() {
  paused_ = false;
  if (connection_ != nullptr) connection_->resume();
}

}  // namespace laraman::backends::fastcgi
