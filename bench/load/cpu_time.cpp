#include "load/cpu_time.h"

#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>

namespace laraman::bench {
namespace {

// Fields 14 and 15 of /proc/PID/stat (see proc(5)), counted after the command name, which may hold spaces.
Result<std::chrono::microseconds> cpu_time_of(int pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return Error{ErrorCode::kNotFound, "the process is gone", path, ""};
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return std::chrono::microseconds((user + system) * (1'000'000 / ::sysconf(_SC_CLK_TCK)));
}

}  // namespace

Result<void> add_role(Roles& roles, const std::string& text) {
  const Error malformed{ErrorCode::kInvalid, "is not name=pid[,pid…]", text, ""};
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return malformed;
  std::istringstream pids(text.substr(equals + 1));
  std::vector<int>& role = roles[text.substr(0, equals)];
  for (std::string pid; std::getline(pids, pid, ',');) {
    int number = 0;
    const auto [end, code] = std::from_chars(pid.data(), pid.data() + pid.size(), number);
    if (code != std::errc() || end != pid.data() + pid.size()) return malformed;
    role.push_back(number);
  }
  if (role.empty()) return malformed;
  return {};
}

Result<CpuTimes> cpu_times(const Roles& roles) {
  CpuTimes times;
  for (const auto& [name, pids] : roles) {
    for (const int pid : pids) {
      const Result<std::chrono::microseconds> time = cpu_time_of(pid);
      if (!time) return time.error();
      times[name] += *time;
    }
  }
  return times;
}

}  // namespace laraman::bench
