#include "supervisor/retiring_workers.h"

namespace laraman::supervisor {

RetiringWorkers::RetiringWorkers(const Scoreboard& scoreboard) : scoreboard_(scoreboard) {
  for (std::uint32_t i = 0; i < scoreboard.worker_slots(); ++i) {
    const WorkerSlot& slot = scoreboard.worker(i);
    if (slot.state.load() != WorkerState::kFree) workers_.emplace_back(i, slot.generation.load());
  }
}

bool RetiringWorkers::all_leave() {
  std::erase_if(workers_, [this](const auto& worker) {
    const WorkerSlot& slot = scoreboard_.worker(worker.first);
    const WorkerState state = slot.state.load();
    return state == WorkerState::kFree || state == WorkerState::kStopping || slot.generation.load() != worker.second;
  });
  return workers_.empty();
}

}  // namespace laraman::supervisor
