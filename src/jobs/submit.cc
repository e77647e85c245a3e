#include "base/json.h"
#include "db/row.h"
#include "jobs/errors.h"
#include "jobs/gates.h"
#include "jobs/settle.h"

#include <boost/json/serialize.hpp>

namespace open_cicd::jobs {
namespace {

constexpr db::Query find_key_query{
    .name = "idempotency.find",
    .sql =
        "SELECT k.body_digest, k.made_id, j.state FROM idempotency_keys k LEFT JOIN jobs j "
        "ON j.id = k.made_id WHERE k.owner = $1 AND k.key = $2"};
constexpr db::Query insert_key_query{.name = "idempotency.insert",
                                     .sql =
                                         "INSERT INTO idempotency_keys (owner, key, body_digest, made_id, created_at) "
                                         "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"};

#define INSERTED_COLUMNS                                                                                      \
  "id, name, state, reason, spec, steps, executor, runs_on, priority, timeout_ms, retry, concurrency_group, " \
  "concurrency_limit, created_by, created_at, queued_at, secret_uses"
#define INSERTED_VALUES "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17"
constexpr db::Query insert_job_query{
    .name = "jobs.insert",
    .sql = "INSERT INTO jobs (" INSERTED_COLUMNS ", seq) VALUES (" INSERTED_VALUES
           ", (SELECT coalesce(max(seq), 0) + 1 FROM jobs)) RETURNING seq",
    .postgres_sql = "INSERT INTO jobs (" INSERTED_COLUMNS ") VALUES (" INSERTED_VALUES ") RETURNING seq"};
constexpr db::Query others_in_group_query{.name = "groups.others",
                                          .sql =
                                              "SELECT id FROM jobs WHERE concurrency_group = $1 AND state IN "
                                              "('blocked', 'queued', 'assigned', 'running') ORDER BY seq"};
struct Before {  // what an Idempotency-Key was used for
  std::string body_digest;
  JobId made_id;
  std::optional<JobState> state;  // nothing: it made a run
};
BOOST_DESCRIBE_STRUCT(Before, (), (body_digest, made_id, state))

// replace_pending ends the group's waiting jobs, cancel_running also asks those under way to stop. The new job's group
// is locked.
Task<Effects> replace_others(db::Transaction& tx, const pipelines::Concurrency& concurrency, JobId by,
                             std::int64_t now) {
  Effects effects;
  const std::string why = reason("superseded", {{"by", by.str()}, {"group", concurrency.group}});
  const db::Rows rows = co_await tx.run(others_in_group_query, {concurrency.group});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto other = co_await lock_job(tx, JobId::parse(rows.text(i, 0)).value());
    if (!other) continue;
    if (allowed(other->state, JobState::cancelled, Caller::server))
      effects.add(co_await settle(tx, *other, {.state = JobState::cancelled}, why, now));
    else if (concurrency.on_conflict == "cancel_running" && allowed(other->state, JobState::cancelling, Caller::server))
      co_await begin_cancel(tx, *other, why, effects);
  }
  co_return effects;
}

std::unexpected<Error> queue_full() {
  return std::unexpected(Error(ErrorKind::too_many, "queue_full", "The queue is full. Submit again later.")
                             .with_retry_after(std::chrono::seconds(5)));
}

// What is stored of a spec beside plain columns.
struct Texts {
  std::string spec, steps, retry;
  std::optional<std::string> secret_uses;
};
Texts texts_of(const pipelines::JobSpec& spec) {
  return {.spec = json::write_text(spec),
          .steps = write_new_steps(spec),
          .retry = json::write_text(spec.retry),
          .secret_uses = secret_uses_of(spec)};
}

}  // namespace

Task<Result<Submitted>> Jobs::submit(Submission submission) {
  if (queue_is_full()) co_return queue_full();
  struct Outcome {
    Submitted submitted;
    Effects effects;
  };
  auto texts = std::make_shared<const Texts>(texts_of(submission.spec));  // made before the writer's turn
  auto body = [submission = std::move(submission), texts, queue_max = settings_.queue_max,
               now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    const pipelines::JobSpec& spec = submission.spec;
    Outcome out;
    if (submission.idempotency_key) {
      const db::Rows known = co_await tx.run(find_key_query, {submission.owner, *submission.idempotency_key});
      const auto before = db::read_first<Before>(known);
      if (before && (!before->state || before->body_digest != submission.body_digest))
        co_return fail(ErrorKind::invalid, "idempotency_mismatch",
                       "This Idempotency-Key was used with another body. Use a new key.");
      if (before) {
        out.submitted = {before->made_id, *before->state};
        co_return out;
      }
    }
    JobRow row{.id = JobId::make(),
               .seq = std::numeric_limits<std::int64_t>::max(),  // the newest; the insert numbers it
               .name = spec.name,
               .state = spec.concurrency ? JobState::blocked : JobState::queued,
               .executor = spec.executor,
               .runs_on = json::write_text(spec.runs_on),
               .priority = spec.priority};
    if (spec.concurrency) {
      row.concurrency_group = spec.concurrency->group;
      row.concurrency_limit = spec.concurrency->limit;
      co_await lock_group(tx, *row.concurrency_group);
      if (spec.concurrency->on_conflict != "queue")
        out.effects.add(co_await replace_others(tx, *spec.concurrency, row.id, now));
    }
    const Gate gate = co_await ask_gates(tx, row, now);
    if (gate.position > static_cast<std::int64_t>(queue_max)) co_return queue_full();
    row.state = gate.state;
    const db::Value queued_at = row.state == JobState::queued ? db::Value(now) : db::Value();
    const db::Rows inserted = co_await tx.run(
        insert_job_query,
        {row.id.str(), row.name, std::string(name_of(row.state)), gate.reason, texts->spec, texts->steps, row.executor,
         row.runs_on, row.priority, spec.timeout_ms, texts->retry, db::or_null(row.concurrency_group),
         row.concurrency_limit, submission.owner, now, queued_at, db::or_null(texts->secret_uses)});
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
    out.effects.changed.push_back({row.id, {}});
    if (gate.offered) out.effects.queued.push_back(to_queued(row, now));
    co_return out;
  };
  Result<Outcome> outcome = co_await write<Outcome>(std::move(body));
  if (!outcome) co_return std::unexpected(std::move(outcome.error()));
  tell(outcome->effects);
  co_await promote_all(std::move(outcome->effects.groups));
  co_return outcome->submitted;
}

}  // namespace open_cicd::jobs
