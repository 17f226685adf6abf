#include "php/garbage.h"

#include "php/worker.h"

namespace laraman::php {
namespace {

constexpr std::uint32_t kManyRoots = 1'000;     // some three hundred requests; half a millisecond
constexpr std::uint32_t kMaxRoots = 1'000'000;  // of a job that is not over
constexpr std::size_t kPlentyOfMemory = 64 * 1024 * 1024;

int (*collect)() = nullptr;
zif_handler collect_function = nullptr;
bool asked_for = false;  // by the application

std::uint32_t roots() {
  zend_gc_status status;
  zend_gc_get_status(&status);
  return status.num_roots;
}

// PHP wants to collect. A job that has memory and roots left goes on: what it leaves is collected after it.
int collect_later() {
  const WorkerProcess* process = find_worker();
  if (process == nullptr || process->loop.phase == Phase::kBooting || process->loop.phase == Phase::kIdle ||
      asked_for) {
    return collect();
  }
  const std::size_t limit = PG(memory_limit) > 0 ? static_cast<std::size_t>(PG(memory_limit)) / 2 : kPlentyOfMemory;
  return zend_memory_usage(false) > limit || roots() > kMaxRoots ? collect() : 0;
}

ZEND_FUNCTION(gc_collect_cycles) {
  asked_for = true;
  collect_function(INTERNAL_FUNCTION_PARAM_PASSTHRU);
  asked_for = false;
}

}  // namespace

void defer_garbage_collection() {
  collect = gc_collect_cycles;
  gc_collect_cycles = collect_later;
  collect_function = wrap_function(CG(function_table), "gc_collect_cycles", ZEND_FN(gc_collect_cycles));
}

bool has_garbage() { return roots() >= kManyRoots; }

void collect_garbage() {
  collect();
  if (EG(exception) != nullptr) zend_exception_error(EG(exception), E_WARNING);  // of a destructor
}

}  // namespace laraman::php
