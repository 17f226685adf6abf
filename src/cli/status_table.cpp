#include "cli/status_table.h"

#include <fmt/core.h>

#include <array>
#include <utility>
#include <vector>

#include "cli/text_table.h"

namespace laraman::cli {
namespace {

const TextRow kHeading = {"PROCESS", "PID", "STATE", "SINCE", "REQUESTS", "EVENTS", "MEMORY", "CPU"};
constexpr std::size_t kLeft[] = {0, 2};

std::string number_text(const nlohmann::json& object, const char* key) {
  return object.contains(key) ? std::to_string(object.value(key, std::uint64_t{0})) : "";
}

std::string count_text_of(const nlohmann::json& object, const char* key) {
  return object.contains(key) ? count_text(object.value(key, std::uint64_t{0})) : "";
}

std::string name_of(const nlohmann::json& process) {
  const std::string role = process.value("role", "");
  return process.contains("slot") ? role + " " + number_text(process, "slot") : role;
}

// What is special about a process, and its job: "    sockets only, 2 timers: message of 7f00…". Empty if there is
// nothing.
std::string note_of(const nlohmann::json& process) {
  std::string notes;
  const auto add = [&notes](const std::string& note) { (notes += notes.empty() ? "" : ", ") += note; };
  if (const std::string duty = process.value("duty", "all"); duty != "all") add(duty + " only");
  for (const auto& [key, noun] :
       {std::pair{"streams", "stream"}, std::pair{"timers", "timer"}, std::pair{"restarts", "restart"}}) {
    const auto count = process.value(key, std::uint64_t{0});
    if (count > 0) add(fmt::format("{} {}{}", count_text(count), noun, count == 1 ? "" : "s"));
  }
  if (const std::string job = process.value("job", ""); !job.empty()) notes += (notes.empty() ? "" : ": ") + job;
  return notes.empty() ? "" : cut("    " + notes, kTerminalWidth) + "\n";
}

std::string cpu_text(double seconds) { return seconds < 100 ? fmt::format("{:.1f} s", seconds) : age_text(seconds); }

TextRow row_of(const nlohmann::json& process) {
  return {name_of(process),
          number_text(process, "pid"),
          process.value("state", ""),
          age_text(process.value("since_seconds", 0.0)),
          count_text_of(process, "requests"),
          count_text_of(process, "events"),
          size_text(process.value("memory_bytes", std::uint64_t{0})),
          cpu_text(process.value("cpu_seconds", 0.0))};
}

std::string gateway_table(const nlohmann::json& loops) {
  constexpr const char* kCounts[] = {"connections", "messages_received", "messages_sent", "http_requests"};
  std::vector<TextRow> rows{{"GATEWAY", "CONNECTIONS", "MESSAGES IN", "MESSAGES OUT", "HTTP REQUESTS"}};
  const auto add = [&rows, &kCounts](const std::string& name, const nlohmann::json& counts) {
    TextRow row{name};
    for (const char* count : kCounts) row.push_back(count_text_of(counts, count));
    rows.push_back(std::move(row));
  };
  nlohmann::json total;
  for (const char* count : kCounts) {
    std::uint64_t sum = 0;
    for (const nlohmann::json& loop : loops) sum += loop.value(count, std::uint64_t{0});
    total[count] = sum;
  }
  add("all", total);
  for (const nlohmann::json& loop : loops) {
    if (loops.size() > 1) add("loop " + number_text(loop, "loop"), loop);
  }
  return text_table(rows, std::array<std::size_t, 1>{0}, 0);
}

}  // namespace

std::string status_table(const nlohmann::json& status) {
  const nlohmann::json server = status.value("server", nlohmann::json::object());
  std::string text =
      fmt::format("Laraman {}, {} for {}\n  application  {}\n  address      {}\n\n", server.value("version", ""),
                  server.value("state", ""), age_text(server.value("up_seconds", 0.0)), server.value("app", ""),
                  server.value("address", ""));
  std::vector<TextRow> rows{kHeading};
  std::vector<std::string> notes{""};
  for (const nlohmann::json& process : status.value("processes", nlohmann::json::array())) {
    rows.push_back(row_of(process));
    notes.push_back(note_of(process));
  }
  return text + text_table(rows, kLeft, 0, notes) + "\n" +
         gateway_table(status.value("loops", nlohmann::json::array()));
}

}  // namespace laraman::cli
