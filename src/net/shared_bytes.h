// SharedBytes: immutable bytes that many sockets send without copying them. Any thread may hold a reference.
//
// The memory of small blocks is kept, a few for each thread, for the next bytes: passing messages on allocates nothing.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace laraman::net {

class SharedBytes {
 public:
  SharedBytes() = default;  // no bytes
  explicit SharedBytes(std::string_view bytes);
  // What `fill` appends to the empty string that it gets.
  template <typename Fill>
  static SharedBytes build(Fill&& fill) {
    SharedBytes made(take_block());
    fill(made.block_->bytes);
    return made;
  }

  SharedBytes(const SharedBytes& other) : block_(other.block_) {
    if (block_ != nullptr) block_->references.fetch_add(1, std::memory_order_relaxed);
  }
  SharedBytes(SharedBytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedBytes& operator=(SharedBytes other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~SharedBytes() {
    if (block_ == nullptr) return;
    // The only holder needs no locked instruction: no other thread can become a holder meanwhile.
    if (block_->references.load(std::memory_order_acquire) == 1 ||
        block_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      give_back(block_);
    }
  }

  explicit operator bool() const { return block_ != nullptr; }
  std::string_view view() const { return block_ == nullptr ? std::string_view() : std::string_view(block_->bytes); }
  std::size_t size() const { return view().size(); }
  bool empty() const { return view().empty(); }
  // How many hold these bytes; another thread may change it.
  std::uint32_t references() const {
    return block_ == nullptr ? 0 : block_->references.load(std::memory_order_relaxed);
  }

  // Other bytes that are made of these, once for each `key`, by the thread that asks first; `make` gets a string to
  // append to. They live as long as these. Not of no bytes.
  template <typename Make>
  const SharedBytes& derived(const void* key, Make&& make) const;

  friend bool operator==(const SharedBytes& a, std::string_view b) { return a.view() == b; }

 private:
  struct Derived;
  struct Block {
    std::string bytes;
    std::atomic<std::uint32_t> references{1};
    std::atomic<Derived*> derived{nullptr};  // a list, newest first
  };
  struct SpareBlocks;

  explicit SharedBytes(Block* block) : block_(block) {}
  static Block* take_block();
  static void give_back(Block* block);
  Derived& find_derived(const void* key) const;

  Block* block_ = nullptr;
};

struct SharedBytes::Derived {
  const void* key;
  Derived* next;
  std::once_flag once;
  SharedBytes bytes;
};

template <typename Make>
const SharedBytes& SharedBytes::derived(const void* key, Make&& make) const {
  Derived& entry = find_derived(key);
  std::call_once(entry.once, [&] { entry.bytes = build(std::forward<Make>(make)); });
  return entry.bytes;
}

}  // namespace laraman::net
