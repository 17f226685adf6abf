// What a process of the application prints, line by line to the log with the process's name before it.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/event_loop.h"

namespace laraman::supervisor {

class ProcessOutput final : private net::IoHandler {
 public:
  static Result<std::unique_ptr<ProcessOutput>> open(net::EventLoop& loop, std::string name);
  ProcessOutput(const ProcessOutput&) = delete;
  ProcessOutput& operator=(const ProcessOutput&) = delete;
  ~ProcessOutput();

  // Where the process is to write.
  int process_end() const { return writing_.get(); }
  // Takes what has been written so far.
  void drain();
  // The last of it, a few kilobytes at most.
  const std::string& last_words() const { return last_words_; }

 private:
  ProcessOutput(net::EventLoop& loop, std::string name) : loop_(loop), name_(std::move(name)) {}
  void on_io(std::uint32_t) override { drain(); }
  void print_lines();

  net::EventLoop& loop_;
  const std::string name_;
  UniqueFd reading_;
  UniqueFd writing_;
  std::string unfinished_;  // line
  std::string last_words_;
};

}  // namespace laraman::supervisor
