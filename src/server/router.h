// Router: which handler answers a request, and what decides about a WebSocket, by the request's path.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/client_protocol.h"
#include "server/admission.h"
#include "server/handler.h"
#include "server/path_patterns.h"

namespace laraman::server {

// WebSockets of these paths: which admission decides, and what they speak. All outlive the router.
struct SocketRoute {
  PathPatterns paths;
  Admission& admission;
  const gateway::ClientProtocol& protocol;
};

class Router {
 public:
  // Handlers are asked in the order in which they were added, those with a path only about it. They outlive this.
  void add(Handler& handler, PathPatterns paths = {}) { handlers_.push_back({std::move(paths), handler}); }
  void add(SocketRoute route) { sockets_.push_back(std::move(route)); }

  // Answers the call: 404 if no handler does, 426 where only a WebSocket is.
  void answer(Call& call) const;
  // The first that fits; null: there are no WebSockets at this path.
  const SocketRoute* find_socket(std::string_view path) const;

 private:
  struct Route {
    PathPatterns paths;
    Handler& handler;
  };

  std::vector<Route> handlers_;
  std::vector<SocketRoute> sockets_;
};

}  // namespace laraman::server
