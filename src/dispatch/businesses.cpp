#include "dispatch/businesses.h"

#include <algorithm>
#include <utility>

namespace laraman::dispatch {
namespace {

// How long after a business that does not acknowledge has joined, connections move to it from the others; in the last
// part of that time, those that are never quiet too.
constexpr Duration kSharingTime = std::chrono::seconds(60);
constexpr double kSharingRest = 0.25;

}  // namespace

Business& Businesses::add(BusinessLink& link, BusinessOptions options, TimePoint now) {
  const BusinessId id = ++last_id_;
  Business& business = businesses_[id];
  business.id = id;
  business.link = &link;
  business.options = std::move(options);
  business.progress = now;
  if (!business.acknowledges()) last_join_ = now;
  count_present();
  return business;
}

Business* Businesses::find(BusinessId id) {
  const auto it = businesses_.find(id);
  return it == businesses_.end() ? nullptr : &it->second;
}

const Business* Businesses::find(BusinessId id) const {
  const auto it = businesses_.find(id);
  return it == businesses_.end() ? nullptr : &it->second;
}

void Businesses::begin_leaving(Business& business) {
  business.leaving = true;
  count_present();
}

void Businesses::erase(Business& business) {
  staying_ -= business.connections;
  businesses_.erase(business.id);
  count_present();
}

void Businesses::count_present() {
  accepting_ = {};
  keepers_ = 0;
  for (const auto& [id, business] : businesses_) {
    if (business.leaving) continue;
    accepting_ |= business.options.events;
    if (!business.acknowledges() && !business.options.events.empty()) ++keepers_;
  }
}

// ---- the next for a job

// Walks the businesses once around, from the one after the last chosen, so that idle ones take turns. Of those that
// do not acknowledge, and so are never known to be busy, it chooses the one that the fewest connections stay with.
Business* Businesses::idle_for(Event::Kind kind) {
  Business* chosen = nullptr;
  auto it = businesses_.upper_bound(turn_);
  for (std::size_t i = 0; i < businesses_.size(); ++i, ++it) {
    if (it == businesses_.end()) it = businesses_.begin();
    Business& business = it->second;
    if (!business.idle() || !business.wants(kind) || business.link->full()) continue;
    if (chosen == nullptr) {
      chosen = &business;
      if (business.acknowledges()) break;
    } else if (!business.acknowledges() && business.connections < chosen->connections) {
      chosen = &business;
    }
  }
  if (chosen != nullptr) turn_ = chosen->id;
  return chosen;
}

Business* Businesses::least_loaded_for(Event::Kind kind, TimePoint now) {
  Business* best = nullptr;
  for (auto& [id, business] : businesses_) {
    if (!business.wants(kind) || !business.has_room(now, limits_.batch_time)) continue;
    if (best == nullptr || business.in_flight.size() < best->in_flight.size()) best = &business;
  }
  return best;
}

Business* Businesses::idle_for_request() {
  auto it = businesses_.upper_bound(turn_);
  for (std::size_t i = 0; i < businesses_.size(); ++i, ++it) {
    if (it == businesses_.end()) it = businesses_.begin();
    Business& business = it->second;
    if (!business.idle() || business.options.request_address.empty()) continue;
    turn_ = business.id;
    return &business;
  }
  return nullptr;
}

// ---- connections that stay

// After `affinity` without events, since what was sent there is done. For a minute after another business has joined,
// a shorter and shorter time is enough at businesses that have more than their share, so that the new one gets its own.
bool Businesses::may_move(const Business& business, TimePoint last, TimePoint now) const {
  if (business.link->full()) return false;
  const Duration quiet = now - last;
  if (quiet >= limits_.affinity) return true;
  const Duration since_join = now - last_join_;
  const std::size_t share = (staying_ + keepers_ - 1) / std::max<std::size_t>(keepers_, 1);
  if (since_join > kSharingTime || business.connections <= share) return false;
  const auto left = static_cast<double>((kSharingTime - since_join).count()) / kSharingTime.count() - kSharingRest;
  return quiet >= std::chrono::duration_cast<Duration>(limits_.affinity * std::max(left, 0.0));
}

void Businesses::move_connection(BusinessId from, BusinessId to) {
  if (from == to) return;
  if (from != 0) count_connection(from, -1);
  if (to != 0) count_connection(to, 1);
}

void Businesses::count_connection(BusinessId id, std::ptrdiff_t change) {
  Business* business = find(id);
  if (business == nullptr || business->acknowledges()) return;
  business->connections += static_cast<std::size_t>(change);
  staying_ += static_cast<std::size_t>(change);
}

}  // namespace laraman::dispatch
