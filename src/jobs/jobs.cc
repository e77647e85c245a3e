#include "jobs/jobs.h"

#include "jobs/settle.h"

#include <algorithm>

namespace open_cicd::jobs {

Jobs::Jobs(JobSettings settings, db::Session& db, const Clock& clock, events::Bus& bus, LeaseKey lease_key)
    : settings_(settings), db_(db), clock_(clock), bus_(bus), lease_key_(std::move(lease_key)) {}

void Jobs::connect(QueueListener& queue, LogLedger& logs, RunLedger& runs) {
  queue_ = &queue;
  logs_ = &logs;
  runs_ = &runs;
}

Task<Effects> Jobs::end(db::Transaction& tx, JobRow job, End end, std::optional<std::string> why, std::int64_t now) {
  Effects effects = co_await settle(tx, job, end, std::move(why), now);
  if (job.run_id) effects.add(co_await runs_->ended(tx, job, end, now));
  co_return effects;
}

Task<void> Jobs::tell_all(Effects effects) {
  tell(effects);
  for (std::vector<std::string>* groups : {&effects.groups, &effects.run_groups}) {
    std::ranges::sort(*groups);  // many jobs may leave one at once
    groups->erase(std::ranges::unique(*groups).begin(), groups->end());
  }
  co_await promote_all(std::move(effects.groups));
  if (!effects.run_groups.empty()) co_await runs_->promote(std::move(effects.run_groups));
}

void Jobs::tell(const Effects& effects) {
  for (const auto& [job, agent, how] : effects.avoided) queue_->avoid(job, agent, how);
  for (const auto& [job, attempt] : effects.unqueued) queue_->unqueued(job, attempt);
  for (const QueuedJob& job : effects.queued) queue_->queued(job);
  for (const AgentId agent : effects.leases) queue_->lease_changed(agent);
  for (const auto& [job, run] : effects.changed) bus_.publish(events::JobChanged{job, run});
  for (const auto& [job, run] : effects.ended) bus_.publish(events::JobEnded{job, run});
  for (const auto& [run, ended] : effects.runs) bus_.publish(events::RunChanged{run, ended});
  for (const AgentId agent : effects.agents) bus_.publish(events::AgentChanged{agent});
}

}  // namespace open_cicd::jobs
