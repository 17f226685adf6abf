// A client whose connection goes from one protocol to the next: a PROXY header, TLS, HTTP/1, then HTTP/2 or WebSocket,
// with anything behind, of which the first read brings up to 70,000 bytes.
//
// Byte 0 of the input chooses the protocols, bytes 1 and 2 the size of the first piece; the others are repeated until
// they fill that piece.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <string>

#include "../unit/net/certificate.h"
#include "../unit/net/tls_client.h"
#include "port_server.h"
#include "server/http2_connection.h"

namespace {

using namespace laraman;

enum : std::uint8_t { kBeginning = 3, kProxy = 4, kTls = 8, kNoApplication = 16, kLarger = 32 };
constexpr std::size_t kFirstPiece = 70'000;

fuzz::Server& server_for(std::uint8_t choice) {
  static std::array<fuzz::Server*, 32> servers{};
  fuzz::Server*& server = servers[choice & (kProxy | kTls | kNoApplication)];
  if (server != nullptr) return *server;
  server::PortOptions options;
  if ((choice & kProxy) != 0) {
    const std::vector<std::string> loopback = {"127.0.0.1"};
    options.trusted_proxies = std::move(*net::Networks::parse(loopback));
    options.proxy_protocol = true;
  }
  server = new fuzz::Server(options, (choice & kNoApplication) == 0);
  if ((choice & kTls) != 0) {
    static const net::Certificates certificates;
    static const net::TlsFiles files = certificates.make("x", "DNS:x");
    server->port->set_tls(*net::TlsContext::load({&files, 1}));
  }
  return *server;
}

std::string beginning_of(std::uint8_t choice) {
  switch (choice & kBeginning) {
    case 1: return std::string(server::Http2Connection::kPreface) + std::string("\0\0\0\4\0\0\0\0\0", 9);
    case 2:
      return "GET /s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
             "13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    case 3: return "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    default: return "";
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ::signal(SIGPIPE, SIG_IGN);
  if (size < 4) return 0;
  const std::uint8_t choice = data[0];
  const std::size_t first =
      std::min(kFirstPiece, std::size_t{1} + (data[1] << 8) + data[2] + ((choice & kLarger) != 0 ? 4464 : 0));
  std::string bytes = beginning_of(choice);
  do {
    bytes.append(reinterpret_cast<const char*>(data + 3), size - 3);
  } while (bytes.size() < first);

  fuzz::Server& server = server_for(choice);
  Result<UniqueFd> socket = net::connect_to(server.address);
  if (!socket) std::abort();
  const int on = 1;
  ::setsockopt(socket->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  server.turn(2);
  if ((choice & kProxy) != 0) {
    const std::string_view header = "PROXY TCP4 1.2.3.4 5.6.7.8 1111 443\r\n";
    if (::send(socket->get(), header.data(), header.size(), MSG_NOSIGNAL) < 0) std::abort();
    if ((choice & kTls) != 0) server.turn(2);
  }
  static net::TlsClient& tls = *new net::TlsClient;
  if ((choice & kTls) != 0) {
    tls.connect(UniqueFd(::dup(socket->get())));
    for (int i = 0; i < 10 && !tls.handshake(); ++i) server.turn(2);
  }
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::size_t piece = rest.size() == bytes.size() ? first : rest.size();
    std::size_t sent = 0;
    if ((choice & kTls) != 0) {
      sent = tls.write(rest.substr(0, piece));
    } else if (const ssize_t count = ::send(socket->get(), rest.data(), piece, MSG_NOSIGNAL); count > 0) {
      sent = static_cast<std::size_t>(count);
    }
    if (sent == 0) break;
    rest.remove_prefix(sent);
    if ((choice & kTls) == 0 || bytes.size() - rest.size() >= first) server.turn(2);
  }
  server.turn(3);
  tls.hang_up();
  server.hang_up(std::move(*socket));
  return 0;
}
