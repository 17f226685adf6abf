#include "net/shared_bytes.h"

#include <array>
#include <memory>

namespace laraman::net {
namespace {

constexpr std::size_t kMaxSpareBlocks = 64;   // of a thread
constexpr std::size_t kMaxSpareBytes = 4096;  // of one of them

}  // namespace

// The blocks that a thread has done with. Without a constructor, so that its use costs no check whether it is there.
struct SharedBytes::SpareBlocks {
  std::array<Block*, kMaxSpareBlocks> blocks;
  std::size_t count;
  bool gone;  // the thread ends

  static thread_local constinit SpareBlocks of_this_thread;

  // Frees them at the end of the thread.
  struct Cleaner {
    ~Cleaner() {
      SpareBlocks& spare = of_this_thread;
      spare.gone = true;
      while (spare.count > 0) delete spare.blocks[--spare.count];
    }
  };
};

thread_local constinit SharedBytes::SpareBlocks SharedBytes::SpareBlocks::of_this_thread{};

SharedBytes::SharedBytes(std::string_view bytes) : block_(take_block()) { block_->bytes.append(bytes); }

SharedBytes::Block* SharedBytes::take_block() {
  SpareBlocks& spare = SpareBlocks::of_this_thread;
  if (spare.count > 0) return spare.blocks[--spare.count];
  return new Block;
}

void SharedBytes::give_back(Block* block) {
  // The last holder: the other threads are done with the list.
  for (Derived* entry = block->derived.load(std::memory_order_acquire); entry != nullptr;) {
    const std::unique_ptr<Derived> owned(entry);
    entry = entry->next;
  }
  SpareBlocks& spare = SpareBlocks::of_this_thread;
  if (spare.gone || spare.count == kMaxSpareBlocks || block->bytes.capacity() > kMaxSpareBytes) {
    delete block;
    return;
  }
  thread_local const SpareBlocks::Cleaner cleaner;
  static_cast<void>(cleaner);
  block->bytes.clear();
  block->references.store(1, std::memory_order_relaxed);
  block->derived.store(nullptr, std::memory_order_relaxed);
  spare.blocks[spare.count++] = block;
}

SharedBytes::Derived& SharedBytes::find_derived(const void* key) const {
  Derived* const first = block_->derived.load(std::memory_order_acquire);
  for (Derived* entry = first; entry != nullptr; entry = entry->next) {
    if (entry->key == key) return *entry;
  }
  auto made = std::make_unique<Derived>();
  made->key = key;
  made->next = first;
  while (!block_->derived.compare_exchange_weak(made->next, made.get(), std::memory_order_acq_rel)) {
    for (Derived* entry = made->next; entry != nullptr; entry = entry->next) {
      if (entry->key == key) return *entry;  // another thread was first
    }
  }
  return *made.release();
}

}  // namespace laraman::net
