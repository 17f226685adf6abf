#include "php/pool.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "base/handed_down.h"
#include "base/log.h"
#include "base/scoreboard.h"
#include "php/sapi_module.h"
#include "php/worker.h"

namespace laraman::php {
namespace {

using std::chrono::milliseconds;

constexpr Duration kFirstBackOff = milliseconds(100);
constexpr Duration kLongestBackOff = milliseconds(10'000);
// A worker that ends unasked within this time after its boot counts as one that cannot boot.
constexpr Duration kShortLife = milliseconds(1'000);
constexpr std::size_t kMaxReport = 16 * 1024;

struct Child {
  pid_t pid = 0;
  std::uint32_t slot = 0;  // index in the scoreboard
  std::string socket_path;
  UniqueFd link;       // to the worker; closed to tell it to leave
  std::string report;  // what it has said: "ready\n", or why it failed
  bool ready = false;
  TimePoint ready_since{};
};

// Rather than the path of a Unix socket, which may have "unix:" before it.
bool is_tcp(std::string_view address) { return !address.starts_with("unix:") && address.find(':') != address.npos; }

class Pool {
 public:
  explicit Pool(const PoolOptions& options) : options_(options) {}

  Result<void> prepare();
  // Says why there is no pool.
  int fail(const std::string& why);
  int run();

 private:
  Result<void> prepare_paths();
  std::optional<std::uint32_t> claim_slot();
  void free_slot(std::uint32_t index, pid_t pid);
  Result<void> spawn();
  void spawn_missing();
  void read_report(Child& child);
  void reap();
  void ended(Child child, int status);
  void handle_signals();
  void stop(bool at_once);
  void wait_for_something();
  [[noreturn]] void become_worker(std::uint32_t slot, const std::string& socket_path, UniqueFd link);

  PoolOptions options_;
  StartNotice notice_;
  Scoreboard scoreboard_;
  bool is_remote_ = false;  // the gateway is on another machine
  UniqueFd signals_;
  sigset_t signal_mask_{};
  std::vector<Child> children_;

  bool serving_ = false;  // all workers of the first set have been ready
  bool stopping_ = false;
  std::string failure_;  // why the first set failed; empty: it has not
  Duration back_off_{};  // since workers cannot boot
  TimePoint spawn_after_{};
};

Result<void> Pool::prepare_paths() {
  namespace fs = std::filesystem;
  std::error_code failure;
  if (options_.app.empty() && options_.script.empty()) {
    return Error{ErrorCode::kInvalid, "no application", "", "give --app DIR, the application's base path"};
  }
  if (options_.script.empty()) options_.script = options_.app + "/vendor/laraman/laraman/bin/worker.php";
  options_.script = fs::absolute(options_.script, failure).string();
  if (!fs::is_regular_file(options_.script, failure)) {
    return Error{ErrorCode::kNotFound, "no such script", options_.script,
                 "run `composer require laraman/laraman` in the application, or give --script"};
  }
  if (options_.app.empty()) options_.app = fs::path(options_.script).parent_path().string();
  options_.app = fs::canonical(options_.app, failure).string();
  if (failure) return Error{ErrorCode::kNotFound, "no such directory", options_.app, "give --app DIR"};
  if (options_.runtime_dir.empty()) options_.runtime_dir = options_.app + "/storage/framework/laraman";
  options_.runtime_dir = fs::absolute(options_.runtime_dir, failure).string();
  fs::create_directories(options_.runtime_dir, failure);
  if (failure)
    return Error{ErrorCode::kSystem, failure.message(), options_.runtime_dir, "choose another --runtime-dir"};
  if (options_.worker_socket.empty()) {
    const std::string beside = options_.runtime_dir + "/worker.sock";
    if (fs::exists(beside, failure)) options_.worker_socket = beside;
  } else if (!is_tcp(options_.worker_socket) && !options_.worker_socket.starts_with("unix:")) {
    options_.worker_socket = fs::absolute(options_.worker_socket, failure).string();
  }
  if (options_.workers == 0) options_.workers = 2 * std::max(1u, std::thread::hardware_concurrency());
  ::setenv("LARAMAN_APP", options_.app.c_str(), 1);
  if (::chdir(options_.app.c_str()) != 0) return system_error("chdir", options_.app, errno);
  return {};
}

Result<void> Pool::prepare() {
  if (auto paths = prepare_paths(); !paths.ok()) return paths;
  UniqueFd handed_down = take_handed_down_one("LARAMAN_SCOREBOARD_FD");
  // Who was started with the gateway is on its machine.
  is_remote_ = !handed_down && is_tcp(options_.worker_socket);
  auto scoreboard =
      handed_down ? Scoreboard::open(std::move(handed_down)) : Scoreboard::create(2 * options_.workers, 0);
  if (!scoreboard.ok()) return scoreboard.error();
  scoreboard_ = std::move(*scoreboard);

  sigset_t handled;
  sigemptyset(&handled);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGQUIT, SIGHUP}) sigaddset(&handled, number);
  ::sigprocmask(SIG_BLOCK, &handled, &signal_mask_);
  signals_ = UniqueFd(::signalfd(-1, &handled, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!signals_) return system_error("signalfd", "", errno);
  return start_php(options_.ini);
}

// Held by a process that is gone and whose pool, gone too, could not free it.
bool is_orphaned(const WorkerSlot& slot) {
  const pid_t pid = slot.pid.load();
  return slot.state.load() != WorkerState::kFree && pid != 0 && ::kill(pid, 0) != 0 && errno == ESRCH;
}

// The free slot that has been free for longest: who still looks at a dead worker's slot is not to find its successor.
std::optional<std::uint32_t> Pool::claim_slot() {
  while (true) {
    std::optional<std::uint32_t> best;
    for (std::uint32_t i = 0; i < scoreboard_.worker_slots(); ++i) {
      const WorkerSlot& slot = scoreboard_.worker(i);
      if (is_orphaned(slot)) free_slot(i, slot.pid.load());
      const bool is_free = slot.state.load() == WorkerState::kFree;
      if (is_free && (!best || slot.state_since_ns.load() < scoreboard_.worker(*best).state_since_ns.load())) best = i;
    }
    if (!best) return std::nullopt;
    WorkerSlot& slot = scoreboard_.worker(*best);
    WorkerState expected = WorkerState::kFree;
    if (!slot.state.compare_exchange_strong(expected, WorkerState::kBooting)) continue;  // another pool was faster
    slot.pid.store(0);
    slot.generation.fetch_add(1);
    slot.state_since_ns.store(monotonic_ns());
    for (auto* counter : {&slot.requests, &slot.events, &slot.memory_bytes, &slot.begun}) counter->store(0);
    return best;
  }
}

// Frees the slot if it is still that of `pid`: it may have been taken for an orphan meanwhile.
void Pool::free_slot(std::uint32_t index, pid_t pid) {
  WorkerSlot& slot = scoreboard_.worker(index);
  if (!slot.pid.compare_exchange_strong(pid, 0)) return;
  slot.state_since_ns.store(monotonic_ns());
  slot.state.store(WorkerState::kFree);
}

void Pool::become_worker(std::uint32_t slot, const std::string& socket_path, UniqueFd link) {
  // The other workers' lines must not stay open here: they would outlive the pool.
  children_.clear();
  signals_.reset();
  if (notice_.fd() >= 0) ::close(notice_.fd());
  WorkerOptions options;
  options.script = options_.script;
  options.socket_path = socket_path;
  options.worker_socket = options_.worker_socket;
  options.slot_number = slot + 1;
  options.slot = &scoreboard_.worker(slot);
  options.generation = options.slot->generation.load();
  options.max_requests = options_.max_requests;
  options.is_remote = is_remote_;
  if (is_tcp(options_.worker_socket)) {
    options.link.secret = options_.secret;
    if (!options_.heartbeat_text.empty()) options.link.heartbeat = options_.heartbeat;
    options.link.heartbeat_text = options_.heartbeat_text;
  }
  options.pool = std::move(link);
  ::_exit(run_worker(std::move(options)));
}

Result<void> Pool::spawn() {
  const auto slot = claim_slot();
  if (!slot) return Error{ErrorCode::kLimit, "no free slot in the scoreboard", "", "start fewer workers"};
  Child child;
  child.slot = *slot;
  child.socket_path = options_.runtime_dir + "/php-" + std::to_string(*slot + 1) + "-" +
                      std::to_string(scoreboard_.worker(*slot).generation.load()) + ".sock";
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    free_slot(*slot, 0);
    return system_error("socketpair", "", errno);
  }
  child.link = UniqueFd(ends[0]);
  UniqueFd worker_end(ends[1]);
  child.pid = ::fork();
  if (child.pid < 0) {
    const int failure = errno;
    free_slot(*slot, 0);
    return system_error("fork", "", failure);
  }
  if (child.pid == 0) {
    child.link.reset();
    become_worker(*slot, child.socket_path, std::move(worker_end));
  }
  scoreboard_.worker(*slot).pid.store(child.pid);
  log::debug("worker started slot={} pid={}", *slot + 1, child.pid);
  children_.push_back(std::move(child));
  return {};
}

void Pool::spawn_missing() {
  if (stopping_ || monotonic_now() < spawn_after_) return;
  const bool one_is_ready = std::any_of(children_.begin(), children_.end(), [](const Child& c) { return c.ready; });
  // The first worker boots alone: it fills opcache for the others, and a failure shows once.
  const std::size_t wanted = serving_ || one_is_ready ? options_.workers : 1;
  while (children_.size() < wanted) {
    auto spawned = spawn();
    if (spawned.ok()) continue;
    log::error("worker not started reason=\"{}\"", spawned.error().message());
    if (!serving_) {
      failure_ = spawned.error().message();
      stop(true);
    }
    spawn_after_ = monotonic_now() + milliseconds(1'000);
    return;
  }
}

void Pool::read_report(Child& child) {
  char buffer[4096];
  const ssize_t count = ::recv(child.link.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (count <= 0) {
    if (count == 0) child.link.reset();  // it is about to end; reap() sees that
    return;
  }
  if (child.report.size() < kMaxReport) child.report.append(buffer, static_cast<std::size_t>(count));
  if (child.ready || child.report != "ready\n") return;
  child.ready = true;
  child.ready_since = monotonic_now();
  const auto ready = std::count_if(children_.begin(), children_.end(), [](const Child& c) { return c.ready; });
  if (serving_ || static_cast<std::uint32_t>(ready) < options_.workers) return;
  serving_ = true;
  notice_.ready();
  log::info("workers ready count={} script={}", ready, options_.script);
}

void Pool::reap() {
  int status = 0;
  pid_t pid = 0;
  while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
    const auto child = std::find_if(children_.begin(), children_.end(), [pid](const Child& c) { return c.pid == pid; });
    if (child == children_.end()) continue;
    if (child->link) read_report(*child);
    Child gone = std::move(*child);
    children_.erase(child);
    ended(std::move(gone), status);
  }
}

void Pool::ended(Child child, int status) {
  free_slot(child.slot, child.pid);
  ::unlink(child.socket_path.c_str());
  const bool asked = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (asked || stopping_) return;
  const std::string how = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                              : "status " + std::to_string(WEXITSTATUS(status));
  const bool told_why = !child.ready && !child.report.empty();
  log::error("worker ended slot={} pid={} by=\"{}\"{}", child.slot + 1, child.pid, how,
             told_why ? "" : (child.ready ? "" : " while=booting"));
  if (!serving_) {
    failure_ = told_why ? child.report : "a worker ended while booting (" + how + ")";
    stop(true);
    return;
  }
  if (child.ready && monotonic_now() - child.ready_since > kShortLife) {
    back_off_ = {};
    return;
  }
  back_off_ = std::clamp(2 * back_off_, kFirstBackOff, kLongestBackOff);
  spawn_after_ = monotonic_now() + back_off_;
}

void Pool::stop(bool at_once) {
  stopping_ = true;
  for (auto& child : children_) {
    if (at_once || !child.ready) {
      ::kill(child.pid, SIGKILL);
    } else {
      child.link.reset();
    }
  }
}

void Pool::handle_signals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGTERM) stop(stopping_);
    if (info.ssi_signo == SIGINT || info.ssi_signo == SIGQUIT) stop(true);
  }
}

void Pool::wait_for_something() {
  std::vector<pollfd> fds{{signals_.get(), POLLIN, 0}};
  for (const auto& child : children_) fds.push_back({child.link.get(), POLLIN, 0});
  int timeout = -1;
  if (!stopping_ && children_.size() < options_.workers) {
    const auto wait = std::chrono::ceil<milliseconds>(spawn_after_ - monotonic_now());
    if (wait.count() > 0) timeout = static_cast<int>(wait.count());
  }
  if (::poll(fds.data(), fds.size(), timeout) < 0) return;
  for (std::size_t i = 1; i < fds.size(); ++i) {
    if (fds[i].revents != 0) read_report(children_[i - 1]);
  }
  if (fds[0].revents != 0) handle_signals();
  reap();
}

int Pool::run() {
  while (true) {
    spawn_missing();
    if (stopping_ && children_.empty()) break;
    wait_for_something();
  }
  stop_php();
  return failure_.empty() ? EXIT_SUCCESS : fail(failure_);
}

int Pool::fail(const std::string& why) {
  log::error("php pool failed reason=\"{}\"", why);
  notice_.failed(why);
  return EXIT_FAILURE;
}

}  // namespace

int run_php_pool(const PoolOptions& options) {
  const auto pool = std::make_unique<Pool>(options);
  if (auto prepared = pool->prepare(); !prepared.ok()) return pool->fail(prepared.error().message());
  return pool->run();
}

}  // namespace laraman::php
