// CPU time that the processes under load have used, read from /proc: user and system time of all their threads.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace laraman::bench {

// A role is a name for processes whose CPU time is added up: "php" for all workers of a pool.
using Roles = std::map<std::string, std::vector<int>>;
using CpuTimes = std::map<std::string, std::chrono::microseconds>;

// Reads `name=pid[,pid…]` into `roles`.
Result<void> add_role(Roles& roles, const std::string& text);

// What each role has used so far; kNotFound if one of its processes is gone.
Result<CpuTimes> cpu_times(const Roles& roles);

}  // namespace laraman::bench
