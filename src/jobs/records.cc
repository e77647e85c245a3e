#include "jobs/records.h"

#include "base/crypto.h"
#include "base/json.h"
#include "db/row.h"
#include "jobs/errors.h"
#include "pipelines/limits.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace open_cicd::jobs {
namespace {

constexpr std::int64_t pause_ms_max = pipelines::limits::retry_delay_ms_max;

constexpr db::Query lock_job_query{.name = "jobs.lock",
                                   .sql = "SELECT " JOB_ROW_COLUMNS " FROM jobs WHERE id = $1",
                                   .postgres_sql = "SELECT " JOB_ROW_COLUMNS " FROM jobs WHERE id = $1 FOR UPDATE"};

constexpr db::Query lock_if_free_query{
    .name = "jobs.lock_if_free",
    .sql = lock_job_query.sql,
    .postgres_sql = "SELECT " JOB_ROW_COLUMNS " FROM jobs WHERE id = $1 FOR UPDATE SKIP LOCKED"};

// Two servers must not both see the last free slot. SQLite's writer is alone anyway.
constexpr db::Query lock_group_query{.name = "groups.lock",
                                     .sql = "SELECT $1",
                                     .postgres_sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7))::text"};

constexpr db::Query load_attempt_query{
    .name = "attempts.load",
    .sql =
        "SELECT agent_id, boot_id, claim_id, state, open, exclusive, finish_digest, finish_reply, steps FROM attempts "
        "WHERE job_id = $1 AND attempt = $2"};

constexpr db::Query token_name_query{.name = "tokens.name", .sql = "SELECT name FROM tokens WHERE id = $1"};
constexpr db::Query cancel_job_query{
    .name = "jobs.cancel",
    .sql = "UPDATE jobs SET state = 'cancelling', reason = $2, version = version + 1 WHERE id = $1"};
constexpr db::Query cancel_attempt_query{
    .name = "attempts.cancel",
    .sql =
        "UPDATE attempts SET state = 'cancelling' WHERE job_id = $1 AND attempt = $2 AND open = 1 RETURNING agent_id"};

constexpr db::Query renew_attempt_query{
    .name = "attempts.renew_one",
    .sql = "UPDATE attempts SET renew_seq = renew_seq + 1 WHERE job_id = $1 AND attempt = $2 AND open = 1"};
constexpr db::Query save_steps_query{.name = "attempts.save_steps",
                                     .sql =
                                         "UPDATE attempts SET steps = $3, renew_seq = renew_seq + 1, version = version "
                                         "+ 1 WHERE job_id = $1 AND attempt = $2"};

struct Current {  // of the job beside the attempt
  JobState job_state = JobState::queued;
  int current_attempt = 0;
  std::optional<RunId> run_id;
};
BOOST_DESCRIBE_STRUCT(Current, (), (job_state, current_attempt, run_id))

}  // namespace

const db::Query lease_view_query{
    .name = "attempts.lease_view",
    .sql =
        "SELECT j.state AS job_state, j.attempt AS current_attempt, a.agent_id, a.boot_id, a.claim_id, a.state, "
        "a.open, a.exclusive, a.finish_digest, "
        "a.finish_reply, "
        "a.steps, j.run_id FROM jobs j LEFT JOIN attempts a ON a.job_id = j.id AND a.attempt = $2 WHERE j.id = $1"};
const db::Query lease_view_locked_query{
    .name = "attempts.lease_view_locked",
    .sql = lease_view_query.sql,
    .postgres_sql =
        "SELECT j.state AS job_state, j.attempt AS current_attempt, a.agent_id, a.boot_id, a.claim_id, a.state, "
        "a.open, a.exclusive, a.finish_digest, "
        "a.finish_reply, a.steps, j.run_id FROM jobs j LEFT JOIN attempts a ON a.job_id = j.id AND a.attempt = $2 "
        "WHERE j.id = "
        "$1 "
        "FOR UPDATE OF j"};

Task<std::optional<JobRow>> lock_job(db::Transaction& tx, JobId id) {
  co_return db::read_first<JobRow>(co_await tx.run(lock_job_query, {id.str()}));
}

Task<std::optional<JobRow>> lock_job_if_free(db::Transaction& tx, JobId id) {
  co_return db::read_first<JobRow>(co_await tx.run(lock_if_free_query, {id.str()}));
}

Task<void> lock_group(db::Transaction& tx, std::string group) {
  co_await tx.run(lock_group_query, {std::move(group)});
}

Task<std::optional<AttemptRow>> load_attempt(db::Transaction& tx, JobId id, int attempt) {
  co_return db::read_first<AttemptRow>(co_await tx.run(load_attempt_query, {id.str(), attempt}));
}

Task<std::string> cancelled_by(db::Transaction& tx, std::string by) {
  const db::Rows token = co_await tx.run(token_name_query, {by});
  boost::json::object facts{{"by", by}};
  if (!token.empty()) facts["by_name"] = token.text(0, 0);
  co_return reason("cancelled", std::move(facts));
}

Task<void> begin_cancel(db::Transaction& tx, const JobRow& job, std::string why, Effects& effects) {
  co_await tx.run(cancel_job_query, {job.id.str(), std::move(why)});
  const db::Rows attempt = co_await tx.run(cancel_attempt_query, {job.id.str(), job.attempt});
  effects.changed.push_back({job.id, job.run_id});
  if (!attempt.empty()) effects.leases.push_back(AgentId::parse(attempt.text(0, 0)).value_or(AgentId()));
}

Task<void> save_steps(db::Transaction& tx, JobId id, int attempt, const std::vector<StepRecord>& steps) {
  co_await tx.run(save_steps_query, {id.str(), attempt, write_steps(steps)});
}

Task<void> renew_attempt(db::Transaction& tx, JobId id, int attempt) {
  co_await tx.run(renew_attempt_query, {id.str(), attempt});
}

std::string write_new_steps(const pipelines::JobSpec& spec) {
  std::vector<StepRecord> steps;
  for (const pipelines::Step& step : spec.steps)
    steps.push_back({.step = static_cast<int>(steps.size()),
                     .name = step.name,
                     .background = step.background.value_or(false) ? std::optional(true) : std::nullopt});
  return write_steps(steps);
}

std::string write_steps(const std::vector<StepRecord>& steps) {
  return json::write_text(steps);
}

std::int64_t pause_left(std::optional<std::int64_t> not_before, std::int64_t now) {
  return not_before ? std::clamp<std::int64_t>(*not_before - now, 0, pause_ms_max) : 0;
}

QueuedJob to_queued(const JobRow& row, std::int64_t now) {
  return {.id = row.id,
          .seq = row.seq,
          .priority = row.priority,
          .next_attempt = row.attempt + 1,
          .name = row.name,
          .executor = row.executor,
          .runs_on = json::read_own<std::vector<std::string>>(row.runs_on),
          .delay_ms = pause_left(row.not_before, now)};
}

pipelines::Retry retry_of(const JobRow& row) {
  return json::read_own<pipelines::Retry>(row.retry);
}

std::string reason(std::string_view code, boost::json::object facts) {
  return boost::json::serialize(boost::json::object{{"code", code}, {"facts", std::move(facts)}});
}

std::string waiting_for_agent(const std::string& executor, boost::json::value runs_on) {
  return reason("waiting_for_agent", {{"executor", executor}, {"runs_on", std::move(runs_on)}});
}

Result<LeaseView> check_proof(const db::Rows& rows, const LeaseProof& proof, const LeaseKey& key) {
  const std::optional<Current> current = db::read_first<Current>(rows);
  if (!current) return job_not_found(proof.job);
  if (!db::read_column<std::optional<std::string>>(rows, 0, "agent_id")) return not_lease_holder();
  LeaseView view{.state = current->job_state,
                 .current_attempt = current->current_attempt,
                 .run_id = current->run_id,
                 .attempt = db::Reader<AttemptRow>(rows)[0]};
  const std::string expected =
      key.lease_token(proof.job, proof.attempt, proof.agent.str(), view.attempt.boot_id, view.attempt.claim_id);
  if (view.attempt.agent_id != proof.agent || !equal_constant_time(expected, proof.lease_token))
    return not_lease_holder();
  return view;
}

Result<void> check_open(const LeaseView& view, const LeaseProof& proof) {
  if (!view.attempt.open || view.current_attempt != proof.attempt)
    return stale_attempt(proof.attempt, view.current_attempt);
  return {};
}

std::optional<std::string> secret_uses_of(const pipelines::JobSpec& spec) {
  std::vector<SecretUse> uses;
  const auto add = [&](const auto& secrets, const std::string& image) {
    if (!secrets) return;
    for (const auto& [variable, name] : *secrets)
      if (SecretUse use{.name = name, .image = image}; std::ranges::find(uses, use) == uses.end())
        uses.push_back(std::move(use));
  };
  for (const pipelines::Step& step : spec.steps) {
    const std::string& image = step.image.empty() ? spec.image : step.image;
    add(spec.secrets, image);
    add(step.secrets, image);
  }
  return uses.empty() ? std::nullopt : std::optional(json::write_text(uses));
}

}  // namespace open_cicd::jobs
