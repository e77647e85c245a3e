// Ends that no finish brings: a user's cancel and the reaper's expiries.
#include "base/log.h"
#include "jobs/errors.h"
#include "jobs/retry.h"

#include <algorithm>

namespace open_cicd::jobs {
namespace {

constexpr db::Query close_attempt_query{
    .name = "attempts.close",
    .sql =
        "UPDATE attempts SET state = $3, open = 0, cause = $4, steps = $5, log_flags = $6, ended_at = $7 "
        "WHERE job_id = $1 AND attempt = $2 AND open = 1"};

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
  JobState job;      // where the job goes
  JobState attempt;  // how the attempt ends
  std::optional<Again> again = {};
};

Expiry where_to(const JobRow& job, ExpireCause cause, const pipelines::Retry& retry, const JobSettings& settings) {
  if (job.state == JobState::cancelling) return {JobState::cancelled, JobState::cancelled};
  const bool deadline = cause == ExpireCause::deadline;
  const std::optional<Again> again = try_again(retry,
                                               {.cause = deadline ? "timeout" : "agent_lost",
                                                .untouched = job.state == JobState::assigned,
                                                .told = reason_code(cause)},
                                               job, settings);
  if (deadline) return {again ? JobState::queued : JobState::timed_out, JobState::timed_out, again};
  return {again ? JobState::queued : JobState::lost, JobState::lost, again};
}

void end_open_steps(std::vector<StepRecord>& steps, const LogVerdict& logs, JobState attempt_end) {
  for (StepRecord& record : steps) {
    const auto log = std::ranges::find(logs.steps, record.step, &LogVerdict::Step::step);
    const bool has_log = log != logs.steps.end();
    if (record.state == StepState::running ||
        (record.state == StepState::pending && has_log))  // its first byte began it
      record.state = end_of_running_step(attempt_end);
    else if (record.state == StepState::pending)
      record.state = StepState::skipped;
    if (has_log) record.log_bytes = log->size;
  }
}

}  // namespace

Task<Result<JobState>> Jobs::cancel(JobId id, std::string by) {
  struct Outcome {
    JobState state;
    Effects effects;
  };
  auto body = [this, id, by, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    co_await runs_->lock_run_of(tx, id);
    const std::optional<JobRow> job = co_await lock_job(tx, id);
    if (!job) co_return job_not_found(id);
    Outcome out{.state = job->state, .effects = {}};
    if (job->state == JobState::cancelled || job->state == JobState::cancelling) co_return out;
    if (is_terminal(job->state)) co_return already_terminal(job->state);
    const bool at_once = allowed(job->state, JobState::cancelled, Caller::user);
    out.state = at_once ? JobState::cancelled : JobState::cancelling;
    if (!allowed(job->state, out.state, Caller::user)) co_return bad_transition(job->state, "cancelled");
    std::string why = co_await cancelled_by(tx, by);
    if (at_once)
      out.effects = co_await end(tx, *job, {.state = out.state}, std::move(why), now);
    else
      co_await begin_cancel(tx, *job, std::move(why), out.effects);
    co_return out;
  };
  Result<Outcome> outcome = co_await write<Outcome>(std::move(body));
  if (!outcome) co_return std::unexpected(std::move(outcome.error()));
  co_await tell_all(std::move(outcome->effects));
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
    co_await runs_->lock_run_of(tx, id);
    const std::optional<JobRow> job = co_await lock_job(tx, id);
    std::optional<AttemptRow> attempt = co_await load_attempt(tx, id, number);
    out.ended_before = !job || !attempt || !attempt->open || job->attempt != number;
    if (out.ended_before) co_return out;
    const pipelines::Retry retry = retry_of(*job);
    const Expiry to = where_to(*job, cause, retry, settings_);
    const Caller caller = to.job == JobState::timed_out ? Caller::server : Caller::reaper;
    if (!allowed(job->state, to.job, caller)) co_return out;
    activity_.mark_begun(id, number, attempt->steps);
    end_open_steps(attempt->steps, *verdict, to.attempt);
    co_await tx.run(close_attempt_query,
                    {id.str(), number, std::string(name_of(to.attempt)), std::string(reason_code(cause)),
                     write_steps(attempt->steps), std::string("log_incomplete"), now});
    co_await logs_->persist(tx, id, number, *verdict);
    const std::string_view code = reason_code(cause);
    if (to.again)
      out.effects = co_await requeue(tx, *job, *to.again, now);
    else
      out.effects = co_await end(tx, *job, {.state = to.job, .log_flags = "log_incomplete"},
                                 reason(code, {{"agent", attempt->agent_id.str()}, {"attempt", number}}), now);
    out.changed = true;
    out.effects.leases.push_back(attempt->agent_id);
    out.effects.agents.push_back(attempt->agent_id);
    if (cause == ExpireCause::not_started)
      out.effects.avoided.emplace_back(id, attempt->agent_id, Avoid::while_others_are_there);
    co_return out;
  };
  bool committed = false;
  std::optional<Result<Outcome>> outcome;
  std::exception_ptr failure;
  try {
    outcome.emplace(co_await write<Outcome>(std::move(body)));
    committed = outcome->has_value() && (*outcome)->changed;
  } catch (...) {
    failure = std::current_exception();
  }
  logs_->close(id, number, committed || (outcome && outcome->has_value() && (*outcome)->ended_before));
  if (failure) std::rethrow_exception(failure);
  if (!committed) co_return;
  activity_.forget(id);
  log_info("a lease ended without a finish", {{"job", id.str()}, {"attempt", number}, {"cause", reason_code(cause)}});
  co_await tell_all(std::move((*outcome)->effects));
}

}  // namespace open_cicd::jobs
