// Workers: one loop's connections to the PHP workers, and the exchanges on them.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <memory>
#include <string>
#include <vector>

#include "backends/fastcgi/exchange.h"
#include "dispatch/dispatch.h"

namespace laraman::backends::fastcgi {

class WorkerConnection;

class Workers final : public Upstream {
 public:
  // `shard` is the gateway's part on this loop. Both outlive this.
  Workers(gateway::Shard& shard, dispatch::Dispatch& dispatch);
  ~Workers();

  std::unique_ptr<Exchange> start(Request request, ResponseHandler& handler) override;

  // Requests that have a worker now.
  std::size_t busy() const { return busy_.size(); }

 private:
  friend class WorkerConnection;
  friend class WorkerExchange;

  // A connection to the worker at `address`: an idle one, or a new one; kUnavailable if nobody listens there any more,
  // kNotFound if there is no such file.
  Result<WorkerConnection*> connect(const std::string& address);
  void release(dispatch::BusinessId worker);
  void lose(dispatch::BusinessId worker);
  void make_idle(WorkerConnection& connection);
  void forget(WorkerConnection& connection);

  gateway::Shard& shard_;
  dispatch::Dispatch& dispatch_;
  absl::flat_hash_map<std::string, std::unique_ptr<WorkerConnection>> idle_;  // by address; one each is enough
  absl::flat_hash_map<WorkerConnection*, std::unique_ptr<WorkerConnection>> busy_;
};

}  // namespace laraman::backends::fastcgi
