#include "base/json.h"
#include "db/row.h"
#include "jobs/errors.h"
#include "jobs/records.h"

#define ASSIGNED_COLUMNS                                                  \
  "spec, timeout_ms, filled, output_names, secret_uses, run_id, round, "  \
  "(SELECT number FROM runs WHERE runs.id = jobs.run_id) AS run_number, " \
  "(SELECT repository_id FROM runs WHERE runs.id = jobs.run_id) AS repository_id"

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
        "attempt = attempt + 1, version = version + 1, reason = NULL, not_before = NULL, started_at = "
        "coalesce(started_at, $4) WHERE id = $1 AND state = 'queued' AND attempt = $2 "
        "RETURNING " ASSIGNED_COLUMNS};
constexpr db::Query assigned_query{.name = "jobs.assigned",
                                   .sql = "SELECT " ASSIGNED_COLUMNS " FROM jobs WHERE id = $1"};
constexpr db::Query insert_attempt_query{
    .name = "attempts.insert",
    .sql =
        "INSERT INTO attempts (job_id, attempt, agent_id, boot_id, claim_id, state, open, exclusive, steps, "
        "timeout_ms, claimed_at, started_at) SELECT id, attempt + 1, $2, $3, $4, $8, 1, $5, steps, timeout_ms, $6, $7 "
        "FROM jobs WHERE id = $1 ON CONFLICT DO NOTHING"};

// What the claim hands on, as it is stored.
struct Assigned {
  std::string spec;
  std::int64_t timeout_ms = 0;
  std::optional<std::string> filled, output_names, secret_uses, run_id;
  std::optional<std::int64_t> round, run_number;
  std::optional<RepositoryId> repository_id;
};
BOOST_DESCRIBE_STRUCT(Assigned, (),
                      (spec, timeout_ms, filled, output_names, secret_uses, run_id, round, run_number, repository_id))

struct EarlierClaim {
  JobId job_id;
  int attempt = 0;
  AgentId agent_id;
  std::string boot_id;
  bool open = false;
};
BOOST_DESCRIBE_STRUCT(EarlierClaim, (), (job_id, attempt, agent_id, boot_id, open))

std::optional<json::Text> text_of(std::optional<std::string> json) {
  return json ? std::optional(json::Text{std::move(*json)}) : std::nullopt;
}

std::optional<protocol::RunOfJob> run_of(const Assigned& assigned) {
  if (!assigned.run_id) return std::nullopt;
  return protocol::RunOfJob{
      .id = *assigned.run_id, .number = assigned.run_number.value_or(0), .round = assigned.round.value_or(1)};
}

ClaimAnswer claim_answer(const LeaseKey& key, const ClaimRequest& request, int attempt, bool started, Assigned assigned,
                         Milliseconds fence) {
  std::optional<protocol::RunOfJob> run = run_of(assigned);
  return {.attempt = attempt,
          .lease_token = key.lease_token(request.job, attempt, request.agent.str(), request.boot_id, request.claim_id),
          .job_token = key.job_token(request.job, attempt, request.claim_id),
          .spec = json::Text{std::move(assigned.spec)},
          .timeout_s = (assigned.timeout_ms + 999) / 1000,
          .fence_s = std::chrono::duration<double>(fence).count(),
          .started = started,
          .filled = text_of(std::move(assigned.filled)),
          .output_names = text_of(std::move(assigned.output_names)),
          .run = std::move(run),
          .secret_uses = std::move(assigned.secret_uses),
          .repository = assigned.repository_id};
}

Milliseconds fence_of(const JobRow& job, const JobSettings& settings) {
  return job.concurrency_group ? settings.fence_exclusive() : settings.fence;
}

// An offer of a job that is not queued any more came from memory that is behind; one with a wrong attempt did not.
bool is_gone(const Error& refusal) {
  const auto* state = refusal.facts().if_contains("state");
  return state != nullptr && *state != "queued";
}

// A repeated claim gets the same answer while its attempt is open; any other use of the id is refused.
Result<int> repeated_claim(const EarlierClaim& known, const ClaimRequest& request) {
  const bool same = known.job_id == request.job && known.agent_id == request.agent && known.boot_id == request.boot_id;
  if (!same || !known.open) return claim_used();
  return known.attempt;
}

}  // namespace

// The attempt is written before the job, as that write can still find that the agent has taken another one.
Task<Result<ClaimAnswer>> Jobs::take(db::Transaction& tx, JobRow job, ClaimRequest request, std::int64_t now,
                                     Effects& effects) {
  const JobState to = request.start ? JobState::running : JobState::assigned;
  if (!allowed(job.state, to, Caller::agent)) co_return not_queued(job.state);
  if (request.attempt && *request.attempt != job.attempt + 1) co_return not_queued(job.state);
  const db::Rows busy = co_await tx.run(busy_query, {request.agent.str()});
  if (!busy.empty()) co_return agent_busy();
  if (job.concurrency_group) {
    const db::Rows held = co_await tx.run(held_query, {request.job.str()});
    if (!held.empty()) co_return not_queued(job.state);
  }
  const db::Value started_at = request.start ? db::Value(now) : db::Value();
  const db::Rows inserted = co_await tx.run(
      insert_attempt_query, {request.job.str(), request.agent.str(), request.boot_id, request.claim_id,
                             std::int64_t{job.concurrency_group ? 1 : 0}, now, started_at, std::string(name_of(to))});
  if (inserted.affected() != 1) co_return agent_busy();
  auto assigned = db::read_first<Assigned>(
      co_await tx.run(assign_query, {request.job.str(), job.attempt, std::int64_t{request.start ? 1 : 0}, started_at}));
  if (!assigned) throw std::logic_error("a locked job changed under its claim");
  const int attempt = job.attempt + 1;
  effects.unqueued.emplace_back(request.job, attempt);
  effects.changed.push_back({request.job, job.run_id});
  if (job.run_id) effects.runs.push_back({*job.run_id});  // perhaps it is under way from now on
  effects.agents.push_back(request.agent);
  co_return claim_answer(lease_key_, request, attempt, request.start, std::move(*assigned), fence_of(job, settings_));
}

// Nothing when it is refused, or when somebody else is at the job just now.
Task<std::optional<NextJob>> Jobs::take_next(db::Transaction& tx, AgentId agent, NextClaim next, std::int64_t now,
                                             Effects& effects) {
  const std::optional<JobRow> job = co_await lock_job_if_free(tx, *next.job);
  if (!job) co_return std::nullopt;
  Result<ClaimAnswer> taken = co_await take(tx, *job,
                                            {.job = *next.job,
                                             .agent = agent,
                                             .claim_id = next.claim_id,
                                             .boot_id = next.boot_id,
                                             .attempt = next.attempt,
                                             .start = true},
                                            now, effects);
  if (taken) co_return NextJob{.job = *next.job, .claim = std::move(*taken)};
  if (is_gone(taken.error())) effects.unqueued.emplace_back(*next.job, job->attempt);
  co_return std::nullopt;
}

// The same job again for a repeated finish, if its attempt is still open.
Task<std::optional<NextJob>> Jobs::taken_before(AgentId agent, NextClaim next) {
  const auto known = db::read_first<EarlierClaim>(co_await db_.read(find_claim_query, {next.claim_id}));
  if (!known) co_return std::nullopt;
  Result<ClaimAnswer> again = co_await claim({.job = known->job_id,
                                              .agent = agent,
                                              .claim_id = next.claim_id,
                                              .boot_id = next.boot_id,
                                              .attempt = {},
                                              .start = true});
  if (!again) co_return std::nullopt;
  co_return NextJob{.job = known->job_id, .claim = std::move(*again)};
}

Task<Result<ClaimAnswer>> Jobs::claim(ClaimRequest request) {
  struct Outcome {
    ClaimAnswer reply;
    Effects effects;
  };
  int seen_attempt = 0;  // by the transaction
  auto body = [this, request, &seen_attempt, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    Outcome out;
    const std::optional<JobRow> job = co_await lock_job(tx, request.job);
    if (!job) co_return job_not_found(request.job);
    seen_attempt = job->attempt;
    const auto known = db::read_first<EarlierClaim>(co_await tx.run(find_claim_query, {request.claim_id}));
    if (known) {
      const Result<int> attempt = repeated_claim(*known, request);
      if (!attempt) co_return std::unexpected(attempt.error());
      co_await renew_attempt(tx, request.job, *attempt);
      auto assigned = db::read_first<Assigned>(co_await tx.run(assigned_query, {request.job.str()}));
      out.reply = claim_answer(lease_key_, request, *attempt, request.start && job->state == JobState::running,
                               std::move(*assigned), fence_of(*job, settings_));
      co_return out;
    }
    Result<ClaimAnswer> taken = co_await take(tx, *job, request, now, out.effects);
    if (!taken) co_return std::unexpected(std::move(taken.error()));
    out.reply = std::move(*taken);
    co_return out;
  };
  Result<Outcome> outcome = co_await write<Outcome>(std::move(body));
  if (!outcome) {
    // Of the attempts that the transaction saw: the job may have been queued again since.
    if (is_gone(outcome.error())) queue_->unqueued(request.job, seen_attempt);
    co_return std::unexpected(std::move(outcome.error()));
  }
  tell(outcome->effects);
  co_return std::move(outcome->reply);
}

}  // namespace open_cicd::jobs
