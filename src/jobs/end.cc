// Ends that no finish brings: a user's cancel and the reaper's expiries.
#include "base/log.h"
#include "jobs/errors.h"
#include "jobs/records.h"

#include <algorithm>

namespace open_cicd::jobs {
namespace {

constexpr db::Query attempt_cancelling_query{
    .name = "attempts.cancel",
    .sql = "UPDATE attempts SET state = 'cancelling' WHERE job_id = $1 AND attempt = $2 AND open = 1"};
constexpr db::Query close_attempt_query{
    .name = "attempts.close",
    .sql =
        "UPDATE attempts SET state = $3, open = 0, cause = $4, steps = $5, log_flags = $6, ended_at = $7 "
        "WHERE job_id = $1 AND attempt = $2 AND open = 1"};
constexpr db::Query lost_job_query{
    .name = "jobs.expire",
    .sql =
        "UPDATE jobs SET state = $2, "
        "reason = CASE WHEN state = 'cancelling' THEN reason ELSE $3 END, log_flags = $4, retry_count = retry_count + "
        "$5, "
        "queued_at = CASE WHEN $2 = 'queued' THEN $6 ELSE queued_at END, "
        "finished_at = CASE WHEN $2 = 'queued' THEN finished_at ELSE $6 END WHERE id = $1"};
constexpr db::Query free_query{
    .name = "attempts.free_exclusive",
    .sql = "UPDATE attempts SET exclusive = 0 WHERE job_id = $1 AND attempt = $2 AND exclusive = 1 AND open = 0"};

std::string_view reason_code(ExpireCause cause) {
  switch (cause) {
    case ExpireCause::lease_lost:
      return "agent_lost";
    case ExpireCause::not_started:
      return "not_started";
    case ExpireCause::new_boot:
      return "agent_restarted";
    case ExpireCause::deadline:
      return "timed_out";
    case ExpireCause::cancel_overdue:
      return "cancelled";
    case ExpireCause::agent_removed:
      return "agent_removed";
  }
  return "agent_lost";
}

struct Expiry {
  JobState job = JobState::lost;      // where the job goes
  std::string_view attempt = "lost";  // how the attempt ends
};

Expiry where_to(JobState from, ExpireCause cause, const pipelines::Retry& retry, int used) {
  if (from == JobState::cancelling) return {JobState::cancelled, "cancelled"};
  const bool deadline = cause == ExpireCause::deadline;
  const std::string_view covers = deadline ? "timeout" : "agent_lost";
  const bool again = used < retry.max && std::ranges::find(retry.on, covers) != retry.on.end();
  if (deadline) return {again ? JobState::queued : JobState::timed_out, "timed_out"};
  return {again ? JobState::queued : JobState::lost, "lost"};
}

void end_open_steps(std::vector<StepRecord>& steps, const LogVerdict& logs, std::string_view running_becomes) {
  for (StepRecord& record : steps) {
    const auto log = std::ranges::find(logs.steps, record.step, &LogVerdict::Step::step);
    const bool has_log = log != logs.steps.end();
    if (record.state == "running" || (record.state == "pending" && has_log))  // its first byte began it
      record.state = std::string(running_becomes);
    else if (record.state == "pending")
      record.state = "skipped";
    if (has_log) record.log_bytes = log->size;
  }
}

}  // namespace

Task<Result<JobState>> Jobs::cancel(JobId id, std::string by) {
  struct Outcome {
    JobState state;
    Effects effects;
  };
  auto body = [id, by, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    const std::optional<JobRow> job = co_await lock_job_in_group(tx, id);
    if (!job) co_return job_not_found(id);
    Outcome out{.state = job->state, .effects = {}};
    if (job->state == JobState::cancelled || job->state == JobState::cancelling) co_return out;
    if (is_terminal(job->state)) co_return already_terminal(job->state);
    const bool at_once = allowed(job->state, JobState::cancelled, Caller::user);
    out.state = at_once ? JobState::cancelled : JobState::cancelling;
    if (!allowed(job->state, out.state, Caller::user)) co_return bad_transition(job->state, "cancelled");
    co_await set_job_state(tx, id, out.state, reason("cancelled", {{"by", by}}), now);
    out.effects.changed.push_back(id);
    if (at_once) {
      out.effects.unqueued.emplace_back(id, std::numeric_limits<int>::max());
      out.effects.ended.push_back(id);
      if (job->group) co_await promote_group(tx, *job->group, now, out.effects.queued, out.effects.changed);
    } else {
      co_await tx.run(attempt_cancelling_query, {id.str(), job->attempt});
      const std::optional<AttemptRow> attempt = co_await load_attempt(tx, id, job->attempt);
      if (attempt) out.effects.leases.push_back(attempt->agent);
    }
    co_return out;
  };
  Result<Outcome> outcome = co_await db_.write<Outcome>(std::move(body));
  if (!outcome) co_return std::unexpected(std::move(outcome.error()));
  apply(outcome->effects);
  co_return outcome->state;
}

Task<void> Jobs::expire(JobId id, int number, ExpireCause cause) {
  Result<LogVerdict> logs = co_await logs_->verify(id, number, LogClaim{.sums = std::nullopt, .incomplete = true});
  if (!logs)
    co_return log_error("a lost attempt's log could not be kept; trying again",
                        {{"job", id.str()}, {"error", logs.error().message()}});
  struct Outcome {
    bool changed = false;
    bool ended_before = false;
    Effects effects;
  };
  auto verdict = std::make_shared<const LogVerdict>(std::move(*logs));
  auto body = [this, id, number, cause, verdict, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    Outcome out;
    const std::optional<JobRow> job = co_await lock_job_in_group(tx, id);
    std::optional<AttemptRow> attempt = co_await load_attempt(tx, id, number);
    out.ended_before = !job || !attempt || !attempt->open || job->attempt != number;
    if (out.ended_before) co_return out;
    const pipelines::Retry retry = read_spec(job->spec).retry;
    const Expiry to = where_to(job->state, cause, retry, job->retry_count);
    const Caller caller = to.job == JobState::timed_out ? Caller::server : Caller::reaper;
    if (!allowed(job->state, to.job, caller)) co_return out;
    activity_.mark_begun(id, number, attempt->steps);
    end_open_steps(attempt->steps, *verdict, to.attempt == "lost" ? "failed" : to.attempt);
    co_await tx.run(close_attempt_query, {id.str(), number, std::string(to.attempt), std::string(reason_code(cause)),
                                          write_steps(attempt->steps), std::string("log_incomplete"), now});
    co_await logs_->persist(tx, id, number, *verdict);
    const bool again = to.job == JobState::queued;
    const bool held = again && attempt->exclusive;  // offered only when its old holder is surely gone
    const std::string why = again ? reason(held ? "waiting_for_exclusive_release" : "retrying",
                                           {{"cause", reason_code(cause)}, {"attempt", number}})
                                  : reason(reason_code(cause), {{"agent", attempt->agent.str()}, {"attempt", number}});
    co_await tx.run(lost_job_query, {id.str(), std::string(name_of(to.job)), why, std::string("log_incomplete"),
                                     std::int64_t{again ? 1 : 0}, now});
    out.changed = true;
    out.effects.changed.push_back(id);
    out.effects.leases.push_back(attempt->agent);
    if (again && !held) {
      QueuedJob queued = to_queued(*job);
      queued.delay_ms = retry.delay_ms;
      out.effects.queued.push_back(std::move(queued));
    }
    if (!again) {
      out.effects.ended.push_back(id);
      if (job->group) co_await promote_group(tx, *job->group, now, out.effects.queued, out.effects.changed);
    }
    co_return out;
  };
  bool committed = false;
  std::optional<Result<Outcome>> outcome;
  std::exception_ptr failure;
  try {
    outcome.emplace(co_await db_.write<Outcome>(std::move(body)));
    committed = outcome->has_value() && (*outcome)->changed;
  } catch (...) {
    failure = std::current_exception();
  }
  logs_->close(id, number, committed || (outcome && outcome->has_value() && (*outcome)->ended_before));
  if (failure) std::rethrow_exception(failure);
  if (!committed) co_return;
  activity_.forget(id);
  log_info("a lease ended without a finish", {{"job", id.str()}, {"attempt", number}, {"cause", reason_code(cause)}});
  apply((*outcome)->effects);
}

Task<void> Jobs::free_exclusive(JobId id, int number) {
  auto body = [id, number, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Effects>> {
    Effects effects;
    const std::optional<JobRow> job = co_await lock_job_in_group(tx, id);
    if (!job || !job->group) co_return effects;
    const db::Rows freed = co_await tx.run(free_query, {id.str(), number});
    if (freed.affected() == 0) co_return effects;
    if (job->state == JobState::queued) {
      co_await set_job_state(tx, id, JobState::queued, waiting_for_agent(job->executor, job->runs_on), now);
      effects.queued.push_back(to_queued(*job));
      effects.changed.push_back(id);
    } else {
      co_await promote_group(tx, *job->group, now, effects.queued, effects.changed);
    }
    co_return effects;
  };
  const Result<Effects> effects = co_await db_.write<Effects>(std::move(body));
  if (effects) apply(*effects);
}

}  // namespace open_cicd::jobs
