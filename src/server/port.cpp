#include "server/port.h"

#include <ctime>

#include "base/log.h"
#include "http/http_date.h"
#include "server/http_session.h"

namespace laraman::server {
namespace {

constexpr Duration kSweepInterval = std::chrono::seconds(1);

}  // namespace

Result<std::unique_ptr<Port>> Port::open(gateway::Shard& shard, const PortBackends& backends,
                                         const PortOptions& options, UniqueFd listening) {
  std::unique_ptr<Port> port(new Port(shard, backends, options));
  if (!options.public_directory.empty()) {
    Result<http::StaticRoot> root = http::StaticRoot::open(options.public_directory);
    if (!root) return std::move(root.error());
    port->static_root_ = std::move(*root);
  }
  auto listener = net::Listener::open(shard.loop(), std::move(listening),
                                      [raw = port.get()](UniqueFd socket) { raw->accept(std::move(socket)); });
  if (!listener) return std::move(listener.error());
  port->listener_ = std::move(*listener);
  return port;
}

Port::Port(gateway::Shard& shard, const PortBackends& backends, const PortOptions& options)
    : shard_(shard), backends_(backends), options_(options), sweep_timer_(shard.loop(), [this] { sweep(); }) {
  sweep_timer_.start(kSweepInterval);
}

Port::~Port() = default;

void Port::accept(UniqueFd socket) {
  Result<std::unique_ptr<HttpSession>> session = HttpSession::open(*this, std::move(socket));
  if (!session) {
    log::error("client turned away error=\"{}\"", session.error().message());
    return;
  }
  HttpSession* raw = session->get();
  sessions_.emplace(raw, std::move(*session));
}

void Port::forget(HttpSession& session) {
  auto node = sessions_.extract(&session);
  shard_.loop().destroy_later(std::shared_ptr<HttpSession>(std::move(node.mapped())));
}

void Port::stop() {
  stopping_ = true;
  listener_.reset();
  for (const auto& [session, owned] : sessions_) session->stop();
}

void Port::sweep() {
  for (const auto& [session, owned] : sessions_) session->check_deadline();
  sweep_timer_.start(kSweepInterval);
}

const std::string& Port::date() {
  const std::int64_t now = std::time(nullptr);
  if (now != date_of_) {
    date_of_ = now;
    date_ = http::format_date(now);
  }
  return date_;
}

}  // namespace laraman::server
