#include "php/job_line.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <ctime>

#include "base/escape.h"
#include "base/terminal.h"
#include "php/jobs.h"
#include "php/superglobals.h"
#include "php/worker.h"

namespace laraman::php {
namespace {

constexpr int kSwitchingProtocols = 101;

std::string_view param(const WorkerProcess& process, std::string_view name) {
  const char* value = find_param(process.job.connection->params(), name);
  return value != nullptr ? value : "";
}

terminal::Color color_of(int status) {
  if (status >= 500) return terminal::Color::kRed;
  if (status >= 400) return terminal::Color::kYellow;
  return status == 0 ? terminal::Color::kNone : terminal::Color::kGreen;
}

std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm when{};
  ::localtime_r(&seconds, &when);
  return fmt::format("{:%T}", when);
}

}  // namespace

std::string format_job_line(const JobLine& line, std::string_view time) {
  using terminal::Color;
  using terminal::paint;
  const double milliseconds = std::chrono::duration<double, std::milli>(line.duration).count();
  const std::string duration =
      milliseconds < 10'000 ? fmt::format("{:.1f} ms", milliseconds) : fmt::format("{:.1f} s", milliseconds / 1000);
  const std::string status = line.status == 0 ? "-" : std::to_string(line.status);
  return fmt::format("{}  {}  {:<33}  {}  {:>9}  {}", paint(time, Color::kGray),
                     paint(fmt::format("{:<7}", escape_controls(line.kind)), Color::kCyan), escape_controls(line.path),
                     paint(fmt::format("{:>3}", status), color_of(line.status)), duration,
                     paint(fmt::format("worker {}", line.worker), Color::kGray));
}

void print_job_line(const WorkerProcess& process) {
  if (!terminal::is_shown()) return;
  JobLine line;
  line.worker = process.options.slot_number;
  line.duration = Duration(monotonic_ns() - process.options.slot->state_since_ns.load(std::memory_order_relaxed));
  if (process.loop.phase == Phase::kRequest) {
    const std::string_view target = param(process, "REQUEST_URI");
    line.path = target.substr(0, target.find('?'));
    line.status = process.job.response.status();
    const bool is_handshake = !param(process, "LARAMAN_EVENTS").empty();
    line.kind = is_handshake ? "open" : param(process, "REQUEST_METHOD");
    if (is_handshake && line.status == 200) line.status = kSwitchingProtocols;  // that is what the client gets
  } else if (process.loop.phase == Phase::kEvent) {
    const business::Event& event = process.links.event();
    line.kind = event_type(event.kind);
    line.path = event.path.empty() ? event.connection : event.path;
  } else {
    return;
  }
  terminal::print(format_job_line(line, now()));
}

}  // namespace laraman::php
