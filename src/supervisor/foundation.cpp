#include "supervisor/foundation.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "net/socket.h"
#include "supervisor/privileges.h"
#include "supervisor/sockets.h"
#include "supervisor/systemd.h"

namespace laraman::supervisor {
namespace {

// Room in the scoreboard: the pool that serves, one that boots, and those that finish what they have.
constexpr std::uint32_t kPoolsAtOnce = 4;

bool listens_on_file(const SupervisorOptions& options) { return options.listen.host.starts_with("unix:"); }

}  // namespace

Foundation::~Foundation() {
  if (!client_socket_.empty()) ::unlink(client_socket_.c_str());
}

Result<void> Foundation::lay(ControlServer::Handler on_request) {
  ASSIGN_OR_RETURN(loop_, net::EventLoop::create());
  // As root only a port is opened, never a file: paths lead where the user of the server wants them to lead.
  Result<void> listening = listens_on_file(options_) ? Result<void>() : listen();
  RETURN_IF_ERROR(give_up_root());
  // A running server is named as such, not as the owner of the port.
  if (Result<void> free = PidFile::expect_free(options_.server.pid_file); !free) {
    another_runs_ = true;
    return free;
  }
  RETURN_IF_ERROR(std::move(listening));
  if (listening_.empty()) RETURN_IF_ERROR(listen());
  RETURN_IF_ERROR(open_log());
  RETURN_IF_ERROR(take_pid_file());
  RETURN_IF_ERROR(open_control(std::move(on_request)));
  RETURN_IF_ERROR(local_sockets_->open_business());
  return make_scoreboard();
}

Result<void> Foundation::listen() {
  ASSIGN_OR_RETURN(std::vector<UniqueFd> activated, take_activated_sockets());
  const bool opens_itself = activated.empty();
  ASSIGN_OR_RETURN(listening_, opens_itself ? listen_for_clients(options_.listen)
                                            : share_between_loops(std::move(activated), options_.listen.loops));
  const net::SocketAddress address = net::SocketAddress::of_local(listening_.front().get());
  url_ = (address.is_unix() ? "" : options_.secure ? "https://" : "http://") + address.to_string();
  if (address.is_unix() && opens_itself) client_socket_ = address.host();
  return {};
}

Result<void> Foundation::give_up_root() const {
  if (options_.server.user.empty()) return {};
  ASSIGN_OR_RETURN(const Account account, find_account(options_.server.user, options_.server.group));
  return become(account);
}

Result<void> Foundation::open_log() {
  if (options_.server.log_file.empty()) return {};
  auto log_file = std::make_unique<LogFile>(*loop_, options_.server.log_file);
  RETURN_IF_ERROR(log_file->open());
  log_file_ = std::move(log_file);
  return {};
}

Result<void> Foundation::take_pid_file() {
  Result<PidFile> pid_file = PidFile::take(options_.server.pid_file);
  if (!pid_file) {
    another_runs_ = pid_file.error().code == ErrorCode::kExists;
    return std::move(pid_file.error());
  }
  pid_file_ = std::move(*pid_file);
  return {};
}

Result<void> Foundation::open_control(ControlServer::Handler on_request) {
  local_sockets_ =
      std::make_unique<LocalSockets>(*loop_, LocalSockets::Options{options_.server.runtime_dir, options_.worker_socket,
                                                                   options_.task_socket, std::move(on_request)});
  Result<void> opened = local_sockets_->open_control();
  another_runs_ = !opened && opened.error().code == ErrorCode::kExists;
  return opened;
}

Result<void> Foundation::make_scoreboard() {
  const std::uint32_t slots = kPoolsAtOnce * std::max(options_.workers, options_.max_workers);
  ASSIGN_OR_RETURN(scoreboard_, Scoreboard::create(slots, options_.listen.loops));
  return {};
}

std::vector<int> Foundation::listening() const {
  std::vector<int> descriptors;
  for (const UniqueFd& fd : listening_) descriptors.push_back(fd.get());
  return descriptors;
}

}  // namespace laraman::supervisor
