#include "agents/reaper.h"

#include "base/cancellation.h"
#include "base/log.h"

#include <algorithm>

namespace open_cicd::agents {

std::optional<jobs::ExpireCause> Reaper::judge(const jobs::OpenLease& lease, Count& count, Milliseconds passed) const {
  using jobs::ExpireCause;
  using jobs::JobState;
  const std::uint64_t activity = jobs_.activity(lease.job);
  const bool renewed = count.renew_seq != lease.renew_seq || count.activity != activity;
  count.renew_seq = lease.renew_seq;
  count.activity = activity;
  count.silent = renewed ? Milliseconds(0) : count.silent + passed;
  if (lease.state == JobState::assigned) count.assigned += passed;
  if (lease.state == JobState::cancelling) count.cancelling += passed;
  if (lease.state == JobState::running && count.silent < settings_.lease_ttl) count.running += passed;

  if (lease.state == JobState::cancelling &&
      (count.silent >= settings_.cancel_silence || count.cancelling >= settings_.cancel_total))
    return ExpireCause::cancel_overdue;
  if (count.silent >= settings_.lease_ttl) return ExpireCause::lease_lost;
  if (lease.state == JobState::assigned && count.assigned >= settings_.start_timeout) return ExpireCause::not_started;
  if (lease.state == JobState::running && count.running >= Milliseconds(lease.timeout_ms) + settings_.deadline_slack)
    return ExpireCause::deadline;
  return std::nullopt;
}

Task<void> Reaper::look_at(jobs::OpenLease lease, Count& count, Milliseconds passed, bool agent_is_dead) {
  if (!lease.open) {  // ended, but its holder may still be at work: the slot of its exclusive group waits
    const bool renewed = std::exchange(count.renew_seq, lease.renew_seq) != lease.renew_seq;
    count.silent = renewed ? Milliseconds(0) : count.silent + passed;
    if (count.silent >= jobs_.exclusive_hold()) co_await jobs_.free_exclusive(lease.job, lease.attempt);
    co_return;
  }
  auto cause = judge(lease, count, passed);
  // A lost poll is a hint only: a lease that was renewed since has a holder that lives.
  if (agent_is_dead && count.silent >= settings_.watch_silence - settings_.reaper_tick)
    cause = jobs::ExpireCause::lease_lost;
  if (cause) co_await jobs_.expire(lease.job, lease.attempt, *cause);
}

Task<void> Reaper::tick() {
  co_await look_at_leases();
  co_await jobs_.sweep();
}

// Those whose time counts now; none while the database takes no write. Agents are then not heard, whatever they send,
// so that they were silent says nothing of them for a while after either.
Task<std::optional<std::vector<jobs::OpenLease>>> Reaper::open_leases() {
  try {
    std::vector<jobs::OpenLease> leases = co_await jobs_.open_leases();
    if (leases.empty() || co_await jobs_.probe_write()) co_return leases;
  } catch (const db::DatabaseError&) {
    presence_.server_stalled();
    throw;
  }
  presence_.server_stalled();
  co_return std::nullopt;
}

Task<void> Reaper::look_at_leases() {
  const Milliseconds now = clock_.monotonic();
  const Milliseconds elapsed = now - std::exchange(last_tick_, now);
  if (elapsed > 10 * settings_.reaper_tick) presence_.server_stalled();
  const Milliseconds passed = std::min(elapsed, settings_.reaper_tick);

  const std::set<AgentId> dead = presence_.dead();
  const std::optional<std::vector<jobs::OpenLease>> leases = co_await open_leases();
  if (!leases) co_return;
  if (leases->empty()) counts_.clear();
  ++round_;
  for (const jobs::OpenLease& lease : *leases) {
    Count& count = counts_[{lease.job, lease.attempt}];
    count.round = round_;
    try {
      co_await look_at(lease, count, passed, dead.contains(lease.agent));
    } catch (const std::exception& e) {  // one bad lease must not keep the others alive
      if (is_cancellation(e)) throw;
      log_error("a lease cannot be ended; trying again", {{"job", lease.job.str()}, {"error", e.what()}});
    }
  }
  std::erase_if(counts_, [this](const auto& item) { return item.second.round != round_; });
}

}  // namespace open_cicd::agents
