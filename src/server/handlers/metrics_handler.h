// MetricsHandler: GET /metrics for Prometheus. What is there is listed in docs/reference/metrics.md.
//
// For the thread of loop 0. Numbers of other loops are read where they stand, without asking these loops.
#pragma once

#include <string>

#include "backends/netsvr/business_server.h"
#include "base/scoreboard.h"
#include "dispatch/dispatcher.h"
#include "gateway/gateway.h"
#include "server/handler.h"
#include "server/response_spool.h"

namespace laraman::server {

// Whose numbers are shown. All outlive the handler.
struct MetricsSources {
  gateway::Gateway& gateway;
  const dispatch::Dispatcher& dispatcher;
  const backends::netsvr::BusinessServer& business_server;
  const Scoreboard* scoreboard;  // of the workers; nullptr: there are none
  const ResponseSpools& spools;
};

// All metrics, in Prometheus's text format.
std::string expose_metrics(const MetricsSources& sources);

class MetricsHandler final : public Handler {
 public:
  explicit MetricsHandler(const MetricsSources& sources) : sources_(sources) {}

  bool handle(Call& call) override;

 private:
  MetricsSources sources_;
};

}  // namespace laraman::server
