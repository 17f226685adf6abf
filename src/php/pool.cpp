#include "php/pool.h"

#include <poll.h>
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
#include <random>
#include <string_view>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/handed_down.h"
#include "base/log.h"
#include "base/scoreboard.h"
#include "base/signal_fd.h"
#include "base/try.h"
#include "php/pool_size.h"
#include "php/pool_worker.h"
#include "php/sapi_module.h"
#include "php/worker.h"

namespace laraman::php {
namespace {

using std::chrono::milliseconds;

constexpr Duration kFirstBackOff = milliseconds(100);
constexpr Duration kLongestBackOff = milliseconds(10'000);
// A worker that ends unasked within this time after its boot counts as one that cannot boot.
constexpr Duration kShortLife = milliseconds(1'000);

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
  Result<void> spawn(WorkerDuty duty);
  void spawn_missing();
  bool spawn_some(WorkerDuty duty, std::uint32_t count);
  std::uint32_t missing(WorkerDuty duty) const;
  std::uint32_t wanted(WorkerDuty duty) const;
  template <typename Condition>
  std::uint32_t count(WorkerDuty duty, const Condition& condition) const;
  WorkerState state_of(const PoolWorker& child) const { return scoreboard_.worker(child.slot).state.load(); }
  void release_surplus();
  void release_surplus(WorkerDuty duty);
  void read_report(PoolWorker& child);
  void became_ready();
  void reap();
  void ended(PoolWorker child, int status);
  void watch_time();
  void watch_load();
  void handle_signals();
  void stop(bool at_once);
  void wait_for_something();
  Duration longest_wait() const;
  [[noreturn]] void become_worker(const PoolWorker& child, UniqueFd link);

  PoolOptions options_;
  StartNotice notice_;
  Scoreboard scoreboard_;
  bool is_remote_ = false;  // the gateway is on another machine
  SignalFd signals_;
  UniqueFd pings_;  // of the supervisor
  sigset_t signal_mask_{};
  std::vector<PoolWorker> children_;
  std::vector<WorkerDuty> duties_;  // of the kinds of workers that there are
  PoolSize size_;                   // of the first kind
  TimePoint next_sample_{};
  std::minstd_rand random_{std::random_device{}()};

  bool serving_ = false;  // all workers of the first set have been ready
  bool stopping_ = false;
  std::string failure_;       // why the first set failed; empty: it has not
  std::string boot_failure_;  // the last one, to log a repeated one once
  Duration back_off_{};       // since workers cannot boot
  TimePoint spawn_after_{};
};

Result<void> Pool::prepare_paths() {
  namespace fs = std::filesystem;
  std::error_code failure;
  if (!options_.entry.empty()) options_.script = options_.entry;
  if (options_.classic && options_.entry.empty()) {
    return Error{ErrorCode::kInvalid, "nothing to run", "classic", "name the file with --entry FILE"};
  }
  if (options_.app.empty() && options_.script.empty()) {
    return Error{ErrorCode::kInvalid, "no application", "", "give --app DIR, the application's base path"};
  }
  if (options_.script.empty()) options_.script = options_.app + "/vendor/laraman/laraman/bin/worker.php";
  options_.script = fs::absolute(options_.script, failure).string();
  if (!fs::is_regular_file(options_.script, failure)) {
    if (!options_.entry.empty()) return Error{ErrorCode::kNotFound, "no such file", options_.script, ""};
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
  size_ = PoolSize(options_.workers, options_.max_workers);
  duties_ = {options_.socket_workers > 0 ? WorkerDuty::kRequests : WorkerDuty::kAll};
  if (options_.socket_workers > 0) duties_.push_back(WorkerDuty::kSockets);
  ::setenv("LARAMAN_APP", options_.app.c_str(), 1);
  if (!options_.entry.empty()) ::setenv("LARAMAN_ENTRY", options_.script.c_str(), 1);
  // As everywhere, but in resident scripts.
  if (options_.classic) options_.ini.insert(options_.ini.begin(), {"ignore_user_abort", "0"});
  if (::chdir(options_.app.c_str()) != 0) return system_error("chdir", options_.app, errno);
  return {};
}

Result<void> Pool::prepare() {
  if (auto paths = prepare_paths(); !paths.ok()) return paths;
  UniqueFd handed_down = take_handed_down_one("LARAMAN_SCOREBOARD_FD");
  // Who was started with the gateway is on its machine.
  is_remote_ = !handed_down && is_tcp(options_.worker_socket);
  auto scoreboard = handed_down ? Scoreboard::open(std::move(handed_down))
                                : Scoreboard::create(2 * (size_.most() + options_.socket_workers + 1), 0);
  if (!scoreboard.ok()) return scoreboard.error();
  scoreboard_ = std::move(*scoreboard);
  pings_ = take_handed_down_one("LARAMAN_PING_FDS");

  for (const int number : {SIGUSR1, SIGUSR2}) std::signal(number, SIG_IGN);  // sent to all processes by a log rotation
  ASSIGN_OR_RETURN(signals_, SignalFd::open({SIGCHLD, SIGTERM, SIGINT, SIGQUIT, SIGHUP}, &signal_mask_));
  return start_php(options_.ini);
}

void Pool::become_worker(const PoolWorker& child, UniqueFd link) {
  WorkerOptions options;
  options.script = options_.script;
  options.is_classic = options_.classic;
  options.is_entry = !options_.entry.empty() && !options_.classic;
  options.socket_path = child.socket_path;
  options.worker_socket = options_.worker_socket;
  options.slot_number = child.slot + 1;
  options.slot = &scoreboard_.worker(child.slot);
  options.scoreboard = &scoreboard_;
  options.generation = options.slot->generation.load();
  options.limits = options_.limits;
  std::uint64_t& max_requests = options.limits.max_requests;
  if (max_requests > 0) max_requests -= random_() % (max_requests / 10 + 1);
  options.is_remote = is_remote_;
  if (is_tcp(options_.worker_socket)) {
    options.link.secret = options_.secret;
    if (!options_.heartbeat_text.empty()) options.link.heartbeat = options_.heartbeat;
    options.link.heartbeat_text = options_.heartbeat_text;
  }
  options.pool = std::move(link);
  // The other workers' lines must not stay open here: they would outlive the pool.
  children_.clear();
  signals_.close();
  pings_.reset();
  if (notice_.fd() >= 0) ::close(notice_.fd());
  ::_exit(run_worker(std::move(options)));
}

Result<void> Pool::spawn(WorkerDuty duty) {
  std::error_code ignored;  // what fails shows when the worker listens there
  std::filesystem::create_directories(options_.runtime_dir, ignored);
  const auto slot = scoreboard_.claim_worker(duty);
  if (!slot) return Error{ErrorCode::kLimit, "no free slot in the scoreboard", "", "start fewer workers"};
  PoolWorker child;
  child.slot = *slot;
  child.duty = duty;
  child.socket_path = options_.runtime_dir + "/php-" + std::to_string(*slot + 1) + "-" +
                      std::to_string(scoreboard_.worker(*slot).generation.load()) + ".sock";
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    scoreboard_.free_worker(*slot, 0);
    return system_error("socketpair", "", errno);
  }
  child.link = UniqueFd(ends[0]);
  child.told_since = monotonic_now();
  UniqueFd worker_end(ends[1]);
  random_.discard(1);  // each worker has another state of it
  child.pid = ::fork();
  if (child.pid < 0) {
    const int failure = errno;
    scoreboard_.free_worker(*slot, 0);
    return system_error("fork", "", failure);
  }
  if (child.pid == 0) {
    child.link.reset();
    become_worker(child, std::move(worker_end));
  }
  scoreboard_.worker(*slot).pid.store(child.pid);
  log::debug("worker started slot={} pid={}", *slot + 1, child.pid);
  children_.push_back(std::move(child));
  return {};
}

template <typename Condition>
std::uint32_t Pool::count(WorkerDuty duty, const Condition& condition) const {
  return static_cast<std::uint32_t>(std::count_if(children_.begin(), children_.end(), [&](const PoolWorker& child) {
    return child.duty == duty && !child.leaving && condition(child);
  }));
}

std::uint32_t Pool::wanted(WorkerDuty duty) const {
  return duty == WorkerDuty::kSockets ? options_.socket_workers : size_.wanted();
}

// Workers to start: for those that are not there, else one at a time for those that want a successor.
std::uint32_t Pool::missing(WorkerDuty duty) const {
  const std::uint32_t staying = count(duty, [](const PoolWorker&) { return true; });
  if (staying < wanted(duty)) return wanted(duty) - staying;
  const bool one_boots = count(duty, [](const PoolWorker& child) { return !child.ready; }) > 0;
  return !one_boots && count(duty, [](const PoolWorker& child) { return child.worn_out; }) > 0 ? 1 : 0;
}

void Pool::spawn_missing() {
  if (stopping_ || monotonic_now() < spawn_after_) return;
  const bool one_is_ready =
      std::any_of(children_.begin(), children_.end(), [](const PoolWorker& c) { return c.ready; });
  if (!serving_ && !one_is_ready) {
    // The first worker boots alone: it fills opcache for the others, and a failure shows once.
    if (children_.empty()) spawn_some(duties_.front(), 1);
    return;
  }
  for (const WorkerDuty duty : duties_) {
    if (!spawn_some(duty, missing(duty))) return;
  }
}

bool Pool::spawn_some(WorkerDuty duty, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    auto spawned = spawn(duty);
    if (spawned.ok()) continue;
    log::error("worker not started reason=\"{}\"", spawned.error().message());
    if (!serving_) {
      failure_ = spawned.error().message();
      stop(true);
    }
    spawn_after_ = monotonic_now() + milliseconds(1'000);
    return false;
  }
  return true;
}

void Pool::release_surplus() {
  if (stopping_) return;
  for (const WorkerDuty duty : duties_) release_surplus(duty);
}

// Lets those leave that have a successor, or that are not needed any more: rather one that is idle, rather a young one.
void Pool::release_surplus(WorkerDuty duty) {
  while (count(duty, [](const PoolWorker& child) { return child.ready; }) > wanted(duty)) {
    PoolWorker* chosen = nullptr;
    for (PoolWorker& child : children_) {
      if (child.duty != duty || !child.ready || child.leaving) continue;
      if (chosen == nullptr || (child.worn_out && !chosen->worn_out) ||
          (child.worn_out == chosen->worn_out && state_of(child) == WorkerState::kIdle)) {
        chosen = &child;
      }
    }
    chosen->leave();
    log::debug("worker is to leave slot={} pid={}", chosen->slot + 1, chosen->pid);
  }
}

void Pool::read_report(PoolWorker& child) {
  if (child.read_report()) became_ready();
}

void Pool::became_ready() {
  back_off_ = {};
  boot_failure_.clear();
  if (serving_) {
    release_surplus();
    return;
  }
  for (const WorkerDuty duty : duties_) {
    if (count(duty, [](const PoolWorker& one) { return one.ready; }) < wanted(duty)) return;
  }
  serving_ = true;
  notice_.ready();
  log::info("workers ready count={} script={}", children_.size(), options_.script);
}

// Ends the workers whose time is over.
void Pool::watch_time() {
  if (options_.limits.max_time == Duration::zero()) return;
  const TimePoint now = monotonic_now();
  for (PoolWorker& child : children_) child.watch_time(scoreboard_.worker(child.slot), options_.limits.max_time, now);
}

void Pool::watch_load() {
  const TimePoint now = monotonic_now();
  if (!size_.changes() || !serving_ || stopping_ || now < next_sample_) return;
  next_sample_ = now + PoolSize::kSampleInterval;
  const std::uint32_t ready = count(duties_.front(), [](const PoolWorker& child) { return child.ready; });
  const std::uint32_t idle = count(duties_.front(), [this](const PoolWorker& child) {
    return child.ready && state_of(child) == WorkerState::kIdle;
  });
  const std::uint32_t before = size_.wanted();
  size_.sample(now, ready, idle);
  if (size_.wanted() == before) return;
  log::info("workers by load before={} now={}", before, size_.wanted());
  release_surplus();
}

void Pool::reap() {
  int status = 0;
  pid_t pid = 0;
  while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
    const auto child =
        std::find_if(children_.begin(), children_.end(), [pid](const PoolWorker& c) { return c.pid == pid; });
    if (child == children_.end()) continue;
    if (child->link) read_report(*child);
    PoolWorker gone = std::move(*child);
    children_.erase(child);
    ended(std::move(gone), status);
  }
}

void Pool::ended(PoolWorker child, int status) {
  scoreboard_.free_worker(child.slot, child.pid);
  ::unlink(child.socket_path.c_str());
  const bool asked = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (asked || stopping_) return;
  const std::string how = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                              : "status " + std::to_string(WEXITSTATUS(status));
  if (child.overtime != Overtime::kNone && child.ready) {
    log::error("worker ended slot={} pid={} reason=\"its job has lasted too long\" limit={} job=\"{}\" stack=\"{}\"",
               child.slot + 1, child.pid, std::chrono::duration<double>(options_.limits.max_time).count(),
               child.late_job, child.stack);
    return;
  }
  const bool told_why = !child.ready && !child.report.empty();
  const std::string boot_failure = told_why ? child.report : "a worker ended while booting (" + how + ")";
  if (!serving_) {
    failure_ = boot_failure;
    stop(true);
    return;
  }
  if (child.ready) {
    log::error("worker ended slot={} pid={} by=\"{}\"", child.slot + 1, child.pid, how);
  } else if (std::exchange(boot_failure_, boot_failure) != boot_failure) {
    log::error("worker not started slot={} pid={} reason=\"{}\"", child.slot + 1, child.pid, boot_failure);
  } else {
    log::debug("worker not started again slot={} pid={}", child.slot + 1, child.pid);
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
    } else if (!child.leaving) {
      child.leave();
    }
  }
}

void Pool::handle_signals() {
  while (const int signal = signals_.next()) {
    if (signal == SIGTERM) stop(stopping_);
    if (signal == SIGINT || signal == SIGQUIT) stop(true);
  }
}

void Pool::wait_for_something() {
  // The pings are for the pool that serves: while a reload replaces it, there are two.
  const bool is_pinged = serving_ && !stopping_;
  std::vector<pollfd> fds{{signals_.get(), POLLIN, 0}, {is_pinged ? pings_.get() : -1, POLLIN, 0}};
  const std::size_t first_child = fds.size();
  for (const auto& child : children_) fds.push_back({child.link.get(), POLLIN, 0});
  const Duration wait = longest_wait();
  const int timeout = wait == Duration::max() ? -1 : static_cast<int>(std::chrono::ceil<milliseconds>(wait).count());
  if (::poll(fds.data(), fds.size(), timeout) < 0) return;
  for (std::size_t i = first_child; i < fds.size(); ++i) {
    if (fds[i].revents != 0) read_report(children_[i - first_child]);
  }
  if (fds[0].revents != 0) handle_signals();
  std::uint64_t pings = 0;
  if (fds[1].revents != 0 && ::read(pings_.get(), &pings, sizeof pings) > 0) scoreboard_.pool_pings().add();
  reap();
  watch_time();
  watch_load();
}

// Until something is to be done without being told.
Duration Pool::longest_wait() const {
  const TimePoint now = monotonic_now();
  Duration wait = Duration::max();
  const auto until = [&](TimePoint then) { wait = std::min(wait, std::max(then - now, Duration::zero())); };
  if (!stopping_ && spawn_after_ > now) until(spawn_after_);
  if (size_.changes() && serving_ && !stopping_) until(next_sample_);
  if (options_.limits.max_time == Duration::zero()) return wait;
  // A job that begins after this look ends no sooner than that.
  until(now + options_.limits.max_time);
  for (const PoolWorker& child : children_) {
    const TimePoint look = child.next_look(scoreboard_.worker(child.slot), options_.limits.max_time);
    if (look != TimePoint::max()) until(look);
  }
  return wait;
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
  // The process that started it says so.
  log::log_at(notice_.fd() >= 0 ? log::Level::kDebug : log::Level::kError, "php pool failed reason=\"{}\"", why);
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
