// What systemd expects of a service, without its library: word of the service's state (sd_notify(3)), and sockets that
// it has opened already (sd_listen_fds(3), "socket activation"). Both come through the environment, and are removed
// from it, so that no child takes them for its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace laraman::supervisor {

class ServiceNotice {
 public:
  // For the socket named in NOTIFY_SOCKET. Without that variable, nothing is sent.
  ServiceNotice();

  void ready() { send("READY=1"); }
  void reloading();
  void stopping() { send("STOPPING=1"); }

 private:
  void send(std::string_view state) const;

  std::string socket_;  // a path; an abstract one begins with '@'
};

// The listening sockets that were handed down to this very process, non-blocking and close-on-exec; empty without any.
// kInvalid if one is no listening stream socket.
Result<std::vector<UniqueFd>> take_activated_sockets();

}  // namespace laraman::supervisor
