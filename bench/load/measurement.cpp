#include "load/measurement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace laraman::bench {
namespace {

constexpr std::array<std::pair<const char*, double>, 4> kPercentiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}}};

double microseconds(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

}  // namespace

Result<void> Measurement::begin() {
  Result<CpuTimes> cpu = cpu_times(roles_);
  if (!cpu) return cpu.error();
  cpu_ = *std::move(cpu);
  running_ = true;
  began_ = monotonic_now();
  return {};
}

Result<void> Measurement::end() {
  running_ = false;
  ended_ = monotonic_now();
  const Result<CpuTimes> cpu = cpu_times(roles_);
  if (!cpu) return cpu.error();
  for (auto& [role, used] : cpu_) used = cpu->at(role) - used;
  return {};
}

std::string Measurement::as_text() const {
  std::string text = fmt::format("{} messages in {:.2f} s: {:.0f} a second\nlatency in µs:", latencies_.count(),
                                 seconds(), static_cast<double>(latencies_.count()) / seconds());
  for (const auto& [name, share] : kPercentiles) {
    text += fmt::format("  {} {:.0f}", name, microseconds(latencies_.percentile(share)));
  }
  text += fmt::format("  max {:.0f}\n", microseconds(latencies_.max()));
  for (const auto& [role, used] : cpu_)
    text += fmt::format("cpu of {}: {:.2f} µs a message\n", role, per_message(used));
  for (const auto& [name, value] : notes_) text += fmt::format("{}: {:.0f}\n", name, value);
  if (!faultless()) text += fmt::format("FAULTY: {} wrong or out of order, {} lost\n", wrong_, lost_);
  return text;
}

std::string Measurement::as_json() const {
  nlohmann::json json{{"messages", latencies_.count()},
                      {"seconds", seconds()},
                      {"per_second", static_cast<double>(latencies_.count()) / seconds()},
                      {"wrong", wrong_},
                      {"lost", lost_},
                      {"latency_us", {{"max", microseconds(latencies_.max())}}},
                      {"cpu_us_per_message", nlohmann::json::object()},
                      {"notes", notes_}};
  for (const auto& [name, share] : kPercentiles) {
    json["latency_us"][name] = microseconds(latencies_.percentile(share));
  }
  for (const auto& [role, used] : cpu_) json["cpu_us_per_message"][role] = per_message(used);
  return json.dump() + "\n";
}

double Measurement::seconds() const { return std::chrono::duration<double>(ended_ - began_).count(); }

double Measurement::per_message(std::chrono::microseconds cpu) const {
  return static_cast<double>(cpu.count()) / static_cast<double>(std::max<std::uint64_t>(latencies_.count(), 1));
}

}  // namespace laraman::bench
