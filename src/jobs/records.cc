#include "jobs/records.h"

#include "base/crypto.h"
#include "base/json.h"
#include "jobs/errors.h"
#include "pipelines/limits.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace open_cicd::jobs {
namespace {

constexpr std::int64_t pause_ms_max = pipelines::limits::retry_delay_ms_max;

constexpr db::Query lock_job_query{
    .name = "jobs.lock",
    .sql =
        "SELECT seq, name, state, spec, executor, runs_on, priority, attempt, "
        "retry_count, release_count, concurrency_group, "
        "concurrency_limit, not_before, agent_errors FROM jobs WHERE id = $1",
    .postgres_sql =
        "SELECT seq, name, state, spec, executor, runs_on, priority, attempt, "
        "retry_count, release_count, concurrency_group, "
        "concurrency_limit, not_before, agent_errors FROM jobs WHERE id = $1 FOR UPDATE"};

// Two servers must not both see the last free slot. SQLite's writer is alone anyway.
constexpr db::Query lock_group_query{.name = "groups.lock",
                                     .sql = "SELECT $1",
                                     .postgres_sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7))::text"};

constexpr db::Query load_attempt_query{
    .name = "attempts.load",
    .sql =
        "SELECT agent_id, boot_id, claim_id, state, open, exclusive, finish_digest, finish_reply, steps FROM attempts "
        "WHERE job_id = $1 AND attempt = $2"};

constexpr db::Query cancel_job_query{.name = "jobs.cancel",
                                     .sql = "UPDATE jobs SET state = 'cancelling', reason = $2 WHERE id = $1"};
constexpr db::Query cancel_attempt_query{
    .name = "attempts.cancel",
    .sql =
        "UPDATE attempts SET state = 'cancelling' WHERE job_id = $1 AND attempt = $2 AND open = 1 RETURNING agent_id"};

constexpr db::Query renew_attempt_query{
    .name = "attempts.renew_one",
    .sql = "UPDATE attempts SET renew_seq = renew_seq + 1 WHERE job_id = $1 AND attempt = $2 AND open = 1"};
constexpr db::Query save_steps_query{
    .name = "attempts.save_steps",
    .sql = "UPDATE attempts SET steps = $3, renew_seq = renew_seq + 1 WHERE job_id = $1 AND attempt = $2"};

AttemptRow read_attempt_row(const db::Rows& rows, std::size_t first) {
  const auto at = [first](std::size_t i) { return first + i; };
  return {.agent = AgentId::parse(rows.text(0, at(0))).value_or(AgentId()),
          .boot_id = rows.text(0, at(1)),
          .claim_id = rows.text(0, at(2)),
          .state = rows.text(0, at(3)),
          .open = rows.integer(0, at(4)) == 1,
          .exclusive = rows.integer(0, at(5)) == 1,
          .finish_digest = rows.maybe_text(0, at(6)),
          .finish_reply = rows.maybe_text(0, at(7)),
          .steps = read_steps(rows.text(0, at(8)))};
}

}  // namespace

const db::Query lease_view_query{
    .name = "attempts.lease_view",
    .sql =
        "SELECT j.state, j.attempt, a.agent_id, a.boot_id, a.claim_id, a.state, a.open, a.exclusive, a.finish_digest, "
        "a.finish_reply, "
        "a.steps FROM jobs j LEFT JOIN attempts a ON a.job_id = j.id AND a.attempt = $2 WHERE j.id = $1"};
const db::Query lease_view_locked_query{
    .name = "attempts.lease_view_locked",
    .sql = lease_view_query.sql,
    .postgres_sql =
        "SELECT j.state, j.attempt, a.agent_id, a.boot_id, a.claim_id, a.state, a.open, a.exclusive, a.finish_digest, "
        "a.finish_reply, a.steps FROM jobs j LEFT JOIN attempts a ON a.job_id = j.id AND a.attempt = $2 WHERE j.id = "
        "$1 "
        "FOR UPDATE OF j"};

Task<std::optional<JobRow>> lock_job(db::Transaction& tx, JobId id) {
  const db::Rows rows = co_await tx.run(lock_job_query, {id.str()});
  if (rows.empty()) co_return std::nullopt;
  co_return JobRow{.id = id,
                   .seq = rows.integer(0, 0),
                   .name = rows.text(0, 1),
                   .state = parse_job_state(rows.text(0, 2)).value(),
                   .spec = rows.text(0, 3),
                   .executor = rows.text(0, 4),
                   .runs_on = read_labels(rows.text(0, 5)),
                   .priority = static_cast<int>(rows.integer(0, 6)),
                   .attempt = static_cast<int>(rows.integer(0, 7)),
                   .retry_count = static_cast<int>(rows.integer(0, 8)),
                   .release_count = static_cast<int>(rows.integer(0, 9)),
                   .agent_errors = static_cast<int>(rows.integer(0, 13)),
                   .group = rows.maybe_text(0, 10),
                   .group_limit = static_cast<int>(rows.integer(0, 11)),
                   .not_before = rows.maybe_integer(0, 12)};
}

Task<void> lock_group(db::Transaction& tx, std::string group) {
  co_await tx.run(lock_group_query, {std::move(group)});
}

Task<std::optional<AttemptRow>> load_attempt(db::Transaction& tx, JobId id, int attempt) {
  const db::Rows rows = co_await tx.run(load_attempt_query, {id.str(), attempt});
  if (rows.empty()) co_return std::nullopt;
  co_return read_attempt_row(rows, 0);
}

Task<void> begin_cancel(db::Transaction& tx, const JobRow& job, std::string why, Effects& effects) {
  co_await tx.run(cancel_job_query, {job.id.str(), std::move(why)});
  const db::Rows attempt = co_await tx.run(cancel_attempt_query, {job.id.str(), job.attempt});
  effects.changed.push_back(job.id);
  if (!attempt.empty()) effects.leases.push_back(AgentId::parse(attempt.text(0, 0)).value_or(AgentId()));
}

Task<void> save_steps(db::Transaction& tx, JobId id, int attempt, const std::vector<StepRecord>& steps) {
  co_await tx.run(save_steps_query, {id.str(), attempt, write_steps(steps)});
}

Task<void> renew_attempt(db::Transaction& tx, JobId id, int attempt) {
  co_await tx.run(renew_attempt_query, {id.str(), attempt});
}

std::string write_steps(const std::vector<StepRecord>& steps) {
  return json::write_text(steps);
}

std::vector<StepRecord> read_steps(std::string_view text) {
  return json::read_own<std::vector<StepRecord>>(text);
}

std::vector<std::string> read_labels(std::string_view json_list) {
  return json::read_own<std::vector<std::string>>(json_list);
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
          .runs_on = row.runs_on,
          .delay_ms = pause_left(row.not_before, now)};
}

pipelines::JobSpec read_spec(std::string_view text) {
  return json::read_own<pipelines::JobSpec>(text);
}

std::string reason(std::string_view code, boost::json::object facts) {
  return boost::json::serialize(boost::json::object{{"code", code}, {"facts", std::move(facts)}});
}

std::string waiting_for_agent(std::string_view executor, const std::vector<std::string>& runs_on) {
  return reason("waiting_for_agent", {{"executor", executor}, {"runs_on", json::write(runs_on)}});
}

Result<LeaseView> check_proof(const db::Rows& rows, const LeaseProof& proof, const LeaseKey& key) {
  if (rows.empty()) return job_not_found(proof.job);
  if (rows.is_null(0, 2)) return not_lease_holder();
  LeaseView view{.state = parse_job_state(rows.text(0, 0)).value(),
                 .current_attempt = static_cast<int>(rows.integer(0, 1)),
                 .attempt = read_attempt_row(rows, 2)};
  const std::string expected =
      key.lease_token(proof.job, proof.attempt, proof.agent.str(), view.attempt.boot_id, view.attempt.claim_id);
  if (view.attempt.agent != proof.agent || !equal_constant_time(expected, proof.lease_token)) return not_lease_holder();
  return view;
}

Result<void> check_open(const LeaseView& view, const LeaseProof& proof) {
  if (!view.attempt.open || view.current_attempt != proof.attempt)
    return stale_attempt(proof.attempt, view.current_attempt);
  return {};
}

}  // namespace open_cicd::jobs
