// A round with another file, or other inputs, than the one before.
#include "db/row.h"
#include "runs/insert_jobs.h"
#include "runs/prepared.h"
#include "runs/release.h"
#include "runs/room.h"

#include <boost/json/parse.hpp>

#include <map>

namespace open_cicd::runs {
namespace {

constexpr db::Query texts_query{
    .name = "runs.basis",
    .sql =
        "SELECT o.workflow, o.contexts FROM runs r JOIN rounds o ON o.run_id = r.id AND o.round = r.round WHERE "
        "r.id = $1"};
constexpr db::Query checkout_query{
    .name = "runs.checkout",
    .sql =
        "SELECT spec ->> '$.checkout.url' AS url, coalesce(spec ->> '$.checkout.ref', '') AS ref FROM jobs WHERE "
        "run_id = $1 AND spec ->> '$.checkout.url' IS NOT NULL LIMIT 1",
    .postgres_sql =
        "SELECT spec::json -> 'checkout' ->> 'url' AS url, coalesce(spec::json -> 'checkout' ->> 'ref', '') "
        "AS ref FROM jobs WHERE run_id = $1 AND spec::json -> 'checkout' ->> 'url' IS NOT NULL LIMIT 1"};
constexpr db::Query newest_query{.name = "runs.newest_keys",
                                 .sql = "SELECT key, id FROM jobs WHERE run_id = $1 AND newest = 1"};
constexpr db::Query unended_query{
    .name = "runs.unended",
    .sql =
        "SELECT count(*) FROM jobs WHERE run_id = $1 AND state IN ('blocked', 'queued', 'assigned', 'running', "
        "'cancelling')"};
constexpr db::Query edited_round_query{
    .name = "runs.edited_round",
    .sql =
        "INSERT INTO rounds (run_id, round, asked_by, workflow, plan, plan_digest, contexts, edited, state, "
        "created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 'queued', $8)"};
constexpr db::Query reopen_query{
    .name = "runs.reopen_edited",
    .sql =
        "UPDATE runs SET state = $2, reason = $3, concurrency_group = $4, concurrency_limit = $5, on_conflict = $6, "
        "awaits_approval = $7, modified = 1, round = round + 1, warnings = 0, cancelling_by = "
        "NULL, superseded_by = NULL, finished_at = NULL, version = version + 2 WHERE id = $1"};
constexpr db::Query leave_all_query{.name = "runs.leave_all",
                                    .sql = "UPDATE jobs SET newest = 0 WHERE run_id = $1 AND newest = 1"};

struct Texts {
  std::string workflow, contexts;
};
BOOST_DESCRIBE_STRUCT(Texts, (), (workflow, contexts))

struct From {
  std::string url, ref;
};
BOOST_DESCRIBE_STRUCT(From, (), (url, ref))

struct KeyRow {
  std::string key, id;
};
BOOST_DESCRIBE_STRUCT(KeyRow, (), (key, id))

// Of a run that is open or whose old jobs are still being stopped, two rounds would mix: their keys need not be the
// same.
Result<void> check_ended(const RunRow& run, std::int64_t unended, int rounds_max) {
  if (run.awaits_approval && is_open(run))
    return fail(ErrorKind::conflict, "run_awaits_approval",
                "The run waits for an approval, and none of its jobs has run. Approve it or cancel it.");
  if (is_open(run) || unended > 0)
    return fail(ErrorKind::conflict, "run_is_open",
                "The run has not ended. Cancel it, or wait until it has, and run it with another file then.");
  if (run.round >= rounds_max)
    return fail(ErrorKind::conflict, "too_many_rounds", fmt::format("A run has at most {} rounds.", rounds_max));
  return {};
}

}  // namespace

Task<Result<RoundBasis>> Runs::basis(RunId id) {
  auto detail = co_await get(id);
  if (!detail) co_return std::unexpected(std::move(detail.error()));
  auto texts = db::read_first<Texts>(co_await db_.read(texts_query, {id.str()}));
  if (!texts) co_return not_found("run", id.str());
  RoundBasis basis{.run = std::move(detail->run),
                   .workflow = std::move(texts->workflow),
                   .contexts = boost::json::parse(texts->contexts).as_object(),
                   .checkout = {}};
  if (auto from = db::read_first<From>(co_await db_.read(checkout_query, {id.str()})))
    basis.checkout = pipelines::Checkout{.url = std::move(from->url), .ref = std::move(from->ref)};
  co_return basis;
}

Task<Result<Rerun>> Runs::rerun_edited(RunId id, std::shared_ptr<const PreparedRun> prepared) {
  struct Outcome {
    Rerun rerun;
    jobs::Effects effects;
  };
  if (const Result<void> fits = check_stored_bytes(prepared->jobs); !fits) co_return std::unexpected(fits.error());
  const Room room{settings_.open_max, jobs_.queue_is_full()};
  auto body = [id, prepared, room, rounds_max = settings_.rounds_max,
               now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    std::optional<RunRow> run = co_await lock_run(tx, id);
    if (!run) co_return not_found("run", id.str());
    const std::int64_t unended = (co_await tx.run(unended_query, {id.str()})).integer(0, 0);
    if (const Result<void> fine = check_ended(*run, unended, rounds_max); !fine)
      co_return std::unexpected(fine.error());
    if (const Result<void> fits = co_await check_room(tx, room, prepared->scope); !fits)
      co_return std::unexpected(fits.error());
    const NewRun& edited = prepared->run;
    const int round = run->round + 1;
    const bool awaits_approval = edited.origin && edited.origin->awaits_approval && prepared->state == "pending";
    const pipelines::Concurrency group = edited.plan.concurrency.value_or(pipelines::Concurrency{});

    NewJobs jobs = prepared->jobs;
    std::map<std::string, std::string> old;
    for (KeyRow& row : db::read_all<KeyRow>(co_await tx.run(newest_query, {id.str()})))
      old[row.key] = std::move(row.id);
    for (NewJob& job : jobs.jobs)
      if (const auto found = old.find(job.key); found != old.end()) job.rerun_of = found->second;

    co_await tx.run(edited_round_query, {id.str(), round, edited.by, edited.workflow, prepared->plan,
                                         edited.plan.digest, prepared->contexts, now});
    co_await tx.run(reopen_query,
                    {id.str(), prepared->state, db::or_null(prepared->reason), db::or_null(prepared->group),
                     std::int64_t{group.limit}, group.on_conflict, std::int64_t{awaits_approval ? 1 : 0}});
    co_await tx.run(leave_all_query, {id.str()});
    run = co_await lock_run(tx, id);
    Outcome out{.rerun = {.round = round, .state = prepared->state, .jobs = static_cast<int>(jobs.jobs.size())},
                .effects = co_await insert_jobs(tx, id, round, edited.by, jobs, now)};
    Release release(tx, std::move(*run), now);
    co_await release.start(jobs.ready);
    out.rerun.state = co_await release.roll_up();
    out.effects.add(release.take());
    out.effects.runs.push_back({id});
    if (prepared->group && !awaits_approval) out.effects.run_groups.push_back(*prepared->group);
    co_return out;
  };
  Result<Outcome> outcome = co_await jobs_.write<Outcome>(std::move(body));
  if (!outcome) co_return std::unexpected(std::move(outcome.error()));
  co_await jobs_.tell_all(std::move(outcome->effects));
  co_return std::move(outcome->rerun);
}

}  // namespace open_cicd::runs
