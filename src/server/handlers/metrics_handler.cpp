#include "server/handlers/metrics_handler.h"

namespace laraman::server {

bool MetricsHandler::handle(Call& call) {
  const std::string_view method = call.request().method();
  if (call.request().path() != "/metrics") return false;
  if (method != "GET" && method != "HEAD") {
    http::ErrorPage page = http::error_page(405);
    page.head.headers.add("Allow", "GET, HEAD");
    call.respond(page.head, page.body);
    return true;
  }
  http::ResponseHead head;
  head.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  call.respond(head, expose_metrics(sources_));
  return true;
}

}  // namespace laraman::server
