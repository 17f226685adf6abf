#include "backends/fastcgi/workers.h"

#include "backends/fastcgi/parameters.h"
#include "backends/fastcgi/worker_connection.h"
#include "backends/fastcgi/worker_exchange.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/log_limiter.h"

namespace laraman::backends::fastcgi {

Workers::Workers(gateway::Shard& shard, dispatch::Dispatch& dispatch) : shard_(shard), dispatch_(dispatch) {}

Workers::~Workers() = default;

std::unique_ptr<application::Exchange> Workers::start(application::Request request,
                                                      application::ResponseHandler& handler) {
  EncodedRequest encoded;
  encoded.parameters = request_parameters(request.head, request.origin, request.body_size);
  encoded.body = std::move(request.body);
  encoded.body_file = std::move(request.body_file);
  encoded.body_size = request.body_size;
  return std::make_unique<WorkerExchange>(*this, std::move(encoded), handler);
}

std::unique_ptr<application::Exchange> Workers::open(const http::Request& head,
                                                     const application::RequestOrigin& origin,
                                                     const gateway::ConnectionId& id,
                                                     application::ResponseHandler& handler) {
  EncodedRequest encoded;
  encoded.parameters = handshake_parameters(head, origin, id);
  encoded.body = kOpenBody;
  encoded.body_size = kOpenBody.size();
  return std::make_unique<WorkerExchange>(*this, std::move(encoded), handler);
}

Result<WorkerConnection*> Workers::connect(const std::string& address) {
  std::unique_ptr<WorkerConnection> connection;
  if (auto idle = idle_.extract(address); !idle.empty()) {
    connection = std::move(idle.mapped());
  } else {
    Result<std::unique_ptr<WorkerConnection>> opened = WorkerConnection::open(*this, address);
    if (!opened) {
      static LogLimiter limiter;
      if (const auto times = limiter.admit(shard_.loop().now())) {
        log::warning("worker cannot be reached error={} times={}", quote(opened.error().message()), times);
      }
      return std::move(opened.error());
    }
    connection = std::move(*opened);
  }
  WorkerConnection* raw = connection.get();
  busy_.emplace(raw, std::move(connection));
  return raw;
}

void Workers::release(dispatch::BusinessId worker) {
  shard_.post(0, [&dispatch = dispatch_, worker](gateway::Shard&) { dispatch.dispatcher().release(worker); });
}

void Workers::lose(dispatch::BusinessId worker) {
  shard_.post(0, [&dispatch = dispatch_, worker](gateway::Shard&) { dispatch.dispatcher().lose(worker); });
}

void Workers::make_idle(WorkerConnection& connection) {
  auto node = busy_.extract(&connection);
  auto [it, inserted] = idle_.try_emplace(connection.address(), nullptr);
  if (inserted) {
    it->second = std::move(node.mapped());
  } else {
    shard_.loop().destroy_later(std::shared_ptr<WorkerConnection>(std::move(node.mapped())));
  }
}

void Workers::forget(WorkerConnection& connection) {
  if (auto node = busy_.extract(&connection); !node.empty()) {
    shard_.loop().destroy_later(std::shared_ptr<WorkerConnection>(std::move(node.mapped())));
    return;
  }
  const auto it = idle_.find(connection.address());
  if (it == idle_.end() || it->second.get() != &connection) return;
  shard_.loop().destroy_later(std::shared_ptr<WorkerConnection>(std::move(it->second)));
  idle_.erase(it);
}

}  // namespace laraman::backends::fastcgi
