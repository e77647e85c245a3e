#include "base/json.h"
#include "base/log.h"
#include "jobs/errors.h"
#include "jobs/records.h"

#include <boost/json/serialize.hpp>

namespace open_cicd::jobs {
namespace {

constexpr db::Query find_key_query{.name = "idempotency.find",
                                   .sql =
                                       "SELECT k.body_digest, k.job_id, j.state FROM idempotency_keys k JOIN jobs j ON "
                                       "j.id = k.job_id WHERE k.owner = $1 AND k.key = $2"};
constexpr db::Query insert_key_query{.name = "idempotency.insert",
                                     .sql =
                                         "INSERT INTO idempotency_keys (owner, key, body_digest, job_id, created_at) "
                                         "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"};

constexpr db::Query insert_job_query{.name = "jobs.insert",
                                     .sql =
                                         "INSERT INTO jobs (id, seq, name, state, reason, spec, executor, runs_on, "
                                         "priority, concurrency_group, concurrency_limit, "
                                         "created_by, created_at, queued_at) VALUES ($1, (SELECT coalesce(max(seq), 0) "
                                         "+ 1 FROM jobs), $2, $3, $4, $5, $6, $7, $8, $9, $10, "
                                         "$11, $12, $13) RETURNING seq",
                                     .postgres_sql =
                                         "INSERT INTO jobs (id, name, state, reason, spec, executor, runs_on, "
                                         "priority, concurrency_group, concurrency_limit, "
                                         "created_by, created_at, queued_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
                                         "$9, $10, $11, $12, $13) RETURNING seq"};
constexpr db::Query blocked_in_group_query{
    .name = "groups.blocked", .sql = "SELECT count(*) FROM jobs WHERE concurrency_group = $1 AND state = 'blocked'"};
constexpr db::Query others_in_group_query{.name = "groups.others",
                                          .sql =
                                              "SELECT id FROM jobs WHERE concurrency_group = $1 AND state IN "
                                              "('blocked', 'queued', 'assigned', 'running') ORDER BY seq"};
constexpr db::Query mark_cancelling_query{
    .name = "jobs.supersede",
    .sql = "UPDATE attempts SET state = 'cancelling' WHERE job_id = $1 AND attempt = $2 AND open = 1"};

// replace_pending ends the group's waiting jobs, cancel_running also asks those under way to stop.
Task<void> replace_others(db::Transaction& tx, const pipelines::Concurrency& concurrency, JobId by, std::int64_t now,
                          std::vector<JobId>& changed, std::vector<std::pair<JobId, int>>& unqueued,
                          std::vector<AgentId>& leases) {
  const db::Rows rows = co_await tx.run(others_in_group_query, {concurrency.group});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto other = co_await lock_job(tx, JobId::parse(rows.text(i, 0)).value());
    if (!other) continue;
    const bool waiting = other->state == JobState::blocked || other->state == JobState::queued;
    const std::string why = reason("superseded", {{"by", by.str()}, {"group", concurrency.group}});
    if (waiting) {
      co_await set_job_state(tx, other->id, JobState::cancelled, why, now);
      unqueued.emplace_back(other->id, std::numeric_limits<int>::max());
    } else if (concurrency.on_conflict == "cancel_running" &&
               allowed(other->state, JobState::cancelling, Caller::server)) {
      co_await set_job_state(tx, other->id, JobState::cancelling, why, now);
      co_await tx.run(mark_cancelling_query, {other->id.str(), other->attempt});
      const auto attempt = co_await load_attempt(tx, other->id, other->attempt);
      if (attempt) leases.push_back(attempt->agent);
    } else {
      continue;
    }
    changed.push_back(other->id);
  }
}

std::unexpected<Error> queue_full() {
  return std::unexpected(Error(ErrorKind::too_many, "queue_full", "The queue is full. Submit again later.")
                             .with_retry_after(std::chrono::seconds(5)));
}

}  // namespace

Task<Result<Submitted>> Jobs::submit(Submission submission) {
  if (queue_->depth() >= settings_.queue_max) co_return queue_full();
  struct Outcome {
    Submitted submitted;
    Effects effects;
  };
  auto body = [submission = std::move(submission), queue_max = settings_.queue_max,
               now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    const pipelines::JobSpec& spec = submission.spec;
    Outcome out;
    if (submission.idempotency_key) {
      const db::Rows known = co_await tx.run(find_key_query, {submission.owner, *submission.idempotency_key});
      if (!known.empty() && known.text(0, 0) != submission.body_digest)
        co_return fail(ErrorKind::invalid, "idempotency_mismatch",
                       "This Idempotency-Key was used with another body. Use a new key.");
      if (!known.empty()) {
        out.submitted = {JobId::parse(known.text(0, 1)).value(), parse_job_state(known.text(0, 2)).value()};
        co_return out;
      }
    }
    JobRow row{.id = JobId::make(),
               .name = spec.name,
               .executor = spec.executor,
               .runs_on = spec.runs_on,
               .priority = spec.priority};
    std::string why = waiting_for_agent(spec.executor, spec.runs_on);
    if (spec.concurrency) {
      const pipelines::Concurrency& concurrency = *spec.concurrency;
      co_await lock_group(tx, concurrency.group);
      if (concurrency.on_conflict != "queue")
        co_await replace_others(tx, concurrency, row.id, now, out.effects.changed, out.effects.unqueued,
                                out.effects.leases);
      const db::Rows blocked = co_await tx.run(blocked_in_group_query, {concurrency.group});
      const std::int64_t ahead = blocked.integer(0, 0);
      if (ahead >= static_cast<std::int64_t>(queue_max)) co_return queue_full();
      if (ahead > 0 || co_await group_occupancy(tx, concurrency.group) >= concurrency.limit) {
        row.state = JobState::blocked;
        why = reason("waiting_for_concurrency", {{"group", concurrency.group}, {"position", ahead + 1}});
      }
      row.group = concurrency.group;
      row.group_limit = concurrency.limit;
    }
    const db::Value queued_at = row.state == JobState::queued ? db::Value(now) : db::Value();
    const db::Rows inserted = co_await tx.run(
        insert_job_query, {row.id.str(), row.name, std::string(name_of(row.state)), why, json::write_text(spec),
                           row.executor, json::write_text(row.runs_on), row.priority, db::or_null(row.group),
                           row.group_limit, submission.owner, now, queued_at});
    row.seq = inserted.integer(0, 0);
    if (submission.idempotency_key) {
      const db::Rows kept = co_await tx.run(
          insert_key_query, {submission.owner, *submission.idempotency_key, submission.body_digest, row.id.str(), now});
      if (kept.affected() == 0)  // the same key was committed by a request beside this one
        co_return std::unexpected(
            Error(ErrorKind::unavailable, "idempotency_race", "The same key is being used right now. Send it again.")
                .with_retry_after(std::chrono::seconds(1)));
    }
    out.submitted = {row.id, row.state};
    out.effects.changed.push_back(row.id);
    if (row.state == JobState::queued) out.effects.queued.push_back(to_queued(row));
    co_return out;
  };
  Result<Outcome> outcome = co_await db_.write<Outcome>(std::move(body));
  if (!outcome) co_return std::unexpected(std::move(outcome.error()));
  apply(outcome->effects);
  co_return outcome->submitted;
}

}  // namespace open_cicd::jobs
