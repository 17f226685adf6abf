// ResponseSpool: the part of an application's response that its client has not taken yet, in a temporary file, so that
// a slow client holds neither memory nor a PHP worker.
//
// A spool is for its loop's thread only. What all spools of the process share (ResponseSpools) is for any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "gateway/shard.h"

namespace laraman::server {

struct SpoolLimits {
  std::uint64_t memory = 64 * 1024;     // bytes of a response that wait in memory; what is above goes to its file
  std::uint64_t response = 1ULL << 30;  // bytes of its file; above it its worker waits
  std::uint64_t total = 4ULL << 30;     // bytes of all files; above it workers wait, and the slowest client has to go
  std::string directory = std::string("/tmp");  // of the files
};

class ResponseSpools {
 public:
  explicit ResponseSpools(SpoolLimits limits = {}) : limits_(std::move(limits)) {}

  const SpoolLimits& limits() const { return limits_; }
  // In files now.
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  // Responses that were given up since their clients were the slowest ones while the files were full.
  std::uint64_t given_up() const { return given_up_.load(std::memory_order_relaxed); }

  // ---- for ResponseSpool
  struct Member {
    std::uint8_t loop = 0;
    TimePoint begun;
    std::atomic<std::uint64_t> taken{0};  // bytes, by the client
    std::function<void()> give_up;        // of its loop's thread; empty once the spool is gone
  };

  // Takes room in the files. False: they are full.
  bool reserve(std::uint64_t bytes);
  void release(std::uint64_t bytes) { bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  void add(const std::shared_ptr<Member>& member);
  void remove(const std::shared_ptr<Member>& member);
  // The one whose client has taken the fewest bytes a second; null while another that was chosen is not gone yet.
  std::shared_ptr<Member> choose_slowest(TimePoint now);
  void log_failure(const Error& error);

 private:
  const SpoolLimits limits_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> given_up_{0};
  std::atomic<bool> failure_logged_{false};
  std::mutex mutex_;
  std::set<std::shared_ptr<Member>> members_;  // that have bytes in files
  std::shared_ptr<Member> chosen_;
};

class ResponseSpool {
 public:
  // `give_up` is called at most once, from a later turn: the response has to go. `begun`: when the response began.
  ResponseSpool(ResponseSpools& spools, gateway::Shard& shard, TimePoint begun, std::function<void()> give_up);
  ResponseSpool(const ResponseSpool&) = delete;
  ResponseSpool& operator=(const ResponseSpool&) = delete;
  ~ResponseSpool();

  bool empty() const { return read_ == written_ && rest_.empty(); }
  // Keeps `bytes` behind what is there. False: a bound is reached, or the file cannot be written; their producer
  // is to wait until the spool is empty, or has_room(). The bytes are kept in memory then.
  bool append(std::string_view bytes);
  // True once all is in the file that append() had no room for.
  bool has_room();
  // The next bytes, at most SpoolLimits::memory, or what append() kept in memory.
  Result<std::string> take();
  // Bytes of the response that the client has taken by now.
  void set_taken(std::uint64_t bytes) { member_->taken.store(bytes, std::memory_order_relaxed); }

 private:
  std::size_t write(std::string_view bytes);
  void make_room();

  ResponseSpools& spools_;
  gateway::Shard& shard_;
  std::shared_ptr<ResponseSpools::Member> member_;
  UniqueFd file_;
  std::uint64_t written_ = 0;  // bytes of the file
  std::uint64_t read_ = 0;
  std::uint64_t held_ = 0;  // bytes of it that take room
  std::string rest_;        // behind the file
  bool failed_ = false;     // the file cannot be written
};

}  // namespace laraman::server
