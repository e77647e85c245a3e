#include "base/json.h"
#include "db/row.h"
#include "runs/insert_jobs.h"
#include "runs/prepared.h"
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

// In the order of RunColumns' members, and the number, which is known last.
#define NEW_RUN_COLUMNS                                                                                                \
  "id, scope, pipeline, name, event, branch, tag, triggered_by, state, reason, concurrency_group, concurrency_limit, " \
  "on_conflict, created_at, repository_id, made_by, delivery_id, ref, sha, base_sha, change, title, author, "          \
  "actor_id, trust, awaits_approval, number, round"
#define NEW_RUN_VALUES                                                                                              \
  "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, " \
  "$25, "                                                                                                           \
  "$26, $27, 1"
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

constexpr db::Query of_delivery_query{
    .name = "runs.of_delivery", .sql = "SELECT id, number, state FROM runs WHERE delivery_id = $1 AND pipeline = $2"};

struct RunColumns {
  std::string id, scope, pipeline, name, event;
  std::optional<std::string> branch, tag;
  std::string triggered_by, state;
  std::optional<std::string> reason, concurrency_group;
  std::int64_t concurrency_limit = 0;
  std::string on_conflict;
  std::int64_t created_at = 0;
  std::optional<std::string> repository_id;
  std::string made_by;
  std::optional<std::string> delivery_id, ref, sha, base_sha;
  std::optional<std::int64_t> change;
  std::optional<std::string> title, author;
  std::optional<std::int64_t> actor_id;
  std::string trust;
  std::int64_t awaits_approval = 0;
};
BOOST_DESCRIBE_STRUCT(RunColumns, (),
                      (id, scope, pipeline, name, event, branch, tag, triggered_by, state, reason, concurrency_group,
                       concurrency_limit, on_conflict, created_at, repository_id, made_by, delivery_id, ref, sha,
                       base_sha, change, title, author, actor_id, trust, awaits_approval))

struct MadeBefore {
  RunId id;
  std::int64_t number = 0;
  std::string state;
};
BOOST_DESCRIBE_STRUCT(MadeBefore, (), (id, number, state))

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

Result<void> check_stored_bytes(const NewJobs& jobs) {
  if (stored_bytes(jobs) <= specs_bytes_max) return {};
  return invalid_fields({{"jobs", fmt::format("make more than {} bytes of specifications, with the inputs that "
                                              "each of them carries, and no run may have more",
                                              specs_bytes_max)}});
}

namespace {

// Why it is pending, if it is. An approval comes first: until then it stands in no group's line.
std::optional<std::string> why_pending(const NewRun& run) {
  if (run.plan.skipped || run.failure) return std::nullopt;
  if (run.origin && run.origin->awaits_approval)
    return jobs::reason("waiting_for_approval", {{"trust", run.origin->trust}});
  if (run.plan.concurrency) return jobs::reason("waiting_for_concurrency", {{"group", run.plan.concurrency->group}});
  return std::nullopt;
}

RunColumns columns_of(const PreparedRun& prepared) {
  const NewRun& run = prepared.run;
  const pipelines::Concurrency group = run.plan.concurrency.value_or(pipelines::Concurrency{});
  RunColumns row{.id = prepared.id.str(),
                 .scope = prepared.scope,
                 .pipeline = run.pipeline,
                 .name = run.plan.name,
                 .event = run.plan.event.name,
                 .branch = run.plan.event.branch,
                 .tag = run.plan.event.tag,
                 .triggered_by = run.by,
                 .state = prepared.state,
                 .reason = prepared.reason,
                 .concurrency_group = prepared.group,
                 .concurrency_limit = group.limit,
                 .on_conflict = group.on_conflict,
                 .created_at = prepared.at,
                 .made_by = "api",
                 .trust = "trusted"};
  if (!run.origin) return row;
  const Origin& origin = *run.origin;
  row.repository_id = origin.repository.str();
  row.made_by = origin.made_by;
  row.delivery_id = origin.delivery;
  row.ref = origin.ref;
  row.sha = origin.sha;
  row.base_sha = origin.base_sha;
  row.change = origin.change;
  row.title = origin.title;
  row.author = origin.author;
  row.actor_id = origin.actor_id;
  row.trust = origin.trust;
  row.awaits_approval = prepared.state == "pending" && origin.awaits_approval ? 1 : 0;
  return row;
}

RunRow row_of(const PreparedRun& prepared, std::int64_t number) {
  RunRow row{.id = prepared.id, .number = number, .state = prepared.state, .round = 1};
  if (prepared.run.origin) row.repository_id = prepared.run.origin->repository;
  return row;
}

}  // namespace

std::shared_ptr<const PreparedRun> Runs::prepare(NewRun run) const {
  PreparedRun prepared{.at = clock_.unix_ms(), .run = std::move(run)};
  boost::json::object contexts = prepared.run.contexts;
  contexts["inputs"] = prepared.run.plan.inputs;
  prepared.contexts = boost::json::serialize(contexts);
  prepared.plan = workflows::plan_text(prepared.run.plan);
  const workflows::Plan& plan = prepared.run.plan;
  prepared.scope = prepared.run.origin ? prepared.run.origin->repository.str() : std::string(scope_of_hand);
  // A stranger's change stands in no line with the repository's own runs, and can end none of them.
  std::string groups = prepared.scope;
  if (prepared.run.origin && prepared.run.origin->trust == "fork")
    groups += fmt::format("/change/{}", prepared.run.origin->change.value_or(0));
  const std::optional<std::string> waits = why_pending(prepared.run);
  if (plan.concurrency && waits) prepared.group = group_key(groups, plan.concurrency->group);
  prepared.state = waits ? "pending" : "queued";
  prepared.reason = waits;
  if (plan.skipped) prepared.reason = jobs::reason(plan.skipped->code, plan.skipped->facts);
  if (prepared.run.failure) prepared.reason = prepared.run.failure;
  prepared.jobs = make_jobs(plan, {groups, std::move(contexts), prepared.run.checkout}, waits, prepared.at);
  return std::make_shared<const PreparedRun>(std::move(prepared));
}

Task<Result<CreatedRun>> Runs::create(std::shared_ptr<const PreparedRun> prepared) {
  struct Outcome {
    CreatedRun created;
    jobs::Effects effects;
  };
  const std::int64_t now = prepared->at;
  if (const Result<void> fits = check_stored_bytes(prepared->jobs); !fits) co_return std::unexpected(fits.error());
  const Room room{settings_.open_max, jobs_.queue_is_full()};
  auto body = [prepared, now, room](db::Transaction& tx) -> Task<Result<Outcome>> {
    const NewRun& run = prepared->run;
    const std::string id = prepared->id.str();
    Outcome out;
    if (run.origin && run.origin->delivery) {
      const auto before =
          db::read_first<MadeBefore>(co_await tx.run(of_delivery_query, {*run.origin->delivery, run.pipeline}));
      if (before) out.created = {before->id, before->number, before->state};
      if (before) co_return out;
    }
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
    if (const Result<void> fits = co_await check_room(tx, room, prepared->scope); !fits)
      co_return std::unexpected(fits.error());
    const std::int64_t number = (co_await tx.run(number_query, {prepared->scope})).integer(0, 0);
    db::Params row = db::params_of(columns_of(*prepared));
    row.emplace_back(number);
    co_await tx.run(insert_run_query, std::move(row));
    co_await tx.run(insert_round_query,
                    {id, 1, run.by, run.workflow, prepared->plan, run.plan.digest, prepared->contexts, now});
    out.effects = co_await insert_jobs(tx, prepared->id, 1, run.by, prepared->jobs, now);
    Release release(tx, row_of(*prepared, number), now);
    co_await release.start(prepared->jobs.ready);
    out.created = {prepared->id, number, co_await release.roll_up()};
    out.effects.add(release.take());
    out.effects.runs.push_back({prepared->id});
    const bool awaits_approval = run.origin && run.origin->awaits_approval;
    if (prepared->group && !awaits_approval) out.effects.run_groups.push_back(*prepared->group);
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
