// Concurrency groups: at most `limit` jobs of a group are queued or under way. A slot is also held by a lost attempt
// whose agent may still be running it; only its holder's finish or the reaper frees that
// (docs/reference/agent-protocol.md, "Leases").
#include "base/cancellation.h"
#include "base/log.h"
#include "jobs/gates.h"

namespace open_cicd::jobs {
namespace {

constexpr db::Query next_query{.name = "groups.next",
                               .sql =
                                   "SELECT id FROM jobs WHERE concurrency_group = $1 AND state = 'blocked' AND "
                                   "needs_open = 0 ORDER BY seq LIMIT 1"};
constexpr db::Query unblock_query{.name = "jobs.unblock",
                                  .sql =
                                      "UPDATE jobs SET state = 'queued', reason = $2, queued_at = $3, version = "
                                      "version + 1 WHERE id = $1 AND state = 'blocked'"};
constexpr db::Query free_query{.name = "attempts.free_exclusive",
                               .sql =
                                   "UPDATE attempts SET exclusive = 0 WHERE job_id = $1 AND attempt = $2 AND exclusive "
                                   "= 1 AND open = 0 RETURNING cause"};
constexpr db::Query regate_query{.name = "jobs.regate",
                                 .sql = "UPDATE jobs SET reason = $2, version = version + 1 WHERE id = $1"};
// Groups whose first waiting job could go: what a crash between an end and its promotion left behind.
constexpr db::Query waiting_query{
    .name = "groups.waiting",
    .sql =
        "SELECT w.concurrency_group FROM (SELECT concurrency_group, min(seq) AS first FROM jobs WHERE state = "
        "'blocked' "
        "AND needs_open = 0 AND concurrency_group IS NOT NULL GROUP BY concurrency_group) w JOIN jobs n ON n.seq = "
        "w.first WHERE "
        "n.concurrency_limit > (SELECT count(*) FROM jobs j WHERE j.concurrency_group = w.concurrency_group AND "
        "j.state IN ('queued', 'assigned', 'running', 'cancelling')) + (SELECT count(*) FROM attempts a JOIN jobs j ON "
        "j.id = a.job_id WHERE a.exclusive = 1 AND a.open = 0 AND j.concurrency_group = w.concurrency_group AND "
        "j.state NOT IN ('queued', 'assigned', 'running', 'cancelling')) LIMIT 1000"};

}  // namespace

// Gives the group's free slots to those that wait, in their order.
Task<void> Jobs::promote(std::string group) {
  auto body = [group, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Effects>> {
    Effects effects;
    co_await lock_group(tx, group);
    for (;;) {
      const db::Rows rows = co_await tx.run(next_query, {group});
      if (rows.empty()) co_return effects;
      const std::optional<JobRow> next = co_await lock_job(tx, JobId::parse(rows.text(0, 0)).value());
      if (!next || next->state != JobState::blocked) co_return effects;
      const Gate gate = co_await ask_gates(tx, *next, now);
      if (gate.state != JobState::queued) co_return effects;
      co_await tx.run(unblock_query, {next->id.str(), gate.reason, now});
      effects.changed.push_back({next->id, next->run_id});
      if (gate.offered) effects.queued.push_back(to_queued(*next, now));
    }
  };
  const Result<Effects> effects = co_await write<Effects>(std::move(body));
  if (effects) tell(*effects);
}

Task<void> Jobs::promote_all(std::vector<std::string> groups) {
  for (const std::string& group : groups) {
    try {
      if (runs_ != nullptr && is_of_runs(group)) co_await runs_->replace(group);
      co_await promote(group);
    } catch (const std::exception& e) {  // what it follows is committed; the next sweep promotes
      if (is_cancellation(e)) throw;
      log_warn("a concurrency group's next job waits for the next sweep", {{"group", group}, {"error", e.what()}});
    }
  }
}

Task<void> Jobs::free_exclusive(JobId id, int number) {
  auto body = [id, number, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Effects>> {
    Effects effects;
    std::optional<JobRow> job = co_await lock_job(tx, id);
    if (!job || !job->concurrency_group) co_return effects;
    const db::Rows freed = co_await tx.run(free_query, {id.str(), number});
    if (freed.empty()) co_return effects;
    if (job->state == JobState::queued) {  // its retry kept the slot, and waited for this
      if (pause_left(job->not_before, now) > 0) job->retrying = freed.maybe_text(0, 0);
      const Gate gate = co_await ask_gates(tx, *job, now);
      co_await tx.run(regate_query, {id.str(), gate.reason});
      if (gate.offered) effects.queued.push_back(to_queued(*job, now));
      effects.changed.push_back({id, job->run_id});
    } else {
      effects.groups.push_back(*job->concurrency_group);
    }
    co_return effects;
  };
  Result<Effects> effects = co_await write<Effects>(std::move(body));
  if (!effects) co_return;
  tell(*effects);
  co_await promote_all(std::move(effects->groups));
}

Task<void> Jobs::sweep() {
  if (unsure_.exchange(false)) {
    Doubt doubt(unsure_);
    co_await load_queue();
    doubt.dispel();
  }
  const db::Rows rows = co_await db_.read(waiting_query, {});
  std::vector<std::string> groups;
  for (std::size_t i = 0; i < rows.size(); ++i) groups.push_back(rows.text(i, 0));
  co_await promote_all(std::move(groups));
}

}  // namespace open_cicd::jobs
