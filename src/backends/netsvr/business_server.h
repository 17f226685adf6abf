// BusinessServer: the worker and task ports of the netsvr protocol, on top of a gateway. Every command is accepted on
// every port; a connection that registers becomes a link on which events go out.
//
// For the thread of loop 0 only, where the dispatcher lives; before that loop runs, for the thread that sets it up.
// Destroy it before the gateway, when no loop runs.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <string>
#include <vector>

#include "backends/netsvr/business_context.h"
#include "base/result.h"
#include "base/scoreboard.h"
#include "base/unique_fd.h"
#include "dispatch/dispatch.h"
#include "gateway/gateway.h"
#include "net/listener.h"

namespace laraman::backends::netsvr {

class BusinessConnection;

class BusinessServer final : private BusinessConnectionOwner {
 public:
  using Options = BusinessServerOptions;

  // `scoreboard`, if any, is that of the workers on this machine.
  BusinessServer(gateway::Gateway& gateway, dispatch::Dispatch& dispatch, const Scoreboard* scoreboard,
                 Options options = {});
  BusinessServer(const BusinessServer&) = delete;
  BusinessServer& operator=(const BusinessServer&) = delete;
  ~BusinessServer();

  // Serves the businesses that come to the listening socket `fd`, a Unix or TCP one. `heartbeat`: its text there;
  // empty: that of the options.
  Result<void> listen(UniqueFd fd, const std::string& heartbeat = {});

  // Connections that came from elsewhere than allowed, or did not say the secret.
  std::uint64_t refused() const { return context_.refused; }
  // Connected businesses, registered or not.
  std::size_t connections() const { return connections_.size(); }
  const Metrics& metrics() const { return context_.metrics; }

 private:
  void accept(UniqueFd fd, const std::string& heartbeat);
  void forget(BusinessConnection& connection) override;
  void sweep();

  BusinessContext context_;
  absl::flat_hash_map<BusinessConnection*, std::shared_ptr<BusinessConnection>> connections_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  net::Timer sweep_timer_;
};

}  // namespace laraman::backends::netsvr
