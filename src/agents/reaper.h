// Ends leases that are not renewed. It trusts no wall clock: it counts its own ticks, each worth at most its nominal
// length, and only those in which the database took a write; so a restart, an outage, a stopped process or a clock jump
// expires nothing.
#pragma once

#include "agents/presence.h"
#include "agents/settings.h"
#include "base/asio.h"
#include "base/clock.h"
#include "jobs/jobs.h"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace open_cicd::agents {

// One task calls tick(); not thread-safe.
class Reaper {
 public:
  Reaper(const AgentSettings& settings, const Clock& clock, jobs::Jobs& jobs, Presence& presence)
      : settings_(settings), clock_(clock), jobs_(jobs), presence_(presence), last_tick_(clock.monotonic()) {}

  Task<void> tick();

 private:
  struct Count {
    std::int64_t renew_seq = -1;
    std::uint64_t activity = 0;
    Milliseconds silent{}, assigned{}, running{}, cancelling{};
    std::uint64_t round = 0;
  };
  using Lease = std::pair<JobId, int>;

  std::optional<jobs::ExpireCause> judge(const jobs::OpenLease& lease, Count& count, Milliseconds passed) const;

  Task<void> look_at_leases();
  Task<std::optional<std::vector<jobs::OpenLease>>> open_leases();
  Task<void> look_at(jobs::OpenLease lease, Count& count, Milliseconds passed, bool agent_is_dead);

  const AgentSettings& settings_;
  const Clock& clock_;
  jobs::Jobs& jobs_;
  Presence& presence_;
  Milliseconds last_tick_;
  std::uint64_t round_ = 0;
  std::map<Lease, Count> counts_;
};

}  // namespace open_cicd::agents
