// SignalFd: signals of this process as something to read (signalfd(2)).
#pragma once

#include <csignal>
#include <initializer_list>

#include "base/result.h"
#include "base/unique_fd.h"

namespace laraman {

class SignalFd {
 public:
  SignalFd() = default;  // not open
  // Blocks the signals in the calling thread and in those that it starts; next() gives them from now on. `before`, if
  // any, gets the thread's mask of before.
  static Result<SignalFd> open(std::initializer_list<int> signals, sigset_t* before = nullptr);

  // For poll() and epoll: readable while next() has a signal. -1: not open.
  int get() const { return fd_.get(); }
  // The number of a signal that has come; 0: there is none.
  int next();
  void close() { fd_.reset(); }

 private:
  UniqueFd fd_;
};

}  // namespace laraman
