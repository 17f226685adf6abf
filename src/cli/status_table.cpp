#include "cli/status_table.h"

#include <fmt/core.h>

#include <utility>
#include <vector>

#include "cli/text_table.h"

namespace laraman::cli {
namespace {

const TextRow kHeading = {"PROCESS", "PID", "STATE", "SINCE", "REQUESTS", "EVENTS", "MEMORY", "CPU", "RESTARTS", "JOB"};
constexpr std::size_t kLeft[] = {0, 2, 9};

std::string number_text(const nlohmann::json& object, const char* key) {
  return object.contains(key) ? std::to_string(object.value(key, std::uint64_t{0})) : "";
}

// "worker 3", with what is special about it: "worker 3 (sockets, 1 stream, 2 timers)".
std::string name_of(const nlohmann::json& process) {
  const std::string role = process.value("role", "");
  if (!process.contains("slot")) return role;
  std::string notes;
  const auto add = [&notes](const std::string& note) { (notes += notes.empty() ? " (" : ", ") += note; };
  if (const std::string duty = process.value("duty", "all"); duty != "all") add(duty);
  for (const auto& [key, noun] : {std::pair{"streams", "stream"}, std::pair{"timers", "timer"}}) {
    const auto count = process.value(key, std::uint64_t{0});
    if (count > 0) add(fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s"));
  }
  return role + " " + number_text(process, "slot") + (notes.empty() ? "" : notes + ")");
}

std::string cpu_text(double seconds) { return seconds < 100 ? fmt::format("{:.1f} s", seconds) : age_text(seconds); }

TextRow row_of(const nlohmann::json& process) {
  return {name_of(process),
          number_text(process, "pid"),
          process.value("state", ""),
          age_text(process.value("since_seconds", 0.0)),
          number_text(process, "requests"),
          number_text(process, "events"),
          size_text(process.value("memory_bytes", std::uint64_t{0})),
          cpu_text(process.value("cpu_seconds", 0.0)),
          number_text(process, "restarts"),
          process.value("job", "")};
}

std::string counts_of(const nlohmann::json& loop) {
  return fmt::format("{} connections, {} messages in, {} out, {} HTTP requests", number_text(loop, "connections"),
                     number_text(loop, "messages_received"), number_text(loop, "messages_sent"),
                     number_text(loop, "http_requests"));
}

std::string gateway_lines(const nlohmann::json& loops) {
  nlohmann::json total{{"connections", 0}, {"messages_received", 0}, {"messages_sent", 0}, {"http_requests", 0}};
  std::string lines;
  for (const nlohmann::json& loop : loops) {
    for (auto& [key, sum] : total.items()) sum = sum.get<std::uint64_t>() + loop.value(key, std::uint64_t{0});
    lines += fmt::format("  loop {}: {}\n", number_text(loop, "loop"), counts_of(loop));
  }
  return "gateway: " + counts_of(total) + "\n" + (loops.size() > 1 ? lines : "");
}

}  // namespace

std::string status_table(const nlohmann::json& status) {
  const nlohmann::json server = status.value("server", nlohmann::json::object());
  std::string text =
      fmt::format("Laraman {}: {} on {}, {} for {}\n\n", server.value("version", ""), server.value("app", ""),
                  server.value("address", ""), server.value("state", ""), age_text(server.value("up_seconds", 0.0)));
  std::vector<TextRow> rows{kHeading};
  for (const nlohmann::json& process : status.value("processes", nlohmann::json::array())) {
    rows.push_back(row_of(process));
  }
  return text + text_table(rows, kLeft) + "\n" + gateway_lines(status.value("loops", nlohmann::json::array()));
}

}  // namespace laraman::cli
