// MetricsPort: GET /metrics for Prometheus, on a listening socket of its own: the public port never shows it. What is
// there is listed in docs/reference/metrics.md.
//
// For the thread of loop 0. Numbers of other loops are read where they stand, without asking these loops.
#pragma once

#include <memory>
#include <string>

#include "backends/fastcgi/exchange.h"
#include "backends/netsvr/business_server.h"
#include "base/result.h"
#include "base/scoreboard.h"
#include "dispatch/dispatcher.h"
#include "gateway/gateway.h"
#include "server/port.h"

namespace laraman::server {

// Whose numbers are shown. All outlive the port.
struct MetricsSources {
  gateway::Gateway& gateway;
  const dispatch::Dispatcher& dispatcher;
  const backends::netsvr::BusinessServer& business_server;
  const Scoreboard* scoreboard;  // of the workers; nullptr: there are none
  const ResponseSpools& spools;
};

// All metrics, in Prometheus's text format.
std::string expose_metrics(const MetricsSources& sources);

class MetricsPort {
 public:
  // Takes the listening socket.
  static Result<std::unique_ptr<MetricsPort>> open(const MetricsSources& sources, UniqueFd listening);

 private:
  // Answers the requests of the port.
  class Page final : public backends::fastcgi::Upstream {
   public:
    explicit Page(const MetricsSources& sources) : sources_(sources) {}
    std::unique_ptr<backends::fastcgi::Exchange> start(backends::fastcgi::Request request,
                                                       backends::fastcgi::ResponseHandler& handler) override;

   private:
    MetricsSources sources_;
  };

  explicit MetricsPort(const MetricsSources& sources) : page_(sources) {}

  Page page_;
  std::unique_ptr<Port> port_;
};

}  // namespace laraman::server
