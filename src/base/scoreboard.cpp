#include "base/scoreboard.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "base/clock.h"

namespace laraman {
namespace {

constexpr std::uint64_t kMagic = 0x4c4152414d414e34;  // "LARAMAN4": the layout's version is its last digit

constexpr std::uint64_t kTakenBack = 1ULL << 63;  // in WorkerSlot::begun, beside the sequence number

std::size_t block_size(std::uint32_t worker_slots, std::uint32_t loop_slots) {
  return 64 + worker_slots * sizeof(WorkerSlot) + loop_slots * sizeof(LoopSlot);
}

}  // namespace

struct alignas(64) Scoreboard::Header {
  std::uint64_t magic;
  std::uint32_t worker_slots;
  std::uint32_t loop_slots;
  Counter pool_pings;
};

std::string_view to_string(WorkerState state) {
  switch (state) {
    case WorkerState::kFree: return "free";
    case WorkerState::kBooting: return "booting";
    case WorkerState::kIdle: return "idle";
    case WorkerState::kRequest: return "request";
    case WorkerState::kEvent: return "event";
    case WorkerState::kCallback: return "callback";
    case WorkerState::kStopping: return "stopping";
  }
  return "unknown";
}

std::string_view to_string(WorkerDuty duty) {
  switch (duty) {
    case WorkerDuty::kAll: return "all";
    case WorkerDuty::kRequests: return "requests";
    case WorkerDuty::kSockets: return "sockets";
  }
  return "unknown";
}

void JobText::set(std::string_view first, std::string_view second) {
  std::array<char, kSize> text{};
  std::size_t size = first.copy(text.data(), kSize);
  if (size < kSize) text[size++] = ' ';
  size += second.copy(text.data() + size, kSize - size);
  const std::uint32_t version = version_.load(std::memory_order_relaxed);
  version_.store(version + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (std::size_t i = 0; i < words_.size(); ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i * kWord, kWord);
    words_[i].store(word, std::memory_order_relaxed);
    if (i * kWord > size) break;  // what is behind the first zero is not read
  }
  version_.store(version + 2, std::memory_order_release);
}

std::string JobText::get() const {
  std::array<char, kSize> text;
  const std::uint32_t version = version_.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const std::uint64_t word = words_[i].load(std::memory_order_relaxed);
    std::memcpy(text.data() + i * kWord, &word, kWord);
  }
  std::atomic_thread_fence(std::memory_order_acquire);
  if (version % 2 != 0 || version_.load(std::memory_order_relaxed) != version) return "";
  return {text.begin(), std::find(text.begin(), text.end(), '\0')};
}

bool WorkerRef::is_there() const {
  return slot != nullptr && slot->generation.load(std::memory_order_acquire) == generation;
}

bool WorkerRef::takes_jobs() const {
  if (!is_there()) return false;
  const WorkerState state = slot->state.load(std::memory_order_relaxed);
  return state != WorkerState::kFree && state != WorkerState::kBooting && state != WorkerState::kStopping;
}

void WorkerRef::note_jobs(bool under_way) const {
  if (!is_there()) return;
  if (!under_way) {
    slot->handed_ns.store(0, std::memory_order_relaxed);
  } else if (slot->handed_ns.load(std::memory_order_relaxed) == 0) {
    slot->handed_ns.store(monotonic_ns(), std::memory_order_relaxed);
  }
}

bool WorkerRef::is_overdue() const {
  return slot != nullptr && slot->overdue.load(std::memory_order_acquire) == generation;
}

bool WorkerRef::has_crashed() const {
  return slot != nullptr && slot->crashed.load(std::memory_order_acquire) == generation;
}

bool begin_event(WorkerSlot& slot, std::uint64_t sequence) {
  std::uint64_t begun = slot.begun.load(std::memory_order_relaxed);
  while ((begun & kTakenBack) == 0) {
    if (slot.begun.compare_exchange_weak(begun, sequence, std::memory_order_acq_rel)) return true;
  }
  return false;
}

void resume_events(WorkerSlot& slot, std::uint64_t through) { slot.begun.store(through, std::memory_order_release); }

std::uint64_t take_back_events(WorkerSlot& slot) {
  return slot.begun.fetch_or(kTakenBack, std::memory_order_acq_rel) & ~kTakenBack;
}

std::uint64_t last_begun_event(const WorkerSlot& slot) {
  return slot.begun.load(std::memory_order_acquire) & ~kTakenBack;
}

Scoreboard::Scoreboard(UniqueFd fd, void* memory, std::size_t size)
    : fd_(std::move(fd)), memory_(memory), size_(size) {}

Scoreboard::Scoreboard(Scoreboard&& other) noexcept
    : fd_(std::move(other.fd_)), memory_(std::exchange(other.memory_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Scoreboard& Scoreboard::operator=(Scoreboard&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(memory_, other.memory_);
  std::swap(size_, other.size_);
  return *this;
}

Scoreboard::~Scoreboard() {
  if (memory_ != nullptr) ::munmap(memory_, size_);
}

Result<Scoreboard> Scoreboard::create(std::uint32_t worker_slots, std::uint32_t loop_slots) {
  UniqueFd fd(::memfd_create("laraman-scoreboard", MFD_CLOEXEC));
  if (!fd) return system_error("memfd_create", "scoreboard", errno);
  const std::size_t size = block_size(worker_slots, loop_slots);
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return system_error("ftruncate", "scoreboard", errno);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return system_error("mmap", "scoreboard", errno);
  new (memory) Header{kMagic, worker_slots, loop_slots, {}};  // the slots are zero, which is a valid state of each
  return Scoreboard(std::move(fd), memory, size);
}

Result<Scoreboard> Scoreboard::open(UniqueFd fd) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return system_error("fstat", "scoreboard", errno);
  const auto size = static_cast<std::size_t>(status.st_size);
  const Error wrong{ErrorCode::kInvalid, "not a scoreboard of this version", "scoreboard", "restart the whole server"};
  if (size < sizeof(Header)) return wrong;
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return system_error("mmap", "scoreboard", errno);
  Scoreboard board(std::move(fd), memory, size);
  const Header& header = board.header();
  if (header.magic != kMagic || block_size(header.worker_slots, header.loop_slots) != size) return wrong;
  return board;
}

Scoreboard::Header& Scoreboard::header() const { return *static_cast<Header*>(memory_); }
std::uint32_t Scoreboard::worker_slots() const { return header().worker_slots; }
std::uint32_t Scoreboard::loop_slots() const { return header().loop_slots; }

Counter& Scoreboard::pool_pings() const { return header().pool_pings; }

WorkerSlot& Scoreboard::worker(std::uint32_t index) const {
  if (index >= worker_slots()) std::abort();
  auto* first = reinterpret_cast<WorkerSlot*>(static_cast<char*>(memory_) + sizeof(Header));
  return first[index];
}

LoopSlot& Scoreboard::loop(std::uint32_t index) const {
  if (index >= loop_slots()) std::abort();
  auto* first =
      reinterpret_cast<LoopSlot*>(static_cast<char*>(memory_) + sizeof(Header) + worker_slots() * sizeof(WorkerSlot));
  return first[index];
}

// That which has been free for longest: a reader of a dead worker's slot should not find its successor.
std::optional<std::uint32_t> Scoreboard::claim_worker(WorkerDuty duty) const {
  free_dead_workers();
  while (true) {
    std::optional<std::uint32_t> best;
    for (std::uint32_t i = 0; i < worker_slots(); ++i) {
      const bool is_free = worker(i).state.load() == WorkerState::kFree;
      if (is_free && (!best || worker(i).state_since_ns.load() < worker(*best).state_since_ns.load())) best = i;
    }
    if (!best) return std::nullopt;
    WorkerSlot& slot = worker(*best);
    WorkerState expected = WorkerState::kFree;
    if (!slot.state.compare_exchange_strong(expected, WorkerState::kBooting)) continue;  // another pool was faster
    slot.pid.store(0);
    slot.generation.fetch_add(1);
    slot.state_since_ns.store(monotonic_ns());
    for (auto* counter : {&slot.requests, &slot.events, &slot.memory_bytes, &slot.begun}) counter->store(0);
    for (auto* counter : {&slot.streams, &slot.timers, &slot.learned}) counter->store(0);
    for (auto* time : {&slot.deadline_ns, &slot.handed_ns}) time->store(0);
    slot.duty.store(duty);
    return best;
  }
}

void Scoreboard::free_worker(std::uint32_t index, std::int32_t pid) const {
  WorkerSlot& slot = worker(index);
  if (!slot.pid.compare_exchange_strong(pid, 0)) return;
  slot.state_since_ns.store(monotonic_ns());
  slot.state.store(WorkerState::kFree);
}

void Scoreboard::free_dead_workers() const {
  for (std::uint32_t i = 0; i < worker_slots(); ++i) {
    const std::int32_t pid = worker(i).pid.load();
    if (pid != 0 && ::kill(pid, 0) != 0 && errno == ESRCH) free_worker(i, pid);
  }
}

}  // namespace laraman
