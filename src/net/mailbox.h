// Mailbox: how other threads hand things to an event loop. Bounded; many may send at once without a lock; what one
// thread sends arrives in its order.
#pragma once

#include <sys/eventfd.h>

#include <atomic>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "base/result.h"
#include "base/try.h"
#include "base/unique_fd.h"
#include "net/event_loop.h"

namespace laraman::net {

template <typename T>
class Mailbox final : private IoHandler {
 public:
  using Receiver = std::function<void(T)>;

  // `receive` is called on the thread of `loop`. `capacity` is rounded up to a power of two.
  static Result<std::unique_ptr<Mailbox>> open(EventLoop& loop, std::size_t capacity, Receiver receive) {
    UniqueFd wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!wake) return system_error("eventfd", "mailbox", errno);
    std::unique_ptr<Mailbox> mailbox(new Mailbox(loop, std::move(wake), std::bit_ceil(capacity), std::move(receive)));
    RETURN_IF_ERROR(loop.add(mailbox->wake_.get(), EPOLLIN, *mailbox));
    return mailbox;
  }

  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  // On the loop's thread, after the last send.
  ~Mailbox() { loop_.remove(wake_.get(), *this); }

  // Any thread. False, and `value` untouched, if the mailbox is full.
  [[nodiscard]] bool try_send(T& value) {
    // A bounded queue of cells with sequence numbers (after D. Vyukov): a cell whose number equals the ticket is free.
    std::size_t ticket = tail_.load(std::memory_order_relaxed);
    Cell* cell = nullptr;
    for (;;) {
      cell = &cells_[ticket & mask_];
      const std::size_t sequence = cell->sequence.load(std::memory_order_acquire);
      if (sequence == ticket) {
        if (tail_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_relaxed)) break;
      } else if (sequence < ticket) {
        return false;
      } else {
        ticket = tail_.load(std::memory_order_relaxed);
      }
    }
    cell->value = std::move(value);
    cell->sequence.store(ticket + 1, std::memory_order_release);
    if (!woken_.exchange(true, std::memory_order_acq_rel)) ::eventfd_write(wake_.get(), 1);
    return true;
  }

 private:
  struct Cell {
    std::atomic<std::size_t> sequence;
    T value;
  };

  Mailbox(EventLoop& loop, UniqueFd wake, std::size_t capacity, Receiver receive)
      : loop_(loop),
        wake_(std::move(wake)),
        receive_(std::move(receive)),
        cells_(std::make_unique<Cell[]>(capacity)),
        mask_(capacity - 1) {
    for (std::size_t i = 0; i < capacity; ++i) cells_[i].sequence.store(i, std::memory_order_relaxed);
  }

  void on_io(std::uint32_t) override {
    eventfd_t count = 0;
    ::eventfd_read(wake_.get(), &count);
    woken_.exchange(false, std::memory_order_acq_rel);
    // No more than one mailbox full a turn: the loop has sockets to look after too.
    for (std::size_t i = 0; i <= mask_; ++i) {
      Cell& cell = cells_[head_ & mask_];
      if (cell.sequence.load(std::memory_order_acquire) != head_ + 1) return;
      T value = std::move(cell.value);
      cell.value = T();
      cell.sequence.store(head_ + mask_ + 1, std::memory_order_release);
      ++head_;
      receive_(std::move(value));
    }
    if (!woken_.exchange(true, std::memory_order_acq_rel)) ::eventfd_write(wake_.get(), 1);
  }

  EventLoop& loop_;
  UniqueFd wake_;
  Receiver receive_;
  std::unique_ptr<Cell[]> cells_;
  std::size_t mask_;
  alignas(64) std::atomic<std::size_t> tail_{0};  // senders
  alignas(64) std::atomic<bool> woken_{false};
  alignas(64) std::size_t head_ = 0;  // the loop's thread
};

}  // namespace laraman::net
