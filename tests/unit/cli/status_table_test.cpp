#include "cli/status_table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace laraman::cli {
namespace {

TEST(StatusTable, HasALineForEachProcessAndTheGatewaysLoops) {
  const nlohmann::json status = nlohmann::json::parse(R"({
    "ok": true,
    "server": {"version": "0.1.0", "app": "/srv/app", "address": "http://127.0.0.1:8000", "pid": 1, "state": "running",
               "up_seconds": 300},
    "processes": [
      {"role": "supervisor", "pid": 1, "state": "running", "since_seconds": 300, "memory_bytes": 1048576, "restarts": 0,
       "cpu_seconds": 0.04},
      {"role": "gateway", "pid": 20, "state": "ready", "since_seconds": 61, "memory_bytes": 10485760, "restarts": 2,
       "cpu_seconds": 7230},
      {"role": "worker", "slot": 1, "pid": 300, "state": "request", "since_seconds": 0.2, "memory_bytes": 512,
       "requests": 1234, "events": 5, "restarts": 1, "cpu_seconds": 12.34, "job": "GET /rooms/7"}],
    "loops": [
      {"loop": 0, "connections": 1, "messages_received": 2, "messages_sent": 3, "http_requests": 4},
      {"loop": 1, "connections": 10, "messages_received": 20, "messages_sent": 30, "http_requests": 40}]})");
  EXPECT_EQ(status_table(status),
            "Laraman 0.1.0, running for 5 min\n"
            "  application  /srv/app\n"
            "  address      http://127.0.0.1:8000\n"
            "\n"
            "PROCESS     PID  STATE    SINCE  REQUESTS  EVENTS    MEMORY     CPU\n"
            "supervisor    1  running  5 min                     1.0 MiB   0.0 s\n"
            "gateway      20  ready     61 s                    10.0 MiB     2 h\n"
            "    2 restarts\n"
            "worker 1    300  request    0 s      1234       5     512 B  12.3 s\n"
            "    1 restart: GET /rooms/7\n"
            "\n"
            "GATEWAY  CONNECTIONS  MESSAGES IN  MESSAGES OUT  HTTP REQUESTS\n"
            "all               11           22            33             44\n"
            "loop 0             1            2             3              4\n"
            "loop 1            10           20            30             40\n");
}

TEST(StatusTable, SaysWhatIsSpecialAboutAWorker) {
  const std::string table = status_table(nlohmann::json::parse(R"({"processes": [
      {"role": "worker", "slot": 1, "duty": "all", "streams": 0, "timers": 0},
      {"role": "worker", "slot": 2, "duty": "sockets", "streams": 1, "timers": 2, "job": "message of 7f00"},
      {"role": "worker", "slot": 3, "duty": "all", "streams": 2, "timers": 0}]})"));
  EXPECT_NE(table.find("\n    sockets only, 1 stream, 2 timers: message of 7f00\nworker 3 "), std::string::npos);
  EXPECT_NE(table.find("\n    2 streams\n\n"), std::string::npos);
}

TEST(StatusTable, FitsATerminal) {
  nlohmann::json process{{"role", std::string(32, 'p') + " 64"},
                         {"pid", 4194304},
                         {"state", "starting"},
                         {"since_seconds", 7199},
                         {"requests", 123456789},
                         {"events", 9999999999},
                         {"memory_bytes", 1048575ULL << 10},
                         {"cpu_seconds", 7199},
                         {"restarts", 12345678},
                         {"job", "GET /" + std::string(110, 'x')}};
  const nlohmann::json loop{{"loop", 255},
                            {"connections", 1000000},
                            {"messages_received", 99999999999},
                            {"messages_sent", 99999999999},
                            {"http_requests", 99999999999}};
  std::istringstream lines(status_table({{"processes", {process}}, {"loops", {loop, loop}}}));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

TEST(StatusTable, CopesWithAnAnswerThatLacksThings) {
  EXPECT_NE(status_table(nlohmann::json::parse(R"({"processes":[{}],"loops":[{}]})")), "");
  EXPECT_NE(status_table(nlohmann::json::object()), "");
}

}  // namespace
}  // namespace laraman::cli
