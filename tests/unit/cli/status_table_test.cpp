#include "cli/status_table.h"

#include <gtest/gtest.h>

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
            "Laraman 0.1.0: /srv/app on http://127.0.0.1:8000, running for 5 min\n"
            "\n"
            "PROCESS     PID  STATE    SINCE  REQUESTS  EVENTS    MEMORY     CPU  RESTARTS  JOB\n"
            "supervisor    1  running  5 min                     1.0 MiB   0.0 s         0\n"
            "gateway      20  ready     61 s                    10.0 MiB     2 h         2\n"
            "worker 1    300  request    0 s      1234       5     512 B  12.3 s         1  GET /rooms/7\n"
            "\n"
            "gateway: 11 connections, 22 messages in, 33 out, 44 HTTP requests\n"
            "  loop 0: 1 connections, 2 messages in, 3 out, 4 HTTP requests\n"
            "  loop 1: 10 connections, 20 messages in, 30 out, 40 HTTP requests\n");
}

TEST(StatusTable, SaysWhatIsSpecialAboutAWorker) {
  const std::string table = status_table(nlohmann::json::parse(R"({"processes": [
      {"role": "worker", "slot": 1, "duty": "all", "streams": 0, "timers": 0},
      {"role": "worker", "slot": 2, "duty": "sockets", "streams": 1, "timers": 2},
      {"role": "worker", "slot": 3, "duty": "all", "streams": 2, "timers": 0}]})"));
  EXPECT_NE(table.find("\nworker 1     "), std::string::npos);
  EXPECT_NE(table.find("\nworker 2 (sockets, 1 stream, 2 timers) "), std::string::npos);
  EXPECT_NE(table.find("\nworker 3 (2 streams) "), std::string::npos);
}

TEST(StatusTable, CopesWithAnAnswerThatLacksThings) {
  EXPECT_NE(status_table(nlohmann::json::parse(R"({"processes":[{}],"loops":[{}]})")), "");
  EXPECT_NE(status_table(nlohmann::json::object()), "");
}

}  // namespace
}  // namespace laraman::cli
