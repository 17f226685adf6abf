// The developer's terminal's line for each job of a worker: when, what, how it went, how long it took, which worker.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace laraman::php {

struct WorkerProcess;

// What a line says of a job.
struct JobLine {
  std::string_view kind;  // "GET"; of a socket "open", "message", "close"
  std::string_view path;  // without the query
  int status = 0;         // of the answer; 0: there is none
  Duration duration{};
  unsigned worker = 0;
};

// "12:00:01  GET      /rooms/7                          200      3.2 ms  worker 1"; `time` is "12:00:01".
std::string format_job_line(const JobLine& line, std::string_view time);

// Prints the line of the job that ends, if there is a developer's terminal. Before its connection is given back.
void print_job_line(const WorkerProcess& process);

}  // namespace laraman::php
