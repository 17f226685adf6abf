// What the PHP role is started with. Needs nothing of PHP, so that programs without it can hold these options, too.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace laraman::php {

// How long a worker and its jobs may go on. A replaced worker works on until its successor is ready.
struct WorkerLimits {
  std::uint64_t max_requests = 0;                   // jobs after which it is replaced, or up to a tenth less; 0: never
  std::uint64_t max_memory = 0;                     // bytes of its own above which it is replaced; 0: never
  Duration max_time = std::chrono::seconds(60);     // that a job may last (time_limit.h); 0: for ever
  Duration abort_grace = std::chrono::seconds(10);  // that a job may go on writing after its client has gone
};

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
  WorkerLimits limits{};
  std::vector<std::pair<std::string, std::string>> ini;  // settings that win over php.ini
};

}  // namespace laraman::php
