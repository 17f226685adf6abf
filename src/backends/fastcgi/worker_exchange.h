// WorkerExchange: an Exchange from its wait for a free worker to the end of the response.
#pragma once

#include <memory>

#include "backends/application/exchange.h"
#include "backends/fastcgi/encoded_request.h"
#include "dispatch/dispatcher.h"

namespace laraman::backends::fastcgi {

class WorkerConnection;
class Workers;

class WorkerExchange final : public application::Exchange {
 public:
  WorkerExchange(Workers& workers, EncodedRequest request, application::ResponseHandler& handler);
  ~WorkerExchange() override;

  void pause() override;
  void resume() override;

  // From the WorkerConnection, which has dropped this exchange before the last two.
  application::ResponseHandler& handler() { return handler_; }
  void finished() { connection_ = nullptr; }

 private:
  // What the loop of the dispatcher and this one know of the wait for a worker.
  struct Waiting {
    dispatch::RequestId id = 0;          // touched on the dispatcher's loop only
    WorkerExchange* exchange = nullptr;  // touched on this loop only; null once the exchange is gone
  };

  void wait_for_worker();
  void on_lease(const dispatch::Lease& lease);

  Workers& workers_;
  EncodedRequest request_;
  application::ResponseHandler& handler_;
  std::shared_ptr<Waiting> waiting_;  // until there is an answer
  WorkerConnection* connection_ = nullptr;
  bool paused_ = false;
};

}  // namespace laraman::backends::fastcgi
