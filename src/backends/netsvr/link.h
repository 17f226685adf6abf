// Link: a registered business on its connection: the dispatcher's way to it. Events go out, acknowledgements come in,
// and what the business has not begun can be taken back.
//
// Belongs to a BusinessConnection and its thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/netsvr/business_context.h"
#include "backends/netsvr/event_encoder.h"
#include "base/scoreboard.h"
#include "dispatch/dispatcher.h"
#include "net/stream.h"
#include "netsvr.pb.h"

namespace laraman::backends::netsvr {

class Link final : private dispatch::BusinessLink {
 public:
  // Gets its id. `stream` outlives it. `before_6`: the business wants the events of a protocol before 6.
  Link(BusinessContext& context, net::Stream& stream, const wire::netsvr::RegisterReq& request, bool before_6);
  // After the end of the loop without end(): the dispatcher is gone too.
  ~Link() = default;

  const std::string& id() const { return id_; }
  const dispatch::BusinessOptions& options() const { return options_; }

  // From now on the business gets events, or after `delay`.
  void join();
  void join_after(Duration delay) { join_timer_.start(delay); }
  // False: the event was never sent.
  bool acknowledge(std::uint64_t sequence);
  // The business gets no more events; `left` is called when it has finished those that it has.
  void leave(std::function<void()> left);
  // The stream has been full, and is no more.
  void drained();

  // The connection has ended: what the business has not begun goes to others. Returns the connections that are to be
  // closed, since the business crashed over their messages. Once.
  std::vector<gateway::ConnectionId> end();
  bool ended() const { return ended_; }
  // After end() and those closes: what the business has begun is over.
  void remove();

 private:
  enum class State { kActive, kLeaving, kLeft };

  // dispatch::BusinessLink
  void deliver(const gateway::Event& event, std::uint64_t sequence) override;
  std::uint64_t take_back(std::uint64_t last_sequence) override;
  bool full() override;
  bool taking_back() override;

  std::string new_id();
  // The process that registered still has its place in the scoreboard.
  bool has_slot() const;
  std::uint64_t begun() const;
  void on_left();

  BusinessContext& context_;
  net::Stream& stream_;
  const std::string id_;
  dispatch::BusinessOptions options_;
  EventForm form_;
  WorkerSlot* slot_ = nullptr;
  std::uint64_t generation_ = 0;  // of the slot
  State state_ = State::kActive;
  bool ended_ = false;
  bool said_full_ = false;             // to the dispatcher, since the stream last drained
  dispatch::BusinessId business_ = 0;  // 0: not with the dispatcher
  std::uint64_t last_sequence_ = 0;    // delivered
  std::uint64_t last_begun_ = 0;       // at the end
  std::uint64_t taken_back_ = 0;       // the last notice's number
  std::vector<std::function<void()>> on_left_;
  net::Timer join_timer_;
};

}  // namespace laraman::backends::netsvr
