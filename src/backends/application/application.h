// Application: answers a server's requests and decides about its WebSockets, by whatever protocol it is asked.
//
// For the loop's thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "backends/application/exchange.h"
#include "base/unique_fd.h"
#include "gateway/connection_id.h"
#include "http/request.h"

namespace laraman::backends::application {

// Where a request came from and where it arrived.
struct RequestOrigin {
  std::string remote_address;
  std::uint16_t remote_port = 0;
  std::string server_address;
  std::uint16_t server_port = 0;
  bool secure = false;           // came over TLS
  std::string public_directory;  // the document root; may be empty
};

// A client's request. The references are used within the call only.
struct Request {
  const http::Request& head;
  const RequestOrigin& origin;
  // The whole body: in memory, or the first `body_size` bytes of a file.
  std::string body{};
  std::shared_ptr<const UniqueFd> body_file{};
  std::uint64_t body_size = 0;
};

class Application {
 public:
  // `handler` outlives the exchange. Its functions are called from later turns, never from within these.
  virtual std::unique_ptr<Exchange> start(Request request, ResponseHandler& handler) = 0;
  // Asks by the OPEN request of WebSocket-over-HTTP whether the client may have its WebSocket, which gets this id.
  virtual std::unique_ptr<Exchange> open(const http::Request& head, const RequestOrigin& origin,
                                         const gateway::ConnectionId& id, ResponseHandler& handler) = 0;

 protected:
  ~Application() = default;
};

// Does the client try to speak as the gateway? A body of the type of the gateway's own event exchange is refused (415).
bool has_reserved_content_type(const http::Request& request);

// Fields of a client that no application gets: it could speak as the gateway by them (Grip-*, Connection-Id, Meta-*),
// or as the server.
bool is_withheld(std::string_view field);

}  // namespace laraman::backends::application
