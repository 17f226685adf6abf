#include "business/gateway_addresses.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <set>

#include "base/try.h"
#include "net/socket.h"

namespace laraman::business {
namespace {

constexpr std::size_t kIdLength = 12;

bool is_id(const std::string& text) {
  return text.size() == kIdLength && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// IPv4 address and port, as they stand in connection ids; empty for another kind of address.
std::string id_of(const net::SocketAddress& address) {
  if (address.family() != AF_INET) return "";
  const auto* in = reinterpret_cast<const sockaddr_in*>(address.data());
  return fmt::format("{:08x}{:04x}", ntohl(in->sin_addr.s_addr), ntohs(in->sin_port));
}

}  // namespace

Result<std::vector<GatewayAddress>> check_gateways(std::vector<GatewayAddress> gateways) {
  if (gateways.empty()) return Error{ErrorCode::kInvalid, "no gateway is given", "", ""};
  std::set<std::string> ids;
  for (GatewayAddress& gateway : gateways) {
    ASSIGN_OR_RETURN(net::SocketAddress task, net::SocketAddress::parse(gateway.task));
    if (!gateway.worker.empty()) RETURN_IF_ERROR(net::SocketAddress::parse(gateway.worker));
    std::transform(gateway.id.begin(), gateway.id.end(), gateway.id.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (gateway.id.empty()) {
      gateway.id = id_of(task);
    } else if (!is_id(gateway.id)) {
      return Error{ErrorCode::kInvalid, "a gateway's id is 12 hex digits", gateway.id, ""};
    }
    if (gateways.size() == 1) break;
    if (gateway.id.empty()) {
      return Error{ErrorCode::kInvalid, "one of several gateways has no id", gateway.task,
                   "its id is the first 12 digits of its connection ids"};
    }
    if (!ids.insert(gateway.id).second) {
      return Error{ErrorCode::kExists, "two gateways have the same id", gateway.id,
                   "each needs one of its own, or commands would go to the wrong one"};
    }
  }
  return gateways;
}

}  // namespace laraman::business
