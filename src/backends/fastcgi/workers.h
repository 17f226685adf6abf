// Workers: one loop's connections to the PHP workers, and the exchanges on them. Each exchange gets a worker from the
// gateway's dispatcher, and gives it back when it is idle again, which may be long after the client has its answer.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <memory>
#include <string>
#include <vector>

#include "backends/application/application.h"
#include "dispatch/dispatch.h"

namespace laraman::backends::fastcgi {

class WorkerConnection;

class Workers final : public application::Application {
 public:
  // `shard` is the gateway's part on this loop. Both outlive this.
  Workers(gateway::Shard& shard, dispatch::Dispatch& dispatch);
  ~Workers();

  std::unique_ptr<application::Exchange> start(application::Request request,
                                               application::ResponseHandler& handler) override;
  std::unique_ptr<application::Exchange> open(const http::Request& head, const application::RequestOrigin& origin,
                                              const gateway::ConnectionId& id,
                                              application::ResponseHandler& handler) override;

  // Requests that have a worker now.
  std::size_t busy() const { return busy_.size(); }

  // ---- for its exchanges and connections
  gateway::Shard& shard() { return shard_; }
  dispatch::Dispatch& dispatch() { return dispatch_; }
  // A connection to the worker at `address`: an idle one, or a new one; kUnavailable if no worker listens there any
  // more, kNotFound if there is no such file.
  Result<WorkerConnection*> connect(const std::string& address);
  // The worker has answered, and is free for the next request.
  void release(dispatch::BusinessId worker);
  // The worker died, or cannot be reached.
  void lose(dispatch::BusinessId worker);
  // The connection may serve another exchange.
  void make_idle(WorkerConnection& connection);
  // It has ended; it is destroyed at the turn's end.
  void forget(WorkerConnection& connection);

 private:
  gateway::Shard& shard_;
  dispatch::Dispatch& dispatch_;
  absl::flat_hash_map<std::string, std::unique_ptr<WorkerConnection>> idle_;  // by address; one each is enough
  absl::flat_hash_map<WorkerConnection*, std::unique_ptr<WorkerConnection>> busy_;
};

}  // namespace laraman::backends::fastcgi
