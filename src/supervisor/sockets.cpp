#include "supervisor/sockets.h"

#include <sys/stat.h>

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

Result<std::vector<UniqueFd>> listen_for_clients(const std::string& host, std::uint16_t port, unsigned count) {
  Result<net::SocketAddress> address = net::SocketAddress::of_host(host, port);
  if (!address) return std::move(address.error());
  // Alone first: with SO_REUSEPORT a second server of the same user would share the port of the first.
  if (port != 0) {
    Result<UniqueFd> alone = net::listen_on(*address);
    if (!alone) return explain(std::move(alone.error()), port);
  }
  std::vector<UniqueFd> sockets;
  for (unsigned i = 0; i < count; ++i) {
    Result<UniqueFd> socket = net::listen_on(*address, true);
    if (!socket) return explain(std::move(socket.error()), port);
    address = net::SocketAddress::of_local(socket->get());  // port 0: the others share that of the first
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

Result<UniqueFd> listen_with_mode(const std::string& address, unsigned mode) {
  Result<net::SocketAddress> parsed = net::SocketAddress::parse(address);
  if (!parsed) return std::move(parsed.error());
  const mode_t before = ::umask(static_cast<mode_t>(~mode & 0777U));
  Result<UniqueFd> socket = net::listen_on(*parsed);
  ::umask(before);
  return socket;
}

}  // namespace laraman::supervisor
