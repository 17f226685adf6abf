#include "supervisor/sockets.h"

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

Result<std::vector<UniqueFd>> listen_for_clients(const std::string& host, std::uint16_t port, unsigned count,
                                                 unsigned mode) {
  Result<std::vector<UniqueFd>> sockets = net::listen_for_loops(host, port, count, mode);
  if (!sockets && !host.starts_with("unix:")) return explain(std::move(sockets.error()), port);
  return sockets;
}

}  // namespace laraman::supervisor
