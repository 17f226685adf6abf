#include "backends/netsvr/link.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "net/socket.h"
#include "wire/netsvr_frame.h"

namespace laraman::backends::netsvr {
namespace {

namespace netsvr = wire::netsvr;

constexpr std::uint32_t kLargestWindow = 4096;

// IPv4 address and port as 12 hex digits; zeros for another kind of address.
std::string hex_address(const net::SocketAddress& address) {
  if (address.family() != AF_INET) return std::string(12, '0');
  const auto* in = reinterpret_cast<const sockaddr_in*>(address.data());
  return fmt::format("{:08x}{:04x}", ntohl(in->sin_addr.s_addr), ntohs(in->sin_port));
}

}  // namespace

Link::Link(BusinessContext& context, net::Stream& stream, const netsvr::RegisterReq& request, bool before_6)
    : context_(context), stream_(stream), id_(new_id()), join_timer_(context.loop(), [this] { join(); }) {
  options_.events = event_kinds(request);
  options_.window = std::min(request.acknowledge_window(), kLargestWindow);
  options_.request_address = request.fastcgi_address();
  form_.numbered = options_.window > 0;
  form_.meta = request.wants_meta();
  form_.lean = request.lean();
  form_.before_6 = before_6;
  const std::uint32_t slot = request.scoreboard_slot();
  if (context.scoreboard != nullptr && slot > 0 && slot <= context.scoreboard->worker_slots()) {
    generation_ = request.scoreboard_generation();
    slot_ = &context.scoreboard->worker(slot - 1);
    if (!has_slot()) slot_ = nullptr;
    options_.worker = {slot_, generation_};
  }
}

// worker address and port | peer's address and port | unix seconds; of a Unix socket, a number instead of the
// addresses.
std::string Link::new_id() {
  const net::SocketAddress local = net::SocketAddress::of_local(stream_.fd());
  const net::SocketAddress peer = net::SocketAddress::of_peer(stream_.fd());
  const std::string addresses =
      local.family() == AF_INET ? hex_address(local) + hex_address(peer) : fmt::format("{:024x}", ++context_.last_link);
  return addresses + fmt::format("{:08x}", static_cast<std::uint32_t>(unix_seconds()));
}

void Link::join() {
  if (!stream_.closed()) business_ = context_.dispatcher.add(*this, options_);
}

bool Link::acknowledge(std::uint64_t sequence) {
  return business_ != 0 && context_.dispatcher.acknowledge(business_, sequence);
}

void Link::leave(std::function<void()> left) {
  if (state_ == State::kLeft) return left();
  on_left_.push_back(std::move(left));
  if (state_ == State::kLeaving) return;
  state_ = State::kLeaving;
  log::info("business unregisters link={}", id_);
  join_timer_.stop();
  if (business_ == 0 || ended_) return on_left();
  context_.dispatcher.leave(business_, [this] { on_left(); });
}

void Link::on_left() {
  state_ = State::kLeft;
  for (const std::function<void()>& left : std::exchange(on_left_, {})) left();
}

void Link::drained() {
  if (std::exchange(said_full_, false) && business_ != 0 && !ended_) context_.dispatcher.drained(business_);
}

// ---- the end

// As after an exception that the handler does not catch: the client hears that its message was not handled. A worker
// that was killed says nothing about its message.
std::vector<gateway::ConnectionId> Link::end() {
  ended_ = true;
  join_timer_.stop();
  last_begun_ = begun();
  if (business_ == 0) return {};
  context_.dispatcher.end(business_, last_begun_);
  if (!options_.worker.has_crashed()) return {};
  return context_.dispatcher.messages_under_way(business_);
}

void Link::remove() {
  if (business_ != 0) context_.dispatcher.remove(std::exchange(business_, 0), last_begun_);
  if (context_.links.erase(id_) > 0) log::info("business ended link={}", id_);
  if (state_ != State::kLeft) on_left();
}

bool Link::has_slot() const {
  return slot_ != nullptr && slot_->generation.load(std::memory_order_acquire) == generation_;
}

// The last event that the business has begun, as far as that can be known: a remote one, or one whose place another
// process has taken, may have begun them all.
std::uint64_t Link::begun() const {
  if (slot_ == nullptr) return last_sequence_;
  const std::uint64_t begun = last_begun_event(*slot_);
  return has_slot() ? begun : last_sequence_;
}

// ---- dispatch::BusinessLink

void Link::deliver(const gateway::Event& event, std::uint64_t sequence) {
  last_sequence_ = sequence;
  if (stream_.closed()) return;
  context_.frame.clear();
  context_.encoder.append(context_.frame, event, sequence, form_);
  context_.metrics.count_event(context_.frame.size());
  stream_.write(context_.frame);
}

bool Link::full() {
  if (stream_.unsent() <= context_.options.max_unsent_event_bytes) return false;
  said_full_ = true;
  return true;
}

bool Link::taking_back() { return slot_ != nullptr && taken_back_ > last_begun_event(*slot_); }

std::uint64_t Link::take_back(std::uint64_t last_sequence) {
  if (stream_.closed() || !has_slot()) return last_sequence;
  // Only when the business has read the last notice: else it would take the end of that for the end of this.
  if (taking_back()) return last_sequence;
  if (last_begun_event(*slot_) >= last_sequence) return last_sequence;  // nothing is left to take
  const std::uint64_t begun = take_back_events(*slot_);
  if (!has_slot()) {  // that was another process already: let it go on
    resume_events(*slot_, begun);
    return last_sequence;
  }
  taken_back_ = last_sequence;
  netsvr::TakenBack notice;
  notice.set_through(last_sequence);
  std::string frame;
  netsvr::append_frame(frame, to_id(netsvr::Command::kTakenBack), notice.SerializeAsString());
  stream_.write(frame);
  return begun;
}

}  // namespace laraman::backends::netsvr
