// What a lease holder may write before its finish: start, steps, release, log appends.
#include "jobs/errors.h"
#include "jobs/settle.h"

#include <algorithm>

namespace open_cicd::jobs {
namespace {

constexpr db::Query start_job_query{.name = "jobs.start",
                                    .sql =
                                        "UPDATE jobs SET state = 'running', started_at = coalesce(started_at, $2), "
                                        "version = version + 1 "
                                        "WHERE id = $1 AND state = 'assigned'"};
constexpr db::Query start_attempt_query{.name = "attempts.start",
                                        .sql =
                                            "UPDATE attempts SET state = 'running', started_at = $3, renew_seq = "
                                            "renew_seq + 1 WHERE job_id = $1 AND attempt = $2"};
constexpr db::Query release_attempt_query{.name = "attempts.release",
                                          .sql =
                                              "UPDATE attempts SET state = 'released', open = 0, exclusive = 0, "
                                              "message = $3, ended_at = $4 WHERE job_id = $1 AND attempt = $2"};
bool takes_steps(JobState state) {
  return state == JobState::running || state == JobState::cancelling;
}

std::unexpected<Error> no_such_step(int step, std::size_t count) {
  return invalid_fields(
      {{"step", fmt::format("is {}, but the job has steps 0 to {} (and -1, setup)", step, count - 1)}});
}

std::size_t submitted_steps(const std::vector<StepRecord>& steps) {
  return static_cast<std::size_t>(std::ranges::count_if(steps, [](const StepRecord& s) { return s.step >= 0; }));
}

// Finds the step's record; setup's is made when it is first heard of.
Result<StepRecord*> find_step(std::vector<StepRecord>& steps, int step) {
  const auto found = std::ranges::find(steps, step, &StepRecord::step);
  if (found != steps.end()) return &*found;
  if (step != -1) return no_such_step(step, submitted_steps(steps));
  return &*steps.insert(steps.begin(), StepRecord{.step = -1, .name = "setup"});
}

Result<void> move_step(StepRecord& record, StepState to, const protocol::StatusRequest& update, JobState job,
                       std::int64_t now) {
  if (to == StepState::pending)
    return invalid_fields({{"step_state", json::must_be_one_of(protocol::told_step_states)}});
  if (!step_allowed(record.state, to))
    return std::unexpected(
        Error(ErrorKind::conflict, "bad_transition",
              fmt::format("Step {} is {} and cannot become {}.", record.step, name_of(record.state), name_of(to)))
            .with_fact("state", boost::json::string(name_of(job))));
  record.state = to;
  if (update.exit_code) record.exit_code = update.exit_code;
  if (update.duration_ms) record.duration_ms = update.duration_ms;
  if (!record.started_at && to == StepState::running) record.started_at = now;
  return {};
}

}  // namespace

Task<Result<protocol::StatusReply>> Jobs::start(LeaseProof lease) {
  auto body = [this, lease, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Effects>> {
    Effects effects;
    const db::Rows rows = co_await tx.run(lease_view_locked_query, {lease.job.str(), lease.attempt});
    const Result<LeaseView> view = check_proof(rows, lease, lease_key_);
    if (!view) co_return std::unexpected(view.error());
    if (const Result<void> open = check_open(*view, lease); !open) co_return std::unexpected(open.error());
    if (view->state == JobState::running) {
      co_await renew_attempt(tx, lease.job, lease.attempt);
      co_return effects;
    }
    if (!allowed(view->state, JobState::running, Caller::lease_holder))
      co_return bad_transition(view->state, "running");
    co_await tx.run(start_job_query, {lease.job.str(), now});
    co_await tx.run(start_attempt_query, {lease.job.str(), lease.attempt, now});
    effects.changed.push_back({lease.job, view->run_id});
    if (view->run_id) effects.runs.push_back({*view->run_id});  // perhaps it is under way from now on
    co_return effects;
  };
  const Result<Effects> started = co_await db_.write<Effects>(std::move(body));
  if (!started) co_return std::unexpected(started.error());
  tell(*started);
  co_return protocol::StatusReply{.state = "running"};
}

Task<Result<protocol::StatusReply>> Jobs::update_step(LeaseProof lease, protocol::StatusRequest update) {
  struct Outcome {
    JobState state;
    std::optional<RunId> run;
  };
  auto body = [this, lease, update, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    const db::Rows rows = co_await tx.run(lease_view_locked_query, {lease.job.str(), lease.attempt});
    Result<LeaseView> view = check_proof(rows, lease, lease_key_);
    if (!view) co_return std::unexpected(view.error());
    if (const Result<void> open = check_open(*view, lease); !open) co_return std::unexpected(open.error());
    if (!takes_steps(view->state)) co_return bad_transition(view->state, "running");
    activity_.mark_begun(lease.job, lease.attempt, view->attempt.steps);
    Result<StepRecord*> step = find_step(view->attempt.steps, update.step.value());
    if (!step) co_return std::unexpected(step.error());
    if (const Result<void> moved = move_step(**step, *update.step_state, update, view->state, now); !moved)
      co_return std::unexpected(moved.error());
    co_await save_steps(tx, lease.job, lease.attempt, view->attempt.steps);
    co_return Outcome{view->state, view->run_id};
  };
  const Result<Outcome> done = co_await db_.write<Outcome>(std::move(body));
  if (!done) co_return std::unexpected(done.error());
  bus_.publish(events::JobChanged{lease.job, done->run});
  co_return protocol::StatusReply{.state = std::string(name_of(done->state)),
                                  .cancel = done->state == JobState::cancelling};
}

Task<Result<protocol::StatusReply>> Jobs::release(LeaseProof lease, std::string why) {
  struct Outcome {
    JobState state;
    Effects effects;
  };
  auto body = [this, lease, why, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    co_await runs_->lock_run_of(tx, lease.job);
    const std::optional<JobRow> job = co_await lock_job(tx, lease.job);
    if (!job) co_return job_not_found(lease.job);
    const db::Rows rows = co_await tx.run(lease_view_query, {lease.job.str(), lease.attempt});
    const Result<LeaseView> view = check_proof(rows, lease, lease_key_);
    if (!view) co_return std::unexpected(view.error());
    Outcome out{.state = view->state, .effects = {}};
    if (view->attempt.state == "released") co_return out;  // said before
    if (const Result<void> open = check_open(*view, lease); !open) co_return std::unexpected(open.error());
    if (!allowed(view->state, JobState::queued, Caller::lease_holder) || view->state != JobState::assigned)
      co_return bad_transition(view->state, "queued");
    const bool unplaceable = job->release_count + 1 >= settings_.releases_max;
    out.state = unplaceable ? JobState::failed : JobState::queued;
    co_await tx.run(release_attempt_query, {lease.job.str(), lease.attempt, why, now});
    if (unplaceable)
      out.effects = co_await end(tx, *job, {.state = JobState::failed},
                                 reason("unplaceable", {{"releases", job->release_count + 1}, {"last", why}}), now);
    else
      out.effects = co_await requeue(tx, *job, {.counts = Again::Counts::release}, now);
    out.effects.leases.push_back(lease.agent);
    out.effects.agents.push_back(lease.agent);
    out.effects.avoided.emplace_back(lease.job, lease.agent, Avoid::always);
    co_return out;
  };
  Result<Outcome> outcome = co_await write<Outcome>(std::move(body));
  if (!outcome) co_return std::unexpected(std::move(outcome.error()));
  activity_.forget(lease.job);
  co_await tell_all(std::move(outcome->effects));
  co_return protocol::StatusReply{.state = std::string(name_of(outcome->state))};
}

Task<Result<void>> Jobs::admit_append(LeaseProof lease, int step) {
  const db::Rows rows = co_await db_.read(lease_view_query, {lease.job.str(), lease.attempt});
  Result<LeaseView> view = check_proof(rows, lease, lease_key_);
  if (!view) co_return std::unexpected(std::move(view.error()));
  if (Result<void> open = check_open(*view, lease); !open) co_return open;
  if (!takes_steps(view->state)) co_return bad_transition(view->state, "running");
  const auto record = std::ranges::find(view->attempt.steps, step, &StepRecord::step);
  const bool known = record != view->attempt.steps.end();
  if (!known && step != -1) co_return no_such_step(step, submitted_steps(view->attempt.steps));
  const StepState state = known ? record->state : StepState::pending;
  // A step that has ended still takes bytes while its attempt is open: after a crash of the server the agent sends
  // again what was only in memory (docs/decisions/0006-logs-of-ended-steps.md).
  if (state == StepState::skipped)
    co_return std::unexpected(Error(ErrorKind::conflict, "bad_transition", fmt::format("Step {} was skipped.", step))
                                  .with_fact("state", boost::json::string(name_of(view->state))));
  activity_.touch(lease.job);
  if (state == StepState::pending && activity_.begin(lease.job, lease.attempt, step, clock_.unix_ms()))
    bus_.publish(events::JobChanged{lease.job, view->run_id});
  co_return Result<void>{};
}

Task<Result<void>> Jobs::prove(LeaseProof lease) {
  const db::Rows rows = co_await db_.read(lease_view_query, {lease.job.str(), lease.attempt});
  const Result<LeaseView> view = check_proof(rows, lease, lease_key_);
  if (!view) co_return std::unexpected(view.error());
  co_return Result<void>{};
}

}  // namespace open_cicd::jobs
