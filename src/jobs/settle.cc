#include "jobs/settle.h"

#include "jobs/gates.h"

namespace open_cicd::jobs {
namespace {

constexpr db::Query settle_query{
    .name = "jobs.settle",
    .sql =
        "UPDATE jobs SET state = $2, reason = CASE WHEN state = 'cancelling' THEN reason ELSE $3 END, "
        "exit_code = coalesce($4, exit_code), log_flags = coalesce($5, log_flags), not_before = NULL, "
        "finished_at = $6, version = version + 1 WHERE id = $1"};
constexpr db::Query requeue_query{.name = "jobs.requeue",
                                  .sql =
                                      "UPDATE jobs SET state = 'queued', reason = $2, queued_at = $3, not_before = $4, "
                                      "retry_count = retry_count + $5, release_count = release_count + $6, "
                                      "agent_errors = agent_errors + $7, version = version + 1 WHERE id = $1"};

}  // namespace

Task<Effects> settle(db::Transaction& tx, const JobRow& job, End end, std::optional<std::string> why,
                     std::int64_t now) {
  co_await tx.run(settle_query, {job.id.str(), std::string(name_of(end.state)), db::or_null(why),
                                 db::or_null(end.exit_code), db::or_null(end.log_flags), now});
  Effects effects{.changed = {{job.id, job.run_id}}, .ended = {{job.id, job.run_id}}};
  if (job.state == JobState::queued) effects.unqueued.emplace_back(job.id, std::numeric_limits<int>::max());
  if (job.concurrency_group) effects.groups.push_back(*job.concurrency_group);
  co_return effects;
}

Task<Effects> requeue(db::Transaction& tx, JobRow job, Again again, std::int64_t now) {
  const auto counts = [&](Again::Counts what) { return std::int64_t{again.counts == what ? 1 : 0}; };
  job.state = JobState::queued;
  job.not_before = again.pause_ms > 0 ? std::optional(now + again.pause_ms) : std::nullopt;
  if (again.counts != Again::Counts::release) job.retrying = again.cause;
  const Gate gate = co_await ask_gates(tx, job, now);
  co_await tx.run(requeue_query,
                  {job.id.str(), gate.reason, now, db::or_null(job.not_before), counts(Again::Counts::retry),
                   counts(Again::Counts::release), counts(Again::Counts::agent_error)});
  Effects effects{.changed = {{job.id, job.run_id}}};
  if (gate.offered) effects.queued.push_back(to_queued(job, now));
  co_return effects;
}

}  // namespace open_cicd::jobs
