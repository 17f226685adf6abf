// A real PHP pool in a process of its own, for tests.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "php/pool.h"
#include "temporary_directory.h"

namespace laraman::php::test {

class PoolProcess {
 public:
  // Starts a pool that runs `script` (a name in scripts/) in a runtime directory of its own, and waits until it says
  // how that went. `options` sets the rest. `meanwhile` is called while it boots.
  explicit PoolProcess(const std::string& script, PoolOptions options = {},
                       const std::function<void()>& meanwhile = {});
  ~PoolProcess();
  PoolProcess(const PoolProcess&) = delete;
  PoolProcess& operator=(const PoolProcess&) = delete;

  // "ready\n", "failed …\n", or empty if it died without a word.
  const std::string& notice() const { return notice_; }
  pid_t pid() const { return pid_; }
  const std::string& directory() const { return directory_.path(); }
  // FastCGI sockets of the workers that there are now.
  std::vector<std::string> sockets() const;
  // The first of them; empty while there is none.
  std::string socket() const;
  // There is one worker, and its socket is not `first`.
  bool replaced(const std::string& first) const;
  // What the script has written with Marker::write(), waiting for it up to ten seconds if there is nothing.
  std::string marker() const;
  // What the pool and its workers have logged.
  std::string log() const;
  void signal(int number) const;
  // Waits for the end: the exit status, -1 if it was killed or does not end within ten seconds.
  int wait();

 private:
  TemporaryDirectory directory_;
  std::string notice_;
  pid_t pid_ = 0;
};

}  // namespace laraman::php::test
