// The control socket: how `laraman status`, `stop` and `reload` talk to the running supervisor. A Unix stream socket;
// only the user that the server runs as, and root, are heard. One JSON object a line each way:
//
//   {"command":"ping"}                  {"ok":true,"pid":123}
//   {"command":"status"}                {"ok":true,"server":{…},"processes":[…],"loops":[…]} (supervisor/status.h)
//   {"command":"stop"}                  {"ok":true,"pid":123,"within_seconds":10}: it has begun; the connection is
//                                       closed when all is over
//     "graceful":true                     without a limit of time
//     "timeout":2.5                       seconds, instead of the server's stop timeout; 0: at once
//   {"command":"reload"}                {"ok":true}: only new workers serve; or {"ok":false,"error":"why not"}
//     "needs_restart":["port"]            in the answer: settings that have changed and that only a restart applies
//
// A line that is not understood is answered {"ok":false,"error":"…"}.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/event_loop.h"
#include "net/listener.h"

namespace laraman::supervisor {

class ControlServer {
 public:
  // Answers one request; at once or later, exactly once. After the client is gone it does nothing.
  using Answer = std::function<void(const nlohmann::json&)>;
  using Handler = std::function<void(const nlohmann::json& request, Answer answer)>;

  // Listens at `path`; `handler` gets each well-formed request. kExists if another process listens there.
  static Result<std::unique_ptr<ControlServer>> open(net::EventLoop& loop, const std::string& path, Handler handler);
  // The same at a socket that listens already.
  static Result<std::unique_ptr<ControlServer>> open(net::EventLoop& loop, UniqueFd listening, Handler handler);

  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ~ControlServer();

 private:
  class Session;

  ControlServer(net::EventLoop& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {}
  void accept(UniqueFd fd);
  void forget(Session& session);

  net::EventLoop& loop_;
  std::string path_;  // of the socket's file; empty: it has none
  Handler handler_;
  std::unique_ptr<net::Listener> listener_;
  std::vector<std::shared_ptr<Session>> sessions_;
};

// {"ok":false,"error":message}
nlohmann::json control_failure(const std::string& message);

}  // namespace laraman::supervisor
