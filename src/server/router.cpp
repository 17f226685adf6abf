#include "server/router.h"

#include <algorithm>

namespace laraman::server {

void Router::answer(Call& call) const {
  const std::string_view path = call.request().path();
  for (const Route& route : handlers_) {
    if (route.paths.match(path) && route.handler.handle(call)) return;
  }
  if (call.request().method() != "GET" || find_socket(path) == nullptr) return call.respond_error(404);
  http::ErrorPage page = http::error_page(426);
  page.head.headers.add("Upgrade", "websocket");
  call.respond(page.head, page.body);
}

const SocketRoute* Router::find_socket(std::string_view path) const {
  const auto found = std::find_if(sockets_.begin(), sockets_.end(),
                                  [path](const SocketRoute& route) { return route.paths.match(path); });
  return found == sockets_.end() ? nullptr : &*found;
}

}  // namespace laraman::server
