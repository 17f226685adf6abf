// One PHP worker process: PHP code that stays in memory and is handed one job after the other. A pool forks it after
// PHP has been started (sapi_module.h). Everything here runs in the process's one thread.
#pragma once

#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/scoreboard.h"
#include "base/unique_fd.h"
#include "php/baseline.h"
#include "php/classic.h"
#include "php/engine.h"
#include "php/event_link.h"
#include "php/fastcgi_server.h"
#include "php/gateways.h"
#include "php/pool_options.h"
#include "php/response.h"
#include "php/snapshot.h"
#include "php/task.h"
#include "php/watchers.h"

namespace laraman::php {

// What a worker gets from its pool.
struct WorkerOptions {
  std::string script;                  // the PHP script to run
  bool is_entry = false;               // it returns a callable, which entry.php calls
  bool is_classic = false;             // run again for each request (classic.h)
  std::string socket_path;             // where to take FastCGI requests
  std::string worker_socket;           // the gateway's worker port; empty: requests only
  business::MainSocket::Options link;  // to it
  std::uint32_t slot_number = 0;       // 1 + index of the scoreboard slot
  std::uint64_t generation = 0;        // of that slot
  WorkerSlot* slot = nullptr;
  const Scoreboard* scoreboard = nullptr;  // which the slot is in
  bool is_remote = false;  // the gateway is on another machine: it sees neither the scoreboard nor socket_path
  WorkerLimits limits;     // max_requests is its own share
  // To and from the pool. The worker writes "ready\n" once, or why it cannot be; then further lines: "recycle", it is
  // to be replaced; of a job whose time is up "late " and what it is, "stack " and where PHP is. It leaves when this
  // end is closed.
  UniqueFd pool;
};

// What the PHP code is doing. Between kBooting and the first job it has told the gateway and the pool that it is ready.
enum class Phase {
  kBooting,  // runs the script up to its call of serve()
  kIdle,     // waits for a job
  kRequest,
  kEvent,
  kCallback,  // of a stream or timer of the application
  kWarming,   // what becomes part of the state that is put back after each job
  kLeaving,   // there will be no more jobs
};

// How the process goes from job to job.
struct JobLoop {
  Phase phase = Phase::kBooting;
  bool in_transition = false;  // between two jobs: engine calls of our own are under way
  bool announced = false;      // the pool knows that this process is ready
  std::string boot_output;     // what the script printed while booting (its beginning), for the report of a failure
  std::uint64_t requests = 0;  // begun
  std::uint64_t events = 0;
  Phase last_job = Phase::kCallback;  // so that the three kinds take turns
  bool worn_out = false;              // a fatal error has ended a job
  bool recycle_asked = false;         // the pool has been told so, or of another reason
  bool leaving = false;               // takes no jobs but those that have been sent to it
  std::vector<pollfd> fds;            // what wait_for_job() waits for
};

// The job under way, mostly a request.
struct CurrentJob {
  FastCgiConnection* connection = nullptr;  // until END_REQUEST, also while the script is run again
  Response response;
  ClassicScript classic;                   // where all requests are classic
  std::optional<TimePoint> refused_since;  // the first output that a gone client refused
  bool throws_at_abort = false;            // what is written goes to the client alone: see begin_stream()
  bool prints_to_log = false;              // output is not for the client: see print_to_log()
  HashTable* respond_headers = nullptr;    // given to respond(), while the head is being built
  bool exited = false;                     // it has called exit
  bool event_interrupted = false;  // the script ended within an event, which is to be acknowledged when it runs again
  Watchers::Ready callback;        // of kCallback

  // From now on output of the request goes to the log, and sends no head before the answer.
  void print_to_log() {
    prints_to_log = true;
    PG(html_errors) = false;
    SG(request_info).no_headers = true;
  }
  void print_to_client() {
    if (!prints_to_log) return;
    prints_to_log = false;
    SG(request_info).no_headers = false;
  }
};

// Where events come from: the server's own gateway, and further ones.
struct Links {
  EventLink main;
  Gateways gateways;
  bool event_of_gateways = false;  // the event under way is of them, not of `main`
  bool gateways_were_last = false;

  const business::Event& event() const { return event_of_gateways ? gateways.event() : main.event(); }
  // The event under way is over.
  void finish_event() {
    if (event_of_gateways) return gateways.finish_event();
    main.finish_event();
    main.flush_batch();
  }
};

// PHP's state as it is put back after each job.
struct Isolation {
  Baseline baseline;
  bool warms = false;                                  // it has asked for a job in the state that is put back
  bool isolates = false;                               // the script wants PHP's state put back after each job
  std::vector<std::string> persistent;                 // but these properties
  std::vector<const zend_object*> persistent_objects;  // and these objects, by handle
  Snapshot snapshot;
  zval server_variables{};  // $_SERVER as it was when booting ended: the environment, and what the script put there
  HashTable* boot_shutdown_functions = nullptr;
};

// The process's whole state, in one place that no longjmp touches (engine.h). PHP calls functions of ours without any
// context, so they find it by worker().
struct WorkerProcess {
  WorkerOptions options;
  FastCgiServer server;
  JobLoop loop;
  CurrentJob job;
  Links links;
  Isolation isolation;
  Watchers watchers;
  std::vector<Task> tasks;    // children at work
  int task_depth = 0;         // a child of our own (task.h): 1; its child: 2
  bool is_fork = false;       // a child that the application has made: no worker
  bool drops_output = false;  // what is printed now has no reader
  bool is_debugging = false;  // clients hear why their message failed

  void set_state(WorkerState state) {
    options.slot->state_since_ns.store(monotonic_ns(), std::memory_order_relaxed);
    options.slot->state.store(state, std::memory_order_relaxed);
  }
};

// The process's worker; only in a worker process.
WorkerProcess& worker();
// The same, or null in the pool's own process.
WorkerProcess* find_worker();

// The life of a worker process, from the fork to its end; returns its exit status: 0 if it left because it was asked
// to, or had done its share.
int run_worker(WorkerOptions options);

// Handles the signals of a worker, and blocks none.
void set_signal_handlers();

// The script has ended while it handled a message: for the client the same as an uncaught exception. Nothing
// within other jobs.
void close_connection_of_message(WorkerProcess& process, std::string_view why);

// Waits for the next job. kRequest: worker().job.connection has a request. kEvent: worker().links has an event.
// kCallback: worker().job.callback is ready. kLeaving: there will be none. The first call tells the gateway and the
// pool that this worker is ready; if the gateway cannot be had then, the process ends.
Phase wait_for_job();

}  // namespace laraman::php
