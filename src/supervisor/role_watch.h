// Watches that the roles go on: a ping to each event loop of the gateway and to the PHP pool, ten in the time that a
// role may be silent. A ping wakes its reader through an eventfd; the answer is a count in the scoreboard, so that an
// answer needs no memory, lock or socket of a role that is in trouble. A role that misses ten pings in a row is killed,
// and its Role starts it again.
//
// For the supervisor's loop only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/scoreboard.h"
#include "base/unique_fd.h"
#include "net/event_loop.h"
#include "supervisor/role.h"

namespace laraman::supervisor {

class RoleWatch {
 public:
  // `scoreboard` outlives this. `limit`: how long a role may be silent; 0: for ever, there are no pings.
  RoleWatch(net::EventLoop& loop, const Scoreboard& scoreboard, Duration limit);

  // Makes the descriptors that the roles read pings from; none without a limit.
  Result<void> open();
  // Of the gateway: one for each event loop.
  std::vector<int> gateway_ends() const { return ends_of(loops_); }
  std::vector<int> pool_ends() const { return ends_of(pool_); }

  // Begins; the roles outlive this. Only the process that serves is pinged: not one that starts, is replaced or stops.
  void start(Role& gateway, Role& pool);

 private:
  static constexpr unsigned kMaxMissed = 10;  // pings in a row

  struct Pinged {
    UniqueFd wake;
    const Counter* answers;
    std::uint64_t seen = 0;  // of answers, at the last ping
    unsigned missed = 0;     // pings in a row
  };

  static std::vector<int> ends_of(const std::vector<Pinged>& group);
  static Result<void> add(std::vector<Pinged>& group, const Counter& answers);
  void ping();
  void ping(Role& role, std::vector<Pinged>& group, pid_t& process, bool counts);
  std::string describe(const std::vector<Pinged>& group) const;

  const Scoreboard& scoreboard_;
  net::EventLoop& loop_;
  const Duration interval_;
  Role* gateway_role_ = nullptr;
  Role* pool_role_ = nullptr;
  std::vector<Pinged> loops_;
  std::vector<Pinged> pool_;
  pid_t gateway_process_ = 0;  // that the pings were for
  pid_t pool_process_ = 0;
  TimePoint last_ping_{};
  net::Timer timer_;
};

}  // namespace laraman::supervisor
