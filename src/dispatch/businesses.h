// Businesses: the businesses of a gateway, which of them is the next to get a job, and which connections stay with one.
//
// Plain data of the dispatcher; for its thread only.
#pragma once

#include <cstddef>
#include <map>

#include "dispatch/business.h"
#include "dispatch/limits.h"

namespace laraman::dispatch {

class Businesses {
 public:
  // `limits` outlives this.
  explicit Businesses(const Limits& limits) : limits_(limits) {}

  // `link` outlives erase(). The reference is valid until then.
  Business& add(BusinessLink& link, BusinessOptions options, TimePoint now);
  Business* find(BusinessId id);
  const Business* find(BusinessId id) const;
  // No more jobs for it.
  void begin_leaving(Business& business);
  // Its connections stay nowhere; their flows are the caller's.
  void erase(Business& business);

  std::size_t size() const { return businesses_.size(); }
  auto begin() { return businesses_.begin(); }
  auto end() { return businesses_.end(); }
  auto begin() const { return businesses_.begin(); }
  auto end() const { return businesses_.end(); }

  // The kinds of events that a present business accepts; empty if none is present.
  EventKinds accepting() const { return accepting_; }

  // ---- the next for a job; nullptr: all are busy

  // An idle one that accepts events of the kind.
  Business* idle_for(Event::Kind kind);
  // The one with the fewest events under way that has room for another.
  Business* least_loaded_for(Event::Kind kind, TimePoint now);
  // An idle one that answers requests.
  Business* idle_for_request();

  // ---- connections that stay with a business that does not acknowledge

  // May a connection whose last event was at `last` leave the business that it stays with?
  bool may_move(const Business& business, TimePoint last, TimePoint now) const;
  // A connection goes from one business to another; 0: none. Only those that do not acknowledge are counted.
  void move_connection(BusinessId from, BusinessId to);

 private:
  void count_present();
  void count_connection(BusinessId id, std::ptrdiff_t change);

  const Limits& limits_;
  std::map<BusinessId, Business> businesses_;
  BusinessId last_id_ = 0;
  BusinessId turn_ = 0;      // the business after this one is asked first
  EventKinds accepting_;     // of those that do not leave
  TimePoint last_join_{};    // of a business that does not acknowledge
  std::size_t staying_ = 0;  // connections that stay with a business
  std::size_t keepers_ = 0;  // businesses that connections stay with, those that leave left out
};

}  // namespace laraman::dispatch
