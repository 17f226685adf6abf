#include "supervisor/status.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

namespace laraman::supervisor {
namespace {

// Bytes of physical memory that a process has; 0 if it is gone.
std::uint64_t resident_bytes(pid_t pid) {
  std::ifstream statm("/proc/" + std::to_string(pid) + "/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Processor time that a process has used; 0 if it is gone.
double cpu_seconds(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(stat, line);
  const std::size_t end_of_name = line.rfind(')');  // which may hold anything
  if (end_of_name == std::string::npos) return 0;
  std::istringstream fields(line.substr(end_of_name + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  fields >> user >> system;
  return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// A client has written it: only what may stand in JSON and in a terminal.
std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

}  // namespace

double seconds_since(TimePoint since, TimePoint now) {
  return std::round(std::max(0.0, std::chrono::duration<double>(now - since).count()) * 1000) / 1000;
}

nlohmann::json describe_process(const char* role, pid_t pid, const std::string& state, double since_seconds,
                                std::uint64_t restarts) {
  return {{"role", role},
          {"pid", pid},
          {"state", state},
          {"since_seconds", since_seconds},
          {"memory_bytes", resident_bytes(pid)},
          {"cpu_seconds", cpu_seconds(pid)},
          {"restarts", restarts}};
}

void describe_role(nlohmann::json& processes, const Role& role, TimePoint now) {
  for (const Role::Snapshot& snapshot : role.snapshots()) {
    processes.push_back(describe_process(role.name().c_str(), snapshot.pid, snapshot.state,
                                         seconds_since(snapshot.since, now), role.restarts()));
  }
}

void describe_workers(nlohmann::json& processes, const Scoreboard& scoreboard, TimePoint now) {
  for (std::uint32_t i = 0; i < scoreboard.worker_slots(); ++i) {
    const WorkerSlot& slot = scoreboard.worker(i);
    const WorkerState state = slot.state.load();
    if (state == WorkerState::kFree) continue;
    const TimePoint since{std::chrono::nanoseconds(slot.state_since_ns.load())};
    const bool has_job = state == WorkerState::kRequest || state == WorkerState::kEvent;
    processes.push_back({{"role", "worker"},
                         {"slot", i + 1},
                         {"pid", slot.pid.load()},
                         {"state", to_string(state)},
                         {"since_seconds", seconds_since(since, now)},
                         {"requests", slot.requests.load()},
                         {"events", slot.events.load()},
                         {"job", has_job ? printable(slot.job.get()) : ""},
                         {"memory_bytes", slot.memory_bytes.load()},
                         {"cpu_seconds", cpu_seconds(slot.pid.load())},
                         {"restarts", std::max<std::uint64_t>(slot.generation.load(), 1) - 1},
                         {"duty", to_string(slot.duty.load())},
                         {"streams", slot.streams.load()},
                         {"timers", slot.timers.load()},
                         {"learned", slot.learned.load()},
                         {"hiding", slot.hiding.load()},
                         {"hides", printable(slot.hides.get())}});
  }
}

nlohmann::json describe_loops(const Scoreboard& scoreboard) {
  nlohmann::json loops = nlohmann::json::array();
  for (std::uint32_t i = 0; i < scoreboard.loop_slots(); ++i) {
    const LoopSlot& slot = scoreboard.loop(i);
    loops.push_back({{"loop", i},
                     {"connections", slot.connections.load()},
                     {"messages_received", slot.messages_received.load()},
                     {"messages_sent", slot.messages_sent.load()},
                     {"http_requests", slot.http_requests.load()}});
  }
  return loops;
}

}  // namespace laraman::supervisor
