#include "business/registration_state.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <utility>

namespace laraman::business {
namespace {

constexpr std::size_t kMaxOutboxBytes = 4 << 20;  // above it, handlers wait for the link's thread

}  // namespace

RegistrationState::RegistrationState(std::size_t gateway, std::string address, int wake, bool acknowledges)
    : gateway_(gateway), address_(std::move(address)), wake_(wake), acknowledges_(acknowledges) {}

void RegistrationState::wake_link() const { ::eventfd_write(wake_, 1); }

bool RegistrationState::alive() const {
  const std::lock_guard lock(mutex_);
  return !error_;
}

// Under the mutex.
void RegistrationState::put(std::string frames, Question* question) {
  outbox_bytes_ += frames.size();
  if (outbox_.empty() || outbox_.back().question != nullptr) {
    outbox_.push_back({std::move(frames), question});
  } else {
    outbox_.back().frames += frames;
    outbox_.back().question = question;
  }
}

Result<void> RegistrationState::give(std::string frames) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return error_ || outbox_bytes_ < kMaxOutboxBytes; });
  if (error_) return *error_;
  put(std::move(frames), nullptr);
  wake_link();
  return {};
}

Result<std::string> RegistrationState::ask(std::string frames, std::uint32_t id, std::string_view message) {
  Question question{id, message};
  std::unique_lock lock(mutex_);
  if (error_) return *error_;
  put(std::move(frames), &question);
  wake_link();
  changed_.wait(lock, [&] { return question.answer.has_value(); });
  return std::move(*question.answer);
}

void RegistrationState::finish(std::uint64_t sequence, std::string frames) {
  const std::lock_guard lock(mutex_);
  --under_way_;
  if (error_) return;
  if (!frames.empty()) put(std::move(frames), nullptr);
  if (acknowledges_ && sequence >= first_ && sequence - first_ < finished_.size()) {
    finished_[sequence - first_] = true;
    while (!finished_.empty() && finished_.front()) {
      finished_.pop_front();
      ++first_;
    }
  }
  wake_link();
}

void RegistrationState::begin(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  ++under_way_;
  if (!acknowledges_ || sequence == 0) return;  // a gateway that knows no acknowledgement numbers nothing
  if (finished_.empty()) first_ = sequence;
  finished_.resize(sequence - first_ + 1, true);  // numbers that were left out have nothing to finish
  finished_.back() = false;
}

std::size_t RegistrationState::under_way() const {
  const std::lock_guard lock(mutex_);
  return under_way_;
}

RegistrationState::Taken RegistrationState::take() {
  const std::lock_guard lock(mutex_);
  Taken taken;
  if (!outbox_.empty()) {
    taken.frames = std::move(outbox_.front().frames);
    taken.question = outbox_.front().question;
    outbox_.pop_front();
    outbox_bytes_ -= taken.frames.size();
    changed_.notify_all();
  }
  // An event's acknowledgement leaves after its commands.
  if (outbox_.empty() && first_ - 1 > acknowledged_) taken.acknowledged = acknowledged_ = first_ - 1;
  return taken;
}

void RegistrationState::answer(Question& question, Result<std::string> answer) {
  const std::lock_guard lock(mutex_);
  question.answer = std::move(answer);
  changed_.notify_all();
}

std::size_t RegistrationState::end(const Error& error) {
  const std::lock_guard lock(mutex_);
  error_ = error;
  for (const Parcel& parcel : outbox_) {
    if (parcel.question != nullptr) parcel.question->answer = error;
  }
  outbox_.clear();
  outbox_bytes_ = 0;
  changed_.notify_all();
  const auto finished_behind = std::count(finished_.begin(), finished_.end(), true);
  return static_cast<std::size_t>(first_ - 1 - acknowledged_) + static_cast<std::size_t>(finished_behind);
}

}  // namespace laraman::business
