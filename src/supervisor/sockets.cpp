#include "supervisor/sockets.h"

#include <fcntl.h>

#include <cerrno>

#include "net/socket.h"
#include "supervisor/port_owner.h"

namespace laraman::supervisor {
namespace {

Error explain(Error error, std::uint16_t port) {
  if (error.code == ErrorCode::kExists) {
    const std::string owner = port_owner(port);
    error.what = "port " + std::to_string(port) + " is in use" + (owner.empty() ? "" : " by " + owner);
    error.hint = "stop it, or choose another --port";
  } else if (port != 0 && port < 1024 && error.what.starts_with("bind: Permission denied")) {
    error.hint = "ports below 1024 need root or CAP_NET_BIND_SERVICE; choose another --port";
  } else if (error.hint.empty()) {
    error.hint = "choose another --host or --port";
  }
  return error;
}

}  // namespace

Result<std::vector<UniqueFd>> listen_for_clients(const net::ListenOptions& options) {
  Result<std::vector<UniqueFd>> sockets = net::listen_for_loops(options);
  if (!sockets && !options.host.starts_with("unix:")) return explain(std::move(sockets.error()), options.port);
  return sockets;
}

Result<std::vector<UniqueFd>> share_between_loops(std::vector<UniqueFd> handed_down, unsigned count) {
  if (handed_down.size() > 1) {
    return Error{ErrorCode::kInvalid, "several sockets were handed down, one is served", "LISTEN_FDS",
                 "the socket unit needs one ListenStream="};
  }
  while (handed_down.size() < count) {
    UniqueFd again(::fcntl(handed_down.front().get(), F_DUPFD_CLOEXEC, 0));
    if (!again) return system_error("fcntl(F_DUPFD)", "LISTEN_FDS", errno);
    handed_down.push_back(std::move(again));
  }
  return handed_down;
}

}  // namespace laraman::supervisor
