#include "supervisor/control_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/try.h"
#include "net/socket.h"
#include "supervisor/linked_address.h"
#include "supervisor/runtime_directory.h"

namespace laraman::supervisor {
namespace {

constexpr const char* kSubject = "control socket";

std::optional<TimePoint> from_now(std::optional<Duration> limit) {
  if (!limit) return std::nullopt;
  return monotonic_now() + *limit;
}

Error gone() { return {ErrorCode::kUnavailable, "the server has ended the connection", kSubject, ""}; }

}  // namespace

Result<ControlClient> ControlClient::connect(const std::string& path) {
  ASSIGN_OR_RETURN(net::SocketAddress address, net::SocketAddress::of_path(path));
  Result<UniqueFd> socket = net::connect_to(address);
  if (socket) return ControlClient(std::move(*socket));
  Error error = std::move(socket.error());
  if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR) error.code = ErrorCode::kUnavailable;
  return error;
}

Result<ControlClient> ControlClient::find(const std::string& runtime_dir) {
  Result<ControlClient> client = connect(control_socket_path(runtime_dir));
  if (client || client.error().code != ErrorCode::kUnavailable) return client;
  if (Result<UniqueFd> socket = connect_by_link(runtime_dir)) return ControlClient(std::move(*socket));
  return client;
}

Result<bool> ControlClient::receive(std::optional<TimePoint> until) {
  while (true) {
    int wait = -1;
    if (until) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - monotonic_now()).count();
      if (left <= 0) return Error{ErrorCode::kTimeout, "the server does not answer", kSubject, ""};
      wait = static_cast<int>(std::min<std::int64_t>(left, 1000 * 1000));
    }
    pollfd ready{fd_.get(), POLLIN, 0};
    if (::poll(&ready, 1, wait) <= 0) continue;
    char buffer[16 * 1024];
    const ssize_t size = ::recv(fd_.get(), buffer, sizeof buffer, 0);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size <= 0) return false;
    received_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }
}

Result<nlohmann::json> ControlClient::ask(const nlohmann::json& request, std::optional<Duration> limit) {
  const std::string line = request.dump() + "\n";
  if (::send(fd_.get(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) return gone();
  const std::optional<TimePoint> until = from_now(limit);
  std::size_t end = 0;
  while ((end = received_.find('\n')) == std::string::npos) {
    ASSIGN_OR_RETURN(bool more, receive(until));
    if (!more) return gone();
  }
  nlohmann::json answer = nlohmann::json::parse(received_.substr(0, end), nullptr, false);
  received_.erase(0, end + 1);
  if (!answer.is_object()) return Error{ErrorCode::kInvalid, "the answer is not understood", kSubject, ""};
  if (answer.value("ok", false)) return answer;
  return Error{ErrorCode::kInvalid, answer.value("error", "refused"), "", ""};
}

Result<void> ControlClient::wait_for_end(std::optional<Duration> limit) {
  const std::optional<TimePoint> until = from_now(limit);
  while (true) {
    ASSIGN_OR_RETURN(bool more, receive(until));
    if (!more) return {};
  }
}

}  // namespace laraman::supervisor
