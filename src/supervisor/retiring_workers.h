// The workers that served before a reload, until none of them takes a job any more: only then does new code answer
// everything, and only then has the reload been carried out.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/scoreboard.h"

namespace laraman::supervisor {

class RetiringWorkers {
 public:
  // Notes the workers that there are now. The scoreboard outlives it.
  explicit RetiringWorkers(const Scoreboard& scoreboard);

  // Forgets those that have begun to leave or have gone; whether none is left.
  bool all_leave();

 private:
  const Scoreboard& scoreboard_;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> workers_;  // slot, generation
};

}  // namespace laraman::supervisor
