#include "server/response_spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <utility>

#include "base/escape.h"
#include "base/log.h"
#include "server/unnamed_file.h"

namespace laraman::server {

// ---- what all share

bool ResponseSpools::reserve(std::uint64_t bytes) {
  if (bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limits_.total) return true;
  release(bytes);
  return false;
}

void ResponseSpools::add(const std::shared_ptr<Member>& member) {
  const std::lock_guard lock(mutex_);
  members_.insert(member);
}

void ResponseSpools::remove(const std::shared_ptr<Member>& member) {
  const std::lock_guard lock(mutex_);
  members_.erase(member);
  if (chosen_ == member) chosen_.reset();
}

std::shared_ptr<ResponseSpools::Member> ResponseSpools::choose_slowest(TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (chosen_) return nullptr;
  const auto rank = [now](const std::shared_ptr<Member>& member) {
    const double seconds = std::max(std::chrono::duration<double>(now - member->begun).count(), 1.0);
    return std::tuple(static_cast<double>(member->taken.load(std::memory_order_relaxed)) / seconds, member->begun);
  };
  const auto slowest = std::min_element(members_.begin(), members_.end(),
                                        [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  if (slowest == members_.end()) return nullptr;
  chosen_ = *slowest;
  given_up_.fetch_add(1, std::memory_order_relaxed);
  return chosen_;
}

void ResponseSpools::log_failure(const Error& error) {
  if (failure_logged_.exchange(true)) return;
  log::error("responses wait in memory only, and hold their workers error={} hint=\"body_dir\"",
             quote(error.message()));
}

// ---- one response

ResponseSpool::ResponseSpool(ResponseSpools& spools, gateway::Shard& shard, TimePoint begun,
                             std::function<void()> give_up)
    : spools_(spools), shard_(shard), member_(std::make_shared<ResponseSpools::Member>()) {
  member_->loop = shard.index();
  member_->begun = begun;
  member_->give_up = std::move(give_up);
}

ResponseSpool::~ResponseSpool() {
  member_->give_up = nullptr;
  spools_.release(held_);
  spools_.remove(member_);
}

bool ResponseSpool::append(std::string_view bytes) {
  if (rest_.empty()) bytes.remove_prefix(write(bytes));
  rest_.append(bytes);
  return rest_.empty();
}

bool ResponseSpool::has_room() {
  if (!rest_.empty()) rest_.erase(0, write(rest_));
  return rest_.empty();
}

// How many of them are in the file now.
std::size_t ResponseSpool::write(std::string_view bytes) {
  if (failed_ || held_ + bytes.size() > spools_.limits().response) return 0;
  if (!spools_.reserve(bytes.size())) {
    make_room();
    return 0;
  }
  std::size_t done = 0;
  if (!file_) {
    if (Result<UniqueFd> file = open_unnamed_file(spools_.limits().directory); file) {
      file_ = std::move(*file);
    } else {
      failed_ = true;
      spools_.log_failure(file.error());
    }
  }
  while (!failed_ && done < bytes.size()) {
    const ssize_t count =
        ::pwrite(file_.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(written_ + done));
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      failed_ = true;
      spools_.log_failure(system_error("write", spools_.limits().directory, errno));
    }
  }
  spools_.release(bytes.size() - done);
  if (held_ == 0 && done > 0) spools_.add(member_);
  written_ += done;
  held_ += done;
  return done;
}

void ResponseSpool::make_room() {
  const std::shared_ptr<ResponseSpools::Member> slowest = spools_.choose_slowest(shard_.loop().now());
  if (!slowest) return;
  shard_.post_later(slowest->loop, [slowest](gateway::Shard&) {
    const std::function<void()> give_up = slowest->give_up;  // it destroys the spool
    if (give_up) give_up();
  });
}

Result<std::string> ResponseSpool::take() {
  if (read_ == written_) return std::exchange(rest_, {});
  std::string bytes(std::min(written_ - read_, spools_.limits().memory), '\0');
  ssize_t got = 0;
  do {
    got = ::pread(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(read_));
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return system_error("read", spools_.limits().directory, got < 0 ? errno : EIO);
  bytes.resize(static_cast<std::size_t>(got));
  const auto begin = static_cast<off_t>(std::exchange(read_, read_ + bytes.size()));
  if (read_ == written_) {  // begins at the front again
    if (::ftruncate(file_.get(), 0) != 0) failed_ = true;
    spools_.release(std::exchange(held_, 0));
    spools_.remove(member_);
    read_ = written_ = 0;
  } else if (::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, begin, got) == 0) {
    held_ -= bytes.size();  // else, on a file system that cannot do that, they count until the file is empty
    spools_.release(bytes.size());
  }
  return bytes;
}

}  // namespace laraman::server
