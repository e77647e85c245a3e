// A run of a change waits until somebody lets it begin: for one commit and one plan.
#include "db/row.h"
#include "runs/release.h"
#include "runs/runs.h"

namespace open_cicd::runs {
namespace {

constexpr db::Query digest_query{.name = "runs.plan_digest",
                                 .sql = "SELECT plan_digest FROM rounds WHERE run_id = $1 AND round = $2"};
constexpr db::Query approve_query{
    .name = "runs.approve",
    .sql = "UPDATE runs SET awaits_approval = 0, approved_by = $2, reason = $3, version = version + 1 WHERE id = $1"};
constexpr db::Query waits_on_query{
    .name = "runs.waits_on",
    .sql =
        "UPDATE jobs SET reason = $2, version = version + 1 WHERE run_id = $1 AND state = 'blocked' AND reason LIKE "
        "'{\"code\":\"waiting_for_approval\"%' RETURNING id"};
constexpr db::Query admit_query{
    .name = "runs.admit",
    .sql = "UPDATE runs SET state = 'queued', reason = NULL, version = version + 1 WHERE id = $1"};
constexpr db::Query open_gate_query{
    .name = "runs.open_gate",
    .sql =
        "UPDATE jobs SET needs_open = needs_open - 1, version = version + 1 WHERE run_id = $1 AND state IN ('blocked', "
        "'queued', 'assigned', 'running', 'cancelling') AND state = 'blocked' AND needs_open > 0 RETURNING id, seq, "
        "needs_open"};
constexpr db::Query older_waiting_query{.name = "runs.waiting_of_change",
                                        .sql =
                                            "SELECT id FROM runs WHERE repository_id = $1 AND change = $2 AND "
                                            "awaits_approval = 1 AND state = 'pending' AND "
                                            "seq < (SELECT min(seq) FROM runs WHERE delivery_id = $3)"};

// It waits for its concurrency group next: promote() follows the commit.
Task<jobs::Effects> wait_for_group(db::Transaction& tx, RunId id, std::string group) {
  jobs::Effects effects;
  const std::string why = jobs::reason("waiting_for_concurrency", {{"group", jobs::shown_group(group)}});
  const db::Rows rows = co_await tx.run(waits_on_query, {id.str(), why});
  for (std::size_t i = 0; i < rows.size(); ++i) effects.changed.push_back({JobId::parse(rows.text(i, 0)).value(), id});
  effects.runs.push_back({id});
  effects.run_groups.push_back(std::move(group));
  co_return effects;
}

}  // namespace

Task<jobs::Effects> open_run(db::Transaction& tx, RunRow run, std::int64_t now) {
  const RunId id = run.id;
  co_await tx.run(admit_query, {id.str()});
  run.state = "queued";
  Release release(tx, std::move(run), now);
  release.run_changed();
  co_await release.start(release.counted_down(co_await tx.run(open_gate_query, {id.str()})));
  co_await release.roll_up();
  co_return release.take();
}

Task<Result<std::string>> Runs::approve(RunId id, std::optional<std::string> plan_digest, std::string by) {
  struct Outcome {
    std::string state;
    jobs::Effects effects;
  };
  auto body = [id, plan_digest, by, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    std::optional<RunRow> run = co_await lock_run(tx, id);
    if (!run) co_return not_found("run", id.str());
    if (!run->awaits_approval || !is_open(*run))
      co_return fail(ErrorKind::conflict, "no_approval_needed",
                     fmt::format("The run waits for no approval: it is {}.", run->state));
    const std::string digest = (co_await tx.run(digest_query, {id.str(), run->round})).text(0, 0);
    if (plan_digest && *plan_digest != digest)
      co_return std::unexpected(Error(ErrorKind::conflict, "plan_changed",
                                      "That is not the plan of this run. Look at it, and approve what it shows.")
                                    .with_fact("plan_digest", boost::json::string(digest)));
    const std::optional<std::string> group = run->concurrency_group;
    const db::Value why =
        group ? db::Value(jobs::reason("waiting_for_concurrency", {{"group", jobs::shown_group(*group)}}))
              : db::Value();
    co_await tx.run(approve_query, {id.str(), by, why});
    run->awaits_approval = false;
    Outcome out;
    if (group) {
      out.effects = co_await wait_for_group(tx, id, *group);
      co_await mark_report(tx, *run);
      out.state = run->state;
    } else {
      out.effects = co_await open_run(tx, std::move(*run), now);
      out.state = "queued";
    }
    co_return out;
  };
  Result<Outcome> outcome = co_await jobs_.write<Outcome>(std::move(body));
  if (!outcome) co_return std::unexpected(std::move(outcome.error()));
  co_await jobs_.tell_all(std::move(outcome->effects));
  co_return std::move(outcome->state);
}

Task<void> Runs::withdraw(RepositoryId repository, std::int64_t change, std::string delivery, RunId by) {
  const db::Rows rows = co_await db_.read(older_waiting_query, {repository.str(), change, delivery});
  for (std::size_t i = 0; i < rows.size(); ++i) co_await cancel(RunId::parse(rows.text(i, 0)).value(), by.str());
}

}  // namespace open_cicd::runs
