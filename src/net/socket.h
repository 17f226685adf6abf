// Sockets: addresses as people write them, listening, connecting. Every socket made here is non-blocking and
// close-on-exec.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace laraman::net {

// An IPv4, IPv6 or Unix socket address.
class SocketAddress {
 public:
  SocketAddress() = default;

  // "127.0.0.1:8000", "[::1]:8000", "localhost:8000" (resolved), "unix:/run/x.sock" or a path that begins with '/'.
  static Result<SocketAddress> parse(std::string_view text);
  static Result<SocketAddress> of_host(std::string_view host, std::uint16_t port);
  // A Unix path must be shorter than 108 bytes.
  static Result<SocketAddress> of_path(std::string_view path);
  static SocketAddress of_peer(int fd);
  static SocketAddress of_local(int fd);

  // "127.0.0.1", "::1"; the path of a Unix socket, empty for an unnamed one.
  std::string host() const;
  std::uint16_t port() const;     // 0 for a Unix socket
  std::string to_string() const;  // as parse() takes it
  bool is_unix() const { return storage_.ss_family == AF_UNIX; }

  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }
  int family() const { return storage_.ss_family; }

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

// A listening socket. TCP: SO_REUSEADDR, and SO_REUSEPORT if `share_port`. A Unix socket's left-over file is removed
// first if no process listens on it (kExists if one does).
Result<UniqueFd> listen_on(const SocketAddress& address, bool share_port = false);

// Where clients come in.
struct ListenOptions {
  std::string host = "127.0.0.1";  // or "unix:/path"
  std::uint16_t port = 8000;       // 0: any free one
  unsigned socket_mode = 0660;     // permissions of the file of "unix:/path"
  unsigned loops = 0;              // event loops, each with a listening socket; at most 255. 0: one for each core
};

// The number of event loops, with that of the cores for 0.
unsigned loops_of(const ListenOptions& options);

// A listening socket for each event loop: TCP sockets that share the port, or one Unix socket several times. kExists if
// another process, also one of the same user, listens there.
Result<std::vector<UniqueFd>> listen_for_loops(const ListenOptions& options);

// Permissions of the business ports' Unix sockets: own workers only; and the server's group too, for php-fpm and
// artisan.
inline constexpr unsigned kWorkerSocketMode = 0600;
inline constexpr unsigned kTaskSocketMode = 0660;

// A listening socket at `address` as parse() takes it; a Unix socket's file gets the permissions `mode`.
Result<UniqueFd> listen_with_mode(std::string_view address, unsigned mode);

// Begins to connect; the descriptor becomes writable when it is decided, then connect_error() tells.
Result<UniqueFd> connect_to(const SocketAddress& address);
// 0, or the errno with which the connection attempt on `fd` failed.
int connect_error(int fd);

// TCP_NODELAY on; does nothing on a Unix socket.
void set_no_delay(int fd);

}  // namespace laraman::net
