#include "php/worker.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "base/log.h"
#include "base/utf8_prefix.h"
#include "netsvr.pb.h"
#include "php/boot_failure.h"
#include "php/entry_script.h"
#include "php/job.h"
#include "php/sapi_module.h"
#include "php/superglobals.h"
#include "php/time_limit.h"
#include "wire/netsvr_command.h"

namespace laraman::php {
namespace {

constexpr std::uint32_t kEventWindow = 32;      // most events that the gateway sends ahead
constexpr int kReapPause = 100;                 // milliseconds between two looks for children that have ended
constexpr std::uint32_t kInternalError = 1011;  // close code, RFC 6455 7.4.1
constexpr std::size_t kMaxCloseReason = 123;    // bytes, RFC 6455 5.5

WorkerProcess* current = nullptr;

// What the signal handler tells the loop in wait_for_job().
volatile std::sig_atomic_t term_received = 0;
int wake_fd = -1;

void on_term(int) {
  const int saved = errno;
  term_received = 1;
  const std::uint64_t one = 1;
  if (::write(wake_fd, &one, sizeof one) < 0) errno = saved;
  errno = saved;
}

// A fault of this process: what it was doing has failed, which those that wait for it are to know. Then it dies of the
// fault as it would have.
void on_fault(int number) {
  if (current != nullptr && !current->is_fork)
    current->options.slot->crashed.store(current->options.generation, std::memory_order_release);
  ::raise(number);
}

void note_faults() {
  // Of its own, since a stack that has overflowed has no room for a handler.
  static std::array<char, 32 * 1024> stack;
  stack_t alternative{};
  alternative.ss_sp = stack.data();
  alternative.ss_size = stack.size();
  ::sigaltstack(&alternative, nullptr);
  struct sigaction action {};
  action.sa_handler = on_fault;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_NODEFER | SA_ONSTACK;
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::sigaction(number, &action, nullptr);
}

}  // namespace

void set_signal_handlers() {
  note_faults();
  struct sigaction action {};
  action.sa_handler = on_term;
  action.sa_flags = SA_RESTART;  // a job under way is not to be disturbed
  ::sigaction(SIGTERM, &action, nullptr);
  for (const int number : {SIGINT, SIGQUIT, SIGCHLD}) std::signal(number, SIG_DFL);
  std::signal(SIGHUP, [](int) {});  // of a terminal that closes; a function, so that an exec() brings the default back
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  handle_time_is_up();
}

namespace {

void handle_signals() {
  wake_fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  set_signal_handlers();
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
}

// The application has forked, by pcntl_fork() say. The child goes on with the script and ends with its job. It is no
// second worker: of the worker's sockets it has none, but opens links of its own for its commands.
void become_fork() {
  WorkerProcess& process = *current;
  process.is_fork = true;
  for (const int number : {SIGTERM, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) std::signal(number, SIG_DFL);
  const UniqueFd nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
  process.loop.fds.clear();
  process.server.add_to(process.loop.fds);
  process.links.gateways.add_to(process.loop.fds);
  process.loop.fds.push_back({process.links.main.fd(), 0, 0});
  process.loop.fds.push_back({process.options.pool.get(), 0, 0});
  for (const pollfd& one : process.loop.fds) {
    if (one.fd >= 0) ::dup3(nowhere.get(), one.fd, O_CLOEXEC);
  }
  process.links.main.begin_sending();
  process.links.gateways.begin_sending();
}

void tell_pool(std::string_view text) {
  if (::send(worker().options.pool.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0) {
    log::debug("pool not told errno={}", errno);  // it is gone: its end of the line is closed, and so we leave
  }
}

bool is_fatal(int error_type) {
  return (error_type & (E_ERROR | E_CORE_ERROR | E_COMPILE_ERROR | E_PARSE | E_USER_ERROR | E_RECOVERABLE_ERROR)) != 0;
}

// The error that ended the script, if one did; PHP forgets it in php_request_shutdown().
std::string describe_fatal_error() {
  if (!is_fatal(PG(last_error_type)) || PG(last_error_message) == nullptr) return {};
  std::string text(view(PG(last_error_message)));
  if (PG(last_error_file) != nullptr) {
    text.append(" in ").append(view(PG(last_error_file))).append(" on line ");
    text += std::to_string(PG(last_error_lineno));
  }
  return text;
}

// What PHP calls the script of `--entry` in its messages.
constexpr char kEntryName[] = "laraman entry";

void execute_script() {
  if (worker().options.is_entry) {
    zend_first_try { zend_eval_stringl_ex(kEntryScript.data(), kEntryScript.size(), nullptr, kEntryName, true); }
    zend_end_try();
    return;
  }
  zend_file_handle file;
  zend_stream_init_filename(&file, worker().options.script.c_str());
  file.primary_script = true;
  zend_first_try { php_execute_script(&file); }
  zend_end_try();
  zend_destroy_file_handle(&file);
}

business::Registration make_registration(const WorkerOptions& options) {
  using Kind = business::Event::Kind;
  business::Registration registration;
  const WorkerDuty duty = options.slot->duty.load();
  if ((duty != WorkerDuty::kRequests && !options.is_classic) || options.is_remote) {
    registration.events = static_cast<std::uint8_t>(Kind::kMessage) | static_cast<std::uint8_t>(Kind::kClose);
  }
  registration.library = "laraman/" LARAMAN_VERSION;
  registration.window = kEventWindow;
  registration.wants_meta = true;
  if (options.is_remote) return registration;
  if (duty != WorkerDuty::kSockets) registration.request_address = options.socket_path;
  registration.slot = options.slot;
  registration.slot_index = options.slot_number - 1;
  return registration;
}

// What the script has printed while it booted.
void print_boot_output(const WorkerProcess& process) {
  const std::string& output = process.loop.boot_output;
  if (output.empty()) return;
  if (::write(STDERR_FILENO, output.data(), output.size()) < 0) log::debug("boot output not printed errno={}", errno);
}

enum class Ended { kWithinJob, kLeft, kBootFailed };

// Runs the script from its beginning until it ends. Sets `failure` to why booting failed.
Ended run_script(std::string& failure) {
  WorkerProcess& process = worker();
  failure.clear();
  process.loop.phase = Phase::kBooting;
  process.loop.in_transition = false;
  process.loop.boot_output.clear();
  process.is_debugging = false;
  process.isolation.isolates = false;
  process.isolation.warms = false;
  process.isolation.persistent.clear();
  process.isolation.persistent_objects.clear();
  process.links.gateways.begin();
  SG(server_context) = nullptr;
  clear_request_info();
  SG(request_info).path_translated = process.options.script.data();
  if (php_request_startup() != SUCCESS) {
    failure = "PHP's request start-up failed";
    return Ended::kBootFailed;
  }
  SG(request_info).no_headers = true;
  PG(html_errors) = false;  // of what belongs to no request
  define_standard_streams();
  execute_script();

  const Phase phase = process.loop.phase;
  const bool fatal = CG(unclean_shutdown) || (EG(exit_status) == 255 && is_fatal(PG(last_error_type)));
  failure = describe_fatal_error();
  if (fatal && phase != Phase::kBooting) process.loop.worn_out = true;
  end_script(fatal);
  if (process.is_fork) ::_exit(EG(exit_status));
  stop_clock();
  process.job.event_interrupted = phase == Phase::kEvent;
  if (process.job.event_interrupted) {
    close_connection_of_message(process, failure.empty() ? "the script has ended" : failure);
  }
  process.links.main.flush();  // booting again takes a while
  switch (phase) {
    case Phase::kBooting:
      if (failure.empty()) {
        print_boot_output(process);
        failure = process.loop.boot_output;
      }
      if (failure.empty()) failure = process.options.script + " ended without a call of Laraman\\Native\\serve()";
      return Ended::kBootFailed;
    case Phase::kLeaving: return Ended::kLeft;
    default: return Ended::kWithinJob;
  }
}

// What the script left unfinished when it ended within a job (run_script() has run it again since).
void finish_interrupted_job(WorkerProcess& process) {
  if (process.job.response.active()) process.job.response.finish();
  if (process.job.event_interrupted) process.links.finish_event();
  process.job.event_interrupted = false;
  process.links.main.flush_batch();
  process.job.connection = nullptr;
}

// The script has booted: the gateway may send jobs, and the pool counts on this worker.
void announce(WorkerProcess& process) {
  if (!process.links.main.open()) {
    const std::string why = "no link to the gateway: " + process.links.main.error();
    log::debug("worker not ready slot={} reason=\"{}\"", process.options.slot_number, why);
    tell_pool(why);
    process.server.remove_file();
    ::_exit(EXIT_FAILURE);
  }
  process.links.gateways.open();
  print_boot_output(process);
  process.loop.announced = true;
  tell_pool("ready\n");
}

void start_leaving(WorkerProcess& process) {
  if (std::exchange(process.loop.leaving, true)) return;
  process.set_state(WorkerState::kStopping);
  process.links.main.leave();
  process.links.gateways.leave();
  if (!process.links.main.is_open()) process.server.stop_listening();
}

// Without the query, which may hold what others should not see.
void describe_request(WorkerProcess& process) {
  const auto text = [&](std::string_view name) -> std::string_view {
    const char* value = find_param(process.job.connection->params(), name);
    return value != nullptr ? value : "";
  };
  const std::string_view target = text("REQUEST_URI");
  process.options.slot->job.set(text("LARAMAN_EVENTS").empty() ? text("REQUEST_METHOD") : "handshake",
                                target.substr(0, target.find('?')));
}

void describe_event(WorkerProcess& process) {
  const business::Event& event = process.links.event();
  std::string_view kind = "message of";
  if (event.kind == business::Event::Kind::kOpen) kind = "open of";
  if (event.kind == business::Event::Kind::kClose) kind = "close of";
  process.options.slot->job.set(kind, event.connection);
}

Phase take_request(WorkerProcess& process) {
  process.job.connection = process.server.take_request();
  if (process.job.connection == nullptr) return Phase::kIdle;
  process.links.main.flush();  // a request may take long: what events have given must not wait for it
  ++process.loop.requests;
  describe_request(process);
  process.set_state(WorkerState::kRequest);
  return Phase::kRequest;
}

// Of its own gateway and of the others by turns.
bool take_event_of_any(WorkerProcess& process) {
  for (int turn = 0; turn < 2; ++turn) {
    const bool of_gateways = process.links.gateways_were_last == (turn == 1);
    if (of_gateways ? !process.links.gateways.take_event() : !process.links.main.take_event()) continue;
    process.links.event_of_gateways = process.links.gateways_were_last = of_gateways;
    return true;
  }
  return false;
}

Phase take_event(WorkerProcess& process) {
  if (!take_event_of_any(process)) return Phase::kIdle;
  ++process.loop.events;
  describe_event(process);
  process.set_state(WorkerState::kEvent);
  return Phase::kEvent;
}

Phase take_callback(WorkerProcess& process) {
  if (process.loop.leaving) return Phase::kIdle;
  process.job.callback = process.watchers.take();
  if (process.job.callback.number == 0) return Phase::kIdle;
  process.links.main.flush();
  process.set_state(WorkerState::kCallback);
  return Phase::kCallback;
}

// Takes a job that is here already; requests, events and callbacks by turns. kIdle: there is none.
Phase take_job(WorkerProcess& process) {
  constexpr std::array kinds{Phase::kRequest, Phase::kEvent, Phase::kCallback};
  constexpr std::array<Phase (*)(WorkerProcess&), 3> takers{take_request, take_event, take_callback};
  const auto last =
      static_cast<std::size_t>(std::find(kinds.begin(), kinds.end(), process.loop.last_job) - kinds.begin());
  for (std::size_t i = 1; i <= kinds.size(); ++i) {
    const Phase job = takers[(last + i) % kinds.size()](process);
    if (job == Phase::kIdle) continue;
    process.loop.last_job = job;
    return job;
  }
  return Phase::kIdle;
}

// Memory that this process has to itself.
std::uint64_t own_memory() {
  static const UniqueFd statm(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  std::array<char, 128> text{};
  if (::pread(statm.get(), text.data(), text.size() - 1, 0) <= 0) return 0;
  unsigned long long resident = 0;
  unsigned long long shared = 0;
  if (std::sscanf(text.data(), "%*u %llu %llu", &resident, &shared) != 2 || resident < shared) return 0;
  return (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Asks the pool for a successor, once; this worker goes on until that is ready.
void look_at_age(WorkerProcess& process) {
  if (process.loop.recycle_asked || process.loop.leaving) return;
  const WorkerOptions& options = process.options;
  const char* why = nullptr;
  if (process.loop.worn_out) {
    why = "fatal error";
  } else if (options.limits.max_requests > 0 &&
             process.loop.requests + process.loop.events >= options.limits.max_requests) {
    why = "max-requests";
  } else if (options.limits.max_memory > 0 && own_memory() > options.limits.max_memory) {
    why = "max-memory";
  }
  if (why == nullptr) return;
  process.loop.recycle_asked = true;
  log::info("worker asks to be replaced slot={} reason=\"{}\" jobs={} memory={}", options.slot_number, why,
            process.loop.requests + process.loop.events, own_memory());
  tell_pool("recycle\n");
}

int earlier(int timeout, int other) { return timeout < 0 || (other >= 0 && other < timeout) ? other : timeout; }

// The pool's end of the line is closed, or TERM has come.
bool is_told_to_leave(short pool_events) { return term_received != 0 || (pool_events & (POLLIN | POLLHUP)) != 0; }

}  // namespace

WorkerProcess& worker() { return *current; }
WorkerProcess* find_worker() { return current; }

void close_connection_of_message(WorkerProcess& process, std::string_view why) {
  if (process.loop.phase != Phase::kEvent || process.links.event_of_gateways ||
      process.links.event().kind != business::Event::Kind::kMessage)
    return;
  const std::string& connection = process.links.event().connection;
  log::error("message not handled, its connection is closed slot={} connection={} path={} reason=\"{}\"",
             process.options.slot_number, connection, process.links.event().path, why);
  wire::netsvr::ForceOffline command;
  command.add_uniq_ids(connection);
  command.set_code(kInternalError);
  if (process.is_debugging) command.set_reason(std::string(utf8_prefix(why, kMaxCloseReason)));
  const auto id = static_cast<std::uint32_t>(wire::netsvr::Command::kForceOffline);
  if (!process.links.main.command(id, command.SerializeAsString())) {
    log::warning("connection not closed connection={} error=\"{}\"", connection, process.links.main.error());
  }
}

Phase wait_for_job() {
  WorkerProcess& process = worker();
  if (process.is_fork) ::_exit(EXIT_SUCCESS);
  finish_interrupted_job(process);
  if (!process.loop.announced) announce(process);
  process.loop.phase = Phase::kIdle;
  process.set_state(process.loop.leaving ? WorkerState::kStopping : WorkerState::kIdle);
  WorkerSlot& slot = *process.options.slot;
  slot.requests.store(process.loop.requests, std::memory_order_relaxed);
  slot.events.store(process.loop.events, std::memory_order_relaxed);
  slot.memory_bytes.store(zend_memory_usage(false), std::memory_order_relaxed);
  slot.streams.store(process.watchers.streams(), std::memory_order_relaxed);
  slot.timers.store(process.watchers.timers(), std::memory_order_relaxed);
  look_at_age(process);
  if (term_received != 0) start_leaving(process);

  while (true) {
    if (const Phase job = take_job(process); job != Phase::kIdle) return job;
    process.links.main.flush();
    process.links.gateways.flush();
    // Having left the gateways, a last look tells whether another client has sent a request meanwhile.
    const bool last_look = process.loop.leaving && process.links.main.has_left() && process.links.gateways.has_left();
    process.loop.fds.clear();
    process.loop.fds.push_back({wake_fd, POLLIN, 0});
    process.loop.fds.push_back({process.loop.leaving ? -1 : process.options.pool.get(), POLLIN, 0});
    process.loop.fds.push_back({process.links.main.fd(), POLLIN, 0});
    const std::size_t first_gateway = process.loop.fds.size();
    process.links.gateways.add_to(process.loop.fds);
    const std::size_t first_stream = process.loop.fds.size();
    if (!process.loop.leaving) process.watchers.add_to(process.loop.fds);
    const std::size_t first_request = process.loop.fds.size();
    process.server.add_to(process.loop.fds);
    int timeout = earlier(process.links.main.timeout_ms(), process.links.gateways.timeout_ms());
    if (!process.loop.leaving) timeout = earlier(timeout, process.watchers.timeout_ms());
    reap_tasks();
    if (!process.tasks.empty()) timeout = earlier(timeout, kReapPause);
    if (last_look) timeout = 0;
    const int ready = ::poll(process.loop.fds.data(), process.loop.fds.size(), timeout);
    if (ready < 0) continue;  // a signal
    if (ready == 0 && last_look) return Phase::kLeaving;
    std::uint64_t count = 0;
    if (process.loop.fds[0].revents != 0 && ::read(wake_fd, &count, sizeof count) < 0) log::debug("no wake-up");
    // First: the gateway of a server that stops is gone, which is no loss.
    if (is_told_to_leave(process.loop.fds[1].revents)) start_leaving(process);
    process.links.main.tend(process.loop.fds[2].revents != 0);
    const std::span<const pollfd> fds(process.loop.fds);
    process.links.gateways.tend(fds.subspan(first_gateway, first_stream - first_gateway));
    process.watchers.handle(fds.subspan(first_stream, first_request - first_stream));
    process.server.handle(fds.subspan(first_request));
  }
}

int run_worker(WorkerOptions options) {
  const auto process = std::make_unique<WorkerProcess>();
  current = process.get();
  process->options = std::move(options);
  handle_signals();
  ::pthread_atfork(nullptr, nullptr, become_fork);
  process->set_state(WorkerState::kBooting);
  auto server = FastCgiServer::listen(process->options.socket_path);
  if (!server.ok()) {
    tell_pool(server.error().message());
    return EXIT_FAILURE;
  }
  process->server = std::move(*server);
  process->links.main.configure(process->options.worker_socket, make_registration(process->options),
                                process->options.link);

  if (process->options.is_classic) {
    run_classic();
    process->server.remove_file();
    stop_php();
    return EXIT_SUCCESS;
  }
  std::string failure;
  Ended ended = run_script(failure);
  while (ended == Ended::kWithinJob) {
    process->set_state(WorkerState::kBooting);
    ended = run_script(failure);
  }
  wait_for_tasks();
  if (ended == Ended::kBootFailed) {
    log::debug("worker failed to boot slot={} reason=\"{}\"", process->options.slot_number, failure);
    tell_pool(describe_boot_failure(failure));
  }
  process->server.remove_file();
  stop_php();
  return ended == Ended::kLeft ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace laraman::php
