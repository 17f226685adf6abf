// A client that begins with HTTP/2's preface and goes on with anything: frames of nghttp2's concern, and requests,
// bodies, resets and WebSockets of ours.
#include <algorithm>
#include <cstdint>
#include <string>

#include "port_server.h"
#include "server/http2_connection.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace laraman;
  static fuzz::Server& server = *new fuzz::Server;
  Result<UniqueFd> socket = net::connect_to(server.address);
  if (!socket) std::abort();
  server.turn(2);
  // The first byte says in how large pieces the others come.
  const std::size_t piece = size > 0 ? std::size_t{1} + data[0] * 8 : 1;
  std::string bytes(server::Http2Connection::kPreface);
  if (size > 1) bytes.append(reinterpret_cast<const char*>(data + 1), size - 1);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (::send(socket->get(), bytes.data() + at, std::min(piece, bytes.size() - at), MSG_NOSIGNAL) <= 0) break;
    server.turn(2);
  }
  server.turn(3);
  server.hang_up(std::move(*socket));
  return 0;
}
