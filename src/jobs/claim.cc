#include "jobs/errors.h"
#include "jobs/records.h"

#include <boost/json/parse.hpp>

namespace open_cicd::jobs {
namespace {

constexpr db::Query find_claim_query{
    .name = "attempts.by_claim",
    .sql = "SELECT job_id, attempt, agent_id, boot_id, open FROM attempts WHERE claim_id = $1"};
constexpr db::Query busy_query{.name = "attempts.of_agent",
                               .sql = "SELECT job_id FROM attempts WHERE agent_id = $1 AND open = 1"};
constexpr db::Query held_query{
    .name = "attempts.exclusive_held",
    .sql = "SELECT 1 FROM attempts WHERE job_id = $1 AND exclusive = 1 AND open = 0 LIMIT 1"};
constexpr db::Query assign_query{
    .name = "jobs.assign",
    .sql =
        "UPDATE jobs SET state = CASE WHEN CAST($3 AS bigint) = 1 THEN 'running' ELSE 'assigned' END, "
        "attempt = attempt + 1, reason = NULL, not_before = NULL, started_at = "
        "coalesce(started_at, $4) WHERE id = $1 AND state = 'queued' AND attempt = $2"};
constexpr db::Query insert_attempt_query{
    .name = "attempts.insert",
    .sql =
        "INSERT INTO attempts (job_id, attempt, agent_id, boot_id, claim_id, state, open, exclusive, steps, "
        "timeout_ms, claimed_at, started_at) "
        "VALUES ($1, $2, $3, $4, $5, $10, 1, $6, $7, $8, $9, $11) ON CONFLICT DO NOTHING"};

std::vector<StepRecord> pending_steps(const boost::json::value& spec) {
  std::vector<StepRecord> steps;
  for (const boost::json::value& step : spec.at("steps").as_array())
    steps.push_back({.step = static_cast<int>(steps.size()), .name = std::string(step.at("name").as_string())});
  return steps;
}

std::int64_t timeout_of(const boost::json::value& spec) {
  return spec.at("timeout_ms").to_number<std::int64_t>();
}

protocol::ClaimReply claim_reply(const LeaseKey& key, const ClaimRequest& request, int attempt, bool started,
                                 boost::json::value spec, Milliseconds fence) {
  const std::int64_t timeout_ms = timeout_of(spec);
  return {.attempt = attempt,
          .lease_token = key.lease_token(request.job, attempt, request.agent.str(), request.boot_id, request.claim_id),
          .job_token = key.job_token(request.job, attempt, request.claim_id),
          .spec = std::move(spec),
          .timeout_s = (timeout_ms + 999) / 1000,
          .fence_s = std::chrono::duration<double>(fence).count(),
          .started = started};
}

// A repeated claim gets the same answer while its attempt is open; any other use of the id is refused.
Result<int> repeated_claim(const db::Rows& known, const ClaimRequest& request) {
  const bool same = known.text(0, 0) == request.job.str() && known.text(0, 2) == request.agent.str() &&
                    known.text(0, 3) == request.boot_id;
  if (!same || known.integer(0, 4) == 0) return claim_used();
  return static_cast<int>(known.integer(0, 1));
}

}  // namespace

Task<Result<protocol::ClaimReply>> Jobs::claim(ClaimRequest request) {
  struct Outcome {
    protocol::ClaimReply reply;
    Effects effects;
  };
  auto body = [this, request, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    Outcome out;
    const std::optional<JobRow> job = co_await lock_job(tx, request.job);
    if (!job) co_return job_not_found(request.job);
    const Milliseconds fence = job->group ? settings_.fence_exclusive() : settings_.fence;
    const db::Rows known = co_await tx.run(find_claim_query, {request.claim_id});
    if (!known.empty()) {
      const Result<int> attempt = repeated_claim(known, request);
      if (!attempt) co_return std::unexpected(attempt.error());
      co_await renew_attempt(tx, request.job, *attempt);
      out.reply = claim_reply(lease_key_, request, *attempt, request.start && job->state == JobState::running,
                              boost::json::parse(job->spec), fence);
      co_return out;
    }
    const JobState to = request.start ? JobState::running : JobState::assigned;
    if (!allowed(job->state, to, Caller::agent)) co_return not_queued(job->state);
    if (request.attempt && *request.attempt != job->attempt + 1) co_return not_queued(job->state);
    const db::Rows busy = co_await tx.run(busy_query, {request.agent.str()});
    if (!busy.empty()) co_return agent_busy();
    if (job->group) {
      const db::Rows held = co_await tx.run(held_query, {request.job.str()});
      if (!held.empty()) co_return not_queued(job->state);
    }
    const std::string state(name_of(to));
    const db::Value started_at = request.start ? db::Value(now) : db::Value();
    const db::Rows assigned = co_await tx.run(
        assign_query, {request.job.str(), job->attempt, std::int64_t{request.start ? 1 : 0}, started_at});
    if (assigned.affected() != 1) co_return not_queued(job->state);
    const int attempt = job->attempt + 1;
    boost::json::value spec = boost::json::parse(job->spec);
    const db::Rows inserted = co_await tx.run(
        insert_attempt_query,
        {request.job.str(), attempt, request.agent.str(), request.boot_id, request.claim_id,
         std::int64_t{job->group ? 1 : 0}, write_steps(pending_steps(spec)), timeout_of(spec), now, state, started_at});
    if (inserted.affected() != 1) co_return agent_busy();  // it took another job in the same moment
    out.reply = claim_reply(lease_key_, request, attempt, request.start, std::move(spec), fence);
    out.effects.unqueued.emplace_back(request.job, attempt);
    out.effects.changed.push_back(request.job);
    co_return out;
  };
  Result<Outcome> outcome = co_await write<Outcome>(std::move(body));
  if (!outcome) {
    // An offer of a job that is not queued any more came from memory that is behind; one with a wrong attempt did not.
    const auto* state = outcome.error().facts().if_contains("state");
    if (state != nullptr && *state != "queued") queue_->unqueued(request.job, std::numeric_limits<int>::max());
    co_return std::unexpected(std::move(outcome.error()));
  }
  tell(outcome->effects);
  co_return std::move(outcome->reply);
}

}  // namespace open_cicd::jobs
