// The PHP role (`laraman php`): starts PHP once, forks workers, and replaces those that end. It runs no PHP code
// itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace laraman::php {

struct PoolOptions {
  std::string app;     // base path of the application; empty: only `script` is known
  std::string script;  // what each worker runs; empty: <app>/vendor/laraman/laraman/bin/worker.php
  // In place of `script`, without Laravel: a file that returns a callable, which is called for each request
  // (entry.php); or, if classic, one that is run again for each, as php-fpm would (classic.h).
  std::string entry{};
  bool classic = false;
  std::uint32_t workers = 0;         // 0: twice the number of cores
  std::uint32_t max_workers = 0;     // as many as that while all are busy; 0: no more than `workers`
  std::uint32_t socket_workers = 0;  // more, for events only; the others take requests only. 0: all take all
  std::string runtime_dir;           // empty: <app>/storage/framework/laraman, or where the script is
  // The gateway's worker port (a Unix socket, or host:port). Empty: <runtime_dir>/worker.sock, if there is one; else
  // the workers take requests only.
  std::string worker_socket;
  // Over TCP: what the gateway wants to hear first, and how often which heartbeat; 0 or empty: none.
  std::string secret{};
  Duration heartbeat{};
  std::string heartbeat_text{};
  // A worker is replaced after this number of jobs (a few less, so that not all go at once), or above this many bytes
  // of its own; 0: never. It works on until its successor is ready.
  std::uint64_t max_requests = 0;
  std::uint64_t max_memory = 0;
  Duration abort_grace = std::chrono::seconds(10);       // that a job may go on writing after its client has gone
  Duration max_time{};                                   // that a job may last (time_limit.h); 0: for ever
  std::vector<std::pair<std::string, std::string>> ini;  // settings that win over php.ini
};

// Runs the pool until it is told to end (TERM: each worker finishes its job; INT or a second TERM: at once). Says
// "ready" or why it failed through LARAMAN_NOTIFY_FD. Returns the process's exit status.
int run_php_pool(const PoolOptions& options);

}  // namespace laraman::php
