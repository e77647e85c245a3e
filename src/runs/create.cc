#include "base/json.h"
#include "db/row.h"
#include "runs/insert_jobs.h"
#include "runs/release.h"
#include "runs/room.h"
#include "runs/runs.h"
#include "workflows/limits.h"

#include <boost/json/serialize.hpp>

namespace open_cicd::runs {
namespace {

constexpr std::string_view scope_of_hand = "";  // runs that were sent by hand count as one repository

constexpr db::Query find_key_query{.name = "run_keys.find",
                                   .sql =
                                       "SELECT k.body_digest, r.id, r.number, r.state FROM idempotency_keys k LEFT "
                                       "JOIN runs r ON r.id = k.made_id WHERE k.owner = $1 AND k.key = $2"};
constexpr db::Query insert_key_query{.name = "run_keys.insert",
                                     .sql =
                                         "INSERT INTO idempotency_keys (owner, key, body_digest, made_id, created_at) "
                                         "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"};
// Its row is locked until the commit, so that numbers have no gap and follow the order of the commits.
constexpr db::Query number_query{.name = "runs.number",
                                 .sql =
                                     "INSERT INTO run_numbers (scope, last) VALUES ($1, 1) ON CONFLICT (scope) DO "
                                     "UPDATE SET last = run_numbers.last + 1 RETURNING last"};

#define NEW_RUN_COLUMNS                                                                                     \
  "id, scope, number, pipeline, name, event, branch, tag, triggered_by, state, reason, concurrency_group, " \
  "concurrency_limit, on_conflict, created_at, round"
#define NEW_RUN_VALUES "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1"
constexpr db::Query insert_run_query{
    .name = "runs.insert",
    .sql = "INSERT INTO runs (" NEW_RUN_COLUMNS ", seq) VALUES (" NEW_RUN_VALUES
           ", (SELECT coalesce(max(seq), 0) + 1 FROM runs))",
    .postgres_sql = "INSERT INTO runs (" NEW_RUN_COLUMNS ") VALUES (" NEW_RUN_VALUES ")"};
constexpr db::Query insert_round_query{
    .name = "runs.insert_round",
    .sql =
        "INSERT INTO rounds (run_id, round, asked_by, workflow, plan, plan_digest, contexts, state, created_at) VALUES "
        "($1, $2, $3, $4, $5, $6, $7, 'queued', $8)"};

struct Before {
  std::string body_digest;
  std::optional<RunId> id;  // nothing: it made something else
  std::optional<std::int64_t> number;
  std::optional<std::string> state;
};
BOOST_DESCRIBE_STRUCT(Before, (), (body_digest, id, number, state))

constexpr std::size_t specs_bytes_max = workflows::limits::specs_bytes_max;

// The plan counts what its file says; the rows also hold what its expressions are made of.
std::size_t stored_bytes(const NewJobs& jobs) {
  std::size_t bytes = 0;
  for (const NewJob& job : jobs.jobs) bytes += job.spec.size();
  return bytes;
}

}  // namespace

struct PreparedRun {
  RunId id = RunId::make();
  std::int64_t at = 0;  // Unix milliseconds
  NewRun run;
  std::string plan, contexts;
  std::optional<std::string> group;  // of runs
  std::string state;
  std::optional<std::string> reason;
  NewJobs jobs;
};

std::shared_ptr<const PreparedRun> Runs::prepare(NewRun run) const {
  PreparedRun prepared{.at = clock_.unix_ms(), .run = std::move(run)};
  boost::json::object contexts = prepared.run.contexts;
  contexts["inputs"] = prepared.run.plan.inputs;
  prepared.contexts = boost::json::serialize(contexts);
  prepared.plan = workflows::plan_text(prepared.run.plan);
  const workflows::Plan& plan = prepared.run.plan;
  const bool pending = plan.concurrency && !plan.skipped;
  if (pending) prepared.group = group_key(scope_of_hand, plan.concurrency->group);
  prepared.state = pending ? "pending" : "queued";
  if (plan.skipped) prepared.reason = jobs::reason(plan.skipped->code, plan.skipped->facts);
  if (pending) prepared.reason = jobs::reason("waiting_for_concurrency", {{"group", plan.concurrency->group}});
  prepared.jobs = make_jobs(plan, {scope_of_hand, std::move(contexts), prepared.run.checkout},
                            pending ? std::optional(plan.concurrency->group) : std::nullopt, prepared.at);
  return std::make_shared<const PreparedRun>(std::move(prepared));
}

Task<Result<CreatedRun>> Runs::create(std::shared_ptr<const PreparedRun> prepared) {
  struct Outcome {
    CreatedRun created;
    jobs::Effects effects;
  };
  const std::int64_t now = prepared->at;
  if (stored_bytes(prepared->jobs) > specs_bytes_max)
    co_return invalid_fields({{"jobs", fmt::format("make more than {} bytes of specifications, with the inputs that "
                                                   "each of them carries, and no run may have more",
                                                   specs_bytes_max)}});
  const Room room{settings_.open_max, jobs_.queue_is_full()};
  auto body = [prepared, now, room](db::Transaction& tx) -> Task<Result<Outcome>> {
    const NewRun& run = prepared->run;
    const std::string id = prepared->id.str();
    const pipelines::Concurrency group = run.plan.concurrency.value_or(pipelines::Concurrency{});
    Outcome out;
    if (run.idempotency_key) {
      const auto before = db::read_first<Before>(co_await tx.run(find_key_query, {run.by, *run.idempotency_key}));
      if (before && (!before->id || before->body_digest != run.body_digest))
        co_return fail(ErrorKind::invalid, "idempotency_mismatch",
                       "This Idempotency-Key was used with another body. Use a new key.");
      if (before) {
        out.created = {*before->id, *before->number, *before->state};
        co_return out;
      }
    }
    if (const Result<void> fits = co_await check_room(tx, room); !fits) co_return std::unexpected(fits.error());
    const std::int64_t number = (co_await tx.run(number_query, {std::string(scope_of_hand)})).integer(0, 0);
    co_await tx.run(insert_run_query,
                    {id, std::string(scope_of_hand), number, run.pipeline, run.plan.name, run.plan.event.name,
                     db::or_null(run.plan.event.branch), db::or_null(run.plan.event.tag), run.by, prepared->state,
                     db::or_null(prepared->reason), db::or_null(prepared->group), group.limit, group.on_conflict, now});
    co_await tx.run(insert_round_query,
                    {id, 1, run.by, run.workflow, prepared->plan, run.plan.digest, prepared->contexts, now});
    out.effects = co_await insert_jobs(tx, prepared->id, 1, run.by, prepared->jobs, now);
    Release release(tx, {.id = prepared->id, .number = number, .state = prepared->state, .round = 1}, now);
    co_await release.start(prepared->jobs.ready);
    out.created = {prepared->id, number, co_await release.roll_up()};
    out.effects.add(release.take());
    out.effects.runs.push_back({prepared->id});
    if (prepared->group) out.effects.run_groups.push_back(*prepared->group);
    if (run.idempotency_key) {
      const db::Rows kept = co_await tx.run(insert_key_query, {run.by, *run.idempotency_key, run.body_digest, id, now});
      if (kept.affected() == 0)
        co_return std::unexpected(
            Error(ErrorKind::unavailable, "idempotency_race", "The same key is being used right now. Send it again.")
                .with_retry_after(std::chrono::seconds(1)));
    }
    co_return out;
  };
  Result<Outcome> outcome = co_await jobs_.write<Outcome>(std::move(body));
  if (!outcome) co_return std::unexpected(std::move(outcome.error()));
  co_await jobs_.tell_all(std::move(outcome->effects));
  co_return std::move(outcome->created);
}

}  // namespace open_cicd::runs
