// The PHP role (`laraman php`): starts PHP once, forks workers, and replaces those that end. It runs no PHP code
// itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace laraman::php {

struct PoolOptions {
  std::string app;            // base path of the application; empty: only `script` is known
  std::string script;         // what each worker runs; empty: <app>/vendor/laraman/laraman/bin/worker.php
  std::uint32_t workers = 0;  // 0: twice the number of cores
  std::string runtime_dir;    // empty: <app>/storage/framework/laraman, or where the script is
  // The gateway's worker port (a Unix socket, or host:port). Empty: <runtime_dir>/worker.sock, if there is one; else
  // the workers take requests only.
  std::string worker_socket;
  // Over TCP: what the gateway wants to hear first, and how often which heartbeat; 0 or empty: none.
  std::string secret{};
  std::chrono::nanoseconds heartbeat{};
  std::string heartbeat_text{};
  std::uint64_t max_requests = 0;                        // a worker leaves after so many requests; 0: never
  std::vector<std::pair<std::string, std::string>> ini;  // settings that win over php.ini
};

// Runs the pool until it is told to end (TERM: each worker finishes its job; INT or a second TERM: at once). Says
// "ready" or why it failed through LARAMAN_NOTIFY_FD. Returns the process's exit status.
int run_php_pool(const PoolOptions& options);

}  // namespace laraman::php
