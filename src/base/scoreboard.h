// The scoreboard: one block of shared memory with a slot for each PHP worker and each event loop. It is the only state
// that Laraman's processes share. The supervisor makes it and hands its descriptor to every role; a worker writes its
// own slot, an event loop its own, all processes read. Each field is an atomic of its own: a reader may see two fields
// of different moments, never half a value.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/counter.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace laraman {

enum class WorkerState : std::uint32_t {
  kFree,      // no process has the slot
  kBooting,   // the process runs, PHP code is still loading
  kIdle,      // waits for a job
  kRequest,   // handles an HTTP request (a handshake too)
  kEvent,     // handles an event of a connection
  kCallback,  // runs a callback of its own streams and timers
  kStopping,  // takes no more jobs, finishes what it has
};
std::string_view to_string(WorkerState state);

// Which jobs a worker takes.
enum class WorkerDuty : std::uint32_t { kAll, kRequests, kSockets };
std::string_view to_string(WorkerDuty duty);

// What a worker does, in a few words: "GET /rooms/7". It writes them when it begins a job, others read at any time.
class JobText {
 public:
  static constexpr std::size_t kSize = 120;  // the rest is cut off

  // Worker: these words, with spaces between.
  void set(std::string_view first, std::string_view second);
  // Others: what was set last. Empty while it is being changed.
  std::string get() const;

 private:
  static constexpr std::size_t kWord = sizeof(std::uint64_t);

  std::atomic<std::uint32_t> version_;  // odd while it is being written
  std::array<std::atomic<std::uint64_t>, kSize / kWord> words_;
};

// One worker process: see Scoreboard::claim_worker().
struct alignas(64) WorkerSlot {
  std::atomic<std::int32_t> pid;
  std::atomic<WorkerState> state;
  std::atomic<std::uint64_t> generation;  // process number of this slot, from 1; tells a dead worker from its successor
  std::atomic<std::int64_t> state_since_ns;  // monotonic_ns() at which `state` was entered
  std::atomic<std::uint64_t> requests;       // HTTP requests finished
  std::atomic<std::uint64_t> events;         // events finished
  std::atomic<std::uint64_t> memory_bytes;   // PHP memory in use after the last job
  std::atomic<std::int64_t> deadline_ns;     // monotonic_ns() until which its job may last; 0: no job; kNoDeadline
  std::atomic<std::int64_t> handed_ns;       // by the gateway: since when jobs of its are under way here; 0: none are
  std::atomic<std::uint64_t> overdue;        // by the pool: the generation that it ends since its time is over
  std::atomic<std::uint64_t> crashed;  // by the worker, in a signal handler: its generation, as it dies of a fault
  std::atomic<WorkerDuty> duty;
  std::atomic<std::uint32_t> streams;  // of its own that it waits for
  std::atomic<std::uint32_t> timers;   // of its own
  // The last event that the worker has begun, and whether those after it were taken back: see the functions below.
  std::atomic<std::uint64_t> begun;
  JobText job;  // of the states kRequest and kEvent
  // Objects whose state jobs do not get back (php/hidden_state.h): how many, and the first of them.
  std::atomic<std::uint32_t> hiding;
  JobText hides;
  std::atomic<std::uint32_t> learned;  // things that jobs find made, since jobs before made them again and again
};

// WorkerSlot::deadline_ns of a job without a limit of time.
inline constexpr std::int64_t kNoDeadline = std::numeric_limits<std::int64_t>::max();

// One worker process as others know it: its slot may have a successor by now, which is left alone.
struct WorkerRef {
  WorkerSlot* slot = nullptr;  // null: not a process of this machine
  std::uint64_t generation = 0;

  bool is_there() const;
  // It is there, has booted and is not about to end.
  bool takes_jobs() const;
  // Gateway: has it jobs under way there? The pool ends a worker that begins none of them in time.
  void note_jobs(bool under_way) const;
  // The pool ends the process, or has ended it, since its time was over.
  bool is_overdue() const;
  // It died of a fault of its own (a segmentation fault, an abort), not of a signal from outside.
  bool has_crashed() const;
};

// Events are handed to a worker ahead of time, several at once. Which of them it has begun decides what happens when it
// dies (begun: reported; not begun: to another worker) or when one takes too long (what is behind it goes to another).
// Both sides agree on that through `begun`, atomically: an event is begun by the worker or taken back by the gateway,
// never both. Events are numbered from 1 on each link; 0 is before the first.

// Worker: begins the event of that number. False: the gateway has taken it and all after it back; a notice about that
// is on its way on the link, and resume_events() follows from it.
bool begin_event(WorkerSlot& slot, std::uint64_t sequence);
// Worker: after the gateway's notice that all up to `through` were taken back.
void resume_events(WorkerSlot& slot, std::uint64_t through);
// Gateway: keeps the worker from beginning any further event. Returns the last that it has begun.
std::uint64_t take_back_events(WorkerSlot& slot);
// Gateway: the last event begun.
std::uint64_t last_begun_event(const WorkerSlot& slot);

// One event loop of the gateway.
struct alignas(64) LoopSlot {
  Counter connections;        // WebSocket connections open now
  Counter messages_received;  // from clients
  Counter messages_sent;      // to clients
  Counter http_requests;      // answered, static files included
  Counter pings;              // of the supervisor, answered
};

class Scoreboard {
 public:
  Scoreboard() = default;
  Scoreboard(Scoreboard&& other) noexcept;
  Scoreboard& operator=(Scoreboard&& other) noexcept;
  ~Scoreboard();

  // A new block, all slots zero. `worker_slots` should leave room for a reload (two pools at once).
  static Result<Scoreboard> create(std::uint32_t worker_slots, std::uint32_t loop_slots);
  // The block behind `fd`, as the supervisor made it; takes the descriptor.
  static Result<Scoreboard> open(UniqueFd fd);

  // The descriptor to hand down; the Scoreboard keeps owning it.
  int fd() const { return fd_.get(); }
  std::uint32_t worker_slots() const;
  std::uint32_t loop_slots() const;
  WorkerSlot& worker(std::uint32_t index) const;  // index < worker_slots()
  LoopSlot& loop(std::uint32_t index) const;      // index < loop_slots()
  Counter& pool_pings() const;                    // of the supervisor, answered by the PHP pool that serves

  // For the worker processes of any pool. Atomic among all processes that have the block.
  // A slot, cleared, in state kBooting; nothing if all are taken. The caller that starts the process then sets its pid.
  std::optional<std::uint32_t> claim_worker(WorkerDuty duty) const;
  // Frees the slot if it is still that of `pid` (0: claimed, and no process has come of it).
  void free_worker(std::uint32_t index, std::int32_t pid) const;
  // Frees what processes hold that are gone: a pool that was killed could not do it.
  void free_dead_workers() const;

 private:
  struct Header;
  Scoreboard(UniqueFd fd, void* memory, std::size_t size);
  Header& header() const;

  UniqueFd fd_;
  void* memory_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace laraman
