#include "server/metrics_port.h"

#include <utility>

#include "wire/fastcgi.h"

namespace laraman::server {
namespace {

std::string parameter(const backends::fastcgi::Request& request, std::string_view name) {
  wire::fastcgi::PairReader pairs(request.parameters);
  while (const auto pair = pairs.next()) {
    if (pair->name == name) return std::string(pair->value);
  }
  return "";
}

// Whether it is still there says its handle.
class Answer final : public backends::fastcgi::Exchange {
 public:
  explicit Answer(std::shared_ptr<bool> wanted) : wanted_(std::move(wanted)) {}
  ~Answer() override { *wanted_ = false; }
  void pause() override {}  // it is sent whole
  void resume() override {}

 private:
  std::shared_ptr<bool> wanted_;
};

}  // namespace

std::unique_ptr<backends::fastcgi::Exchange> MetricsPort::Page::start(backends::fastcgi::Request request,
                                                                      backends::fastcgi::ResponseHandler& handler) {
  const std::string uri = parameter(request, "REQUEST_URI");
  const std::string method = parameter(request, "REQUEST_METHOD");
  int status = 200;
  if (uri.substr(0, uri.find('?')) != "/metrics") {
    status = 404;
  } else if (method != "GET" && method != "HEAD") {
    status = 405;
  }
  auto wanted = std::make_shared<bool>(true);
  sources_.gateway.shard(0).post_later(0, [this, status, wanted, &handler](gateway::Shard&) {
    if (!*wanted) return;
    http::ResponseHead head;
    std::string body;
    if (status == 200) {
      head.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
      body = expose_metrics(sources_);
    } else {
      http::ErrorPage page = http::error_page(status);
      head = std::move(page.head);
      if (status == 405) head.headers.add("Allow", "GET, HEAD");
      body = std::move(page.body);
    }
    handler.on_head(std::move(head));
    handler.on_body(body);
    handler.on_end();
  });
  return std::make_unique<Answer>(std::move(wanted));
}

Result<std::unique_ptr<MetricsPort>> MetricsPort::open(const MetricsSources& sources, UniqueFd listening) {
  std::unique_ptr<MetricsPort> metrics(new MetricsPort(sources));
  auto port = Port::open(sources.gateway.shard(0), {.application = &metrics->page_}, {}, std::move(listening));
  if (!port) return std::move(port.error());
  metrics->port_ = std::move(*port);
  return metrics;
}

}  // namespace laraman::server
