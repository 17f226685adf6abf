// RegistrationState: a business at one gateway, from RegisterResp to the end of the connection, as the handler threads
// see it. They leave there what is to be sent and which events are finished; the link's thread takes it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "laraman/base/clock.h"
#include "laraman/base/result.h"

namespace laraman::business {

class RegistrationState {
 public:
  // What a handler asks; the link's thread answers it.
  struct Question {
    std::uint32_t id;
    std::string_view message;
    std::optional<Result<std::string>> answer{};  // under the registration's mutex
  };
  // All that the handler threads have left.
  struct Taken {
    std::string frames;              // commands, in order
    std::uint64_t acknowledged = 0;  // all events up to this are finished; 0: nothing new, or not numbered
    Question* question = nullptr;    // to be asked after the frames
  };

  // `wake`: an eventfd that ends the link thread's wait; outlives the registration. `acknowledges`: events are
  // numbered.
  RegistrationState(std::size_t gateway, std::string address, int wake, bool acknowledges);

  std::size_t gateway() const { return gateway_; }
  const std::string& address() const { return address_; }

  // ---- handler threads
  // False if the link is broken: the event is not worth beginning.
  bool alive() const;
  // Leaves encoded commands; waits while the link's thread is far behind. The error with which the link broke.
  Result<void> give(std::string frames);
  Result<std::string> ask(std::string frames, std::uint32_t id, std::string_view message);
  // An event is finished, with the last of its commands.
  void finish(std::uint64_t sequence, std::string frames);

  // ---- the link's thread
  // An event was handed to the handler threads.
  void begin(std::uint64_t sequence);
  // Events that were begun and not finished.
  std::size_t under_way() const;
  Taken take();
  void answer(Question& question, Result<std::string> answer);
  // The link is gone: everything fails from now on. Returns how many finished events are not acknowledged.
  std::size_t end(const Error& error);

 private:
  void put(std::string frames, Question* question);
  void wake_link() const;

  const std::size_t gateway_;
  const std::string address_;
  const int wake_;
  const bool acknowledges_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;  // room for frames, an answer, the end
  std::optional<Error> error_;
  struct Parcel {
    std::string frames;
    Question* question = nullptr;  // asked after them; then nothing is added to this parcel
  };
  std::deque<Parcel> outbox_;
  std::size_t outbox_bytes_ = 0;
  // Events begun, from number `first_`: finished?
  std::deque<bool> finished_;
  std::uint64_t first_ = 1;
  std::uint64_t acknowledged_ = 0;  // taken by the link's thread
  std::size_t under_way_ = 0;
};

}  // namespace laraman::business
