// ws_load: puts WebSocket (or plain TCP) load on a server and checks every answer. `ws_load --help` lists what it can
// do.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "load/loads.h"
#include "load/message_pattern.h"

namespace {

using namespace laraman;
using namespace laraman::bench;

Duration to_duration(double seconds) { return Duration(static_cast<Duration::rep>(seconds * 1e9)); }

int complain(const Error& error) {
  std::fprintf(stderr, "ws_load: %s\n", error.message().c_str());
  return 1;
}

int report(const Result<Measurement>& result, bool json) {
  if (!result) return complain(result.error());
  std::fputs((json ? result->as_json() : result->as_text()).c_str(), stdout);
  return result->faultless() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("WebSocket load generator. One thread; latency in microseconds; exit code 1 if any answer was wrong.");
  app.require_subcommand(1);
  app.fallthrough();  // options may stand after the subcommand
  LoadOptions options;
  options.target.message_size = 20;
  double warm_up = 1;
  double duration = 5;
  bool json = false;
  std::vector<std::string> roles;
  app.add_option("--host", options.target.host, "IPv4 address of the server")->capture_default_str();
  app.add_option("--port", options.target.port, "Its port")->required();
  app.add_option("--path", options.target.path, "Path of the handshake")->capture_default_str();
  app.add_option("--header", options.target.headers, "Header line of the handshake, as \"Name: value\"; repeatable");
  app.add_option("--connections", options.connections, "How many connections")->capture_default_str();
  app.add_option("--size", options.target.message_size, "Bytes of payload")
      ->check(CLI::Range(MessagePattern::kSmallest, std::size_t{16} << 20))
      ->capture_default_str();
  app.add_option("--outstanding", options.outstanding, "Messages under way: a connection's (echo), in all (fan-out)")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--rate", options.rate, "Open loop: messages a second in all, sent whether or not answers come");
  app.add_option("--channels", options.channels, "How many channels the connections are in (channels)")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--task", options.task_address,
                 "The gateway's task port, unix:/path or host:port (channels; idle: gives each connection a user, a "
                 "session of 100 bytes and a channel)");
  app.add_option("--warm-up", warm_up, "Seconds that are not measured")->capture_default_str();
  app.add_option("--duration", duration, "Seconds that are measured, or held")->capture_default_str();
  app.add_option("--cpu-of", roles, "name=pid[,pid…]: also report these processes' CPU time; repeatable");
  app.add_flag("--tcp", options.target.tcp, "No WebSocket: plain TCP, as echo_bound speaks");
  app.add_flag("--binary", options.target.binary, "Binary frames instead of text");
  app.add_flag("--json", json, "One line of JSON instead of text");
  const CLI::App* echo = app.add_subcommand("echo", "Send, and await the same back");
  const CLI::App* fan_out = app.add_subcommand("fan-out", "One publishes, all receive");
  const CLI::App* channels = app.add_subcommand("channels", "A business publishes to channels, their members receive");
  const CLI::App* idle = app.add_subcommand("idle", "Open and hold, until the duration or standard input ends");
  CLI11_PARSE(app, argc, argv);

  options.warm_up = to_duration(warm_up);
  options.duration = to_duration(duration);
  for (const std::string& role : roles) {
    const Result<void> added = add_role(options.roles, role);
    if (!added) return complain(added.error());
  }
  if (*echo) return report(run_echo_load(options), json);
  if (*fan_out) return report(run_fan_out_load(options), json);
  if (*channels) return report(run_channels_load(options), json);
  if (*idle) {
    const Result<void> held = run_idle_load(options);
    if (!held) return complain(held.error());
  }
  return 0;
}
