#include "supervisor/local_sockets.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <tuple>
#include <utility>

#include "base/log.h"
#include "base/try.h"
#include "net/socket.h"
#include "supervisor/linked_address.h"
#include "supervisor/runtime_directory.h"

namespace laraman::supervisor {
namespace {

constexpr Duration kCheckInterval = std::chrono::seconds(1);

bool is_file(const std::string& address) { return address.starts_with('/'); }

}  // namespace

LocalSockets::LocalSockets(net::EventLoop& loop, Options options)
    : loop_(loop), options_(std::move(options)), check_(loop, [this] { check(); }) {}

LocalSockets::~LocalSockets() {
  for (const std::string& address : {worker_address_, task_address_}) {
    if (is_file(address)) ::unlink(address.c_str());
  }
  for (const std::string& link : links_) ::unlink(link.c_str());
}

Result<void> LocalSockets::open_control() {
  // Once it is known it stays where it is, wherever a symbolic link in its path leads later.
  ASSIGN_OR_RETURN(std::string made,
                   make_runtime_directory(runtime_dir_.empty() ? options_.runtime_dir : runtime_dir_));
  const bool is_first = runtime_dir_.empty();
  runtime_dir_ = std::move(made);
  auto control = ControlServer::open(loop_, control_socket_path(runtime_dir_), options_.on_request);
  if (!control) {
    if (control.error().code == ErrorCode::kExists) {
      control.error().what = "another Laraman server uses this runtime directory";
      control.error().hint = "`laraman status` shows it; stop it, or choose another --runtime-dir";
    }
    return std::move(control.error());
  }
  control_ = std::move(*control);
  if (!is_first) return {};
  remove_left_over_sockets(runtime_dir_);
  return open_control_at_link();
}

Result<void> LocalSockets::open_control_at_link() {
  if (!is_linked(options_.runtime_dir)) return {};
  Result<UniqueFd> at_link = listen_at_link(options_.runtime_dir);
  if (!at_link) {
    log::warning("after a deploy, commands need --runtime-dir runtime_dir={} error=\"{}\"", runtime_dir_,
                 at_link.error().message());
    return {};
  }
  ASSIGN_OR_RETURN(control_at_link_, ControlServer::open(loop_, std::move(*at_link), options_.on_request));
  return {};
}

Result<void> LocalSockets::open_business() {
  worker_address_ = options_.worker_socket.empty() ? worker_socket_path(runtime_dir_) : options_.worker_socket;
  ASSIGN_OR_RETURN(worker_listening_, net::listen_with_mode(worker_address_, net::kWorkerSocketMode));

  task_address_ = options_.task_socket.empty() ? task_socket_path(runtime_dir_) : options_.task_socket;
  ASSIGN_OR_RETURN(task_listening_, net::listen_with_mode(task_address_, net::kTaskSocketMode));
  return {};
}

void LocalSockets::watch(Watch watch) {
  watch_ = std::move(watch);
  check_.start(kCheckInterval);
}

bool LocalSockets::are_all_there() const {
  const std::string control = control_socket_path(runtime_dir_);
  return std::ranges::all_of(std::array{&control, &worker_address_, &task_address_}, [](const std::string* address) {
    std::error_code ignored;
    return !is_file(*address) || std::filesystem::exists(*address, ignored);
  });
}

// What is connected stays so; new workers replace those that cannot be reached.
void LocalSockets::check() {
  check_.start(kCheckInterval);
  if (!are_all_there()) return restore();
  if (!std::exchange(deleted_, false)) return;
  log::info("runtime directory restored, its workers are replaced directory={}", runtime_dir_);
  restore_error_.clear();
  watch_.on_restored();
}

void LocalSockets::restore() {
  if (!std::exchange(deleted_, true)) {
    log::error("runtime directory or a socket in it was deleted, it is made again directory={}", runtime_dir_);
  }
  control_.reset();
  if (Result<void> opened = open_control(); !opened) {
    if (std::exchange(restore_error_, opened.error().message()) == opened.error().message()) return;
    log::error("runtime directory not restored, the server cannot be controlled but by signals error=\"{}\"",
               restore_error_);
    return;
  }
  business_stale_ = true;
  watch_.on_deleted();
}

void LocalSockets::renew_business() {
  if (!std::exchange(business_stale_, false)) return;
  for (const auto& [address, mode, fd] : {std::tuple(&worker_address_, net::kWorkerSocketMode, worker_fd()),
                                          std::tuple(&task_address_, net::kTaskSocketMode, task_fd())}) {
    if (!is_file(*address)) continue;
    const Result<UniqueFd> socket = net::listen_with_mode(*address, mode);
    // In place of the old one, whose descriptor number the roles get.
    if (!socket || ::dup3(socket->get(), fd, O_CLOEXEC) < 0) {
      log::error("business port not opened address={} error=\"{}\"", *address,
                 socket ? "dup3" : socket.error().message());
    }
  }
}

void LocalSockets::follow_link() {
  if (!control_at_link_) return;
  Result<std::string> made = link_runtime_directory(options_.runtime_dir, runtime_dir_);
  if (!made) {
    log::warning("no link to the runtime directory error=\"{}\"", made.error().message());
  } else if (!made->empty()) {
    links_.push_back(std::move(*made));
  }
}

}  // namespace laraman::supervisor
