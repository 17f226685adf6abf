// What `laraman status` tells: facts about a running server, gathered by its supervisor, as JSON.
//
//   server     version, app, address ("http://127.0.0.1:8000"), pid, state (starting, running, reloading, stopping),
//              up_seconds, daemon, task_socket, log_file (if there is one); with only pid, state and problem where
//              there is no control socket and the pid file alone tells that the server runs
//   processes  one object each: role ("supervisor", "gateway", "php", "worker"), pid, state, since_seconds,
//              memory_bytes (resident; of workers PHP's), cpu_seconds (used so far), restarts (of workers: processes
//              that had the slot before); of workers also slot, job ("GET /rooms/7", "message of 0a…"; empty without),
//              requests, events, duty ("all", "requests", "sockets"), the streams and timers of the application's own,
//              learned (things that jobs find made, since jobs before made them again and again), hiding (objects
//              whose state jobs do not get back) and hides (the first of those: "CurlHandle in App\Api::$handle")
//   loops      of the gateway: loop, connections, messages_received, messages_sent, http_requests
#pragma once

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/scoreboard.h"
#include "supervisor/role.h"

namespace laraman::supervisor {

// Seconds from `since` to `now`, rounded to milliseconds.
double seconds_since(TimePoint since, TimePoint now);

nlohmann::json describe_process(const char* role, pid_t pid, const std::string& state, double since_seconds,
                                std::uint64_t restarts);
// Appends each process of the role.
void describe_role(nlohmann::json& processes, const Role& role, TimePoint now);
// Appends each slot that a worker has.
void describe_workers(nlohmann::json& processes, const Scoreboard& scoreboard, TimePoint now);
nlohmann::json describe_loops(const Scoreboard& scoreboard);

}  // namespace laraman::supervisor
