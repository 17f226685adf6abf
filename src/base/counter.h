// Counter: a number that one thread changes and any may read. Adding costs no locked instruction.
#pragma once

#include <atomic>
#include <cstdint>

namespace laraman {

class Counter {
 public:
  // On the owner's thread only.
  void add(std::uint64_t n = 1) { value_.store(load() + n, std::memory_order_relaxed); }
  void subtract(std::uint64_t n = 1) { value_.store(load() - n, std::memory_order_relaxed); }
  void reset() { value_.store(0, std::memory_order_relaxed); }

  std::uint64_t load() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace laraman
