// `on_conflict` of jobs: one that comes to wait in its group ends those of older runs that wait there, or hold a slot.
// Never one of its own run, and never one of a newer run, so that a re-run ends nothing that came after it.
#include "db/row.h"
#include "jobs/gates.h"
#include "runs/release.h"
#include "runs/runs.h"

namespace open_cicd::runs {
namespace {

#define CONFLICTS                                                                                                     \
  " FROM jobs n JOIN runs nr ON nr.id = n.run_id JOIN jobs v ON v.concurrency_group = n.concurrency_group AND "       \
  "v.run_id <> n.run_id JOIN runs vr ON vr.id = v.run_id WHERE n.on_conflict <> 'queue' AND n.state = 'blocked' AND " \
  "n.needs_open = 0 AND vr.seq < nr.seq AND v.state IN ('blocked', 'queued', 'assigned', 'running') AND ((v.state = " \
  "'blocked' AND v.needs_open = 0) OR (n.on_conflict = "                                                              \
  "'cancel_running' AND v.state IN ('queued', 'assigned', 'running')))"
constexpr db::Query conflict_query{.name = "job_groups.conflict",
                                   .sql = "SELECT nr.id AS by, v.id AS job, v.run_id AS run" CONFLICTS
                                          " AND n.concurrency_group = $1 ORDER BY nr.seq DESC, v.seq LIMIT 1"};
constexpr db::Query conflicts_query{.name = "job_groups.conflicts",
                                    .sql = "SELECT DISTINCT n.concurrency_group" CONFLICTS " LIMIT 1000"};

struct Conflict {
  RunId by;
  JobId job;
  RunId run;
};
BOOST_DESCRIBE_STRUCT(Conflict, (), (by, job, run))

}  // namespace

// One job for each transaction, so that none locks two runs.
Task<bool> Runs::replace_one(std::string group) {
  struct Outcome {
    bool done = false;
    jobs::Effects effects;
  };
  auto body = [group, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    Outcome out;
    co_await jobs::lock_group(tx, group);
    const auto conflict = db::read_first<Conflict>(co_await tx.run(conflict_query, {group}));
    if (!conflict) co_return out;
    std::optional<RunRow> run = co_await lock_run(tx, conflict->run);
    out.done = true;  // also when the run has ended since: the next look does not find it
    if (!run || !is_open(*run)) co_return out;
    Release release(tx, std::move(*run), now);
    co_await release.cancel(
        {conflict->job}, jobs::reason("superseded", {{"by", conflict->by.str()}, {"group", jobs::shown_group(group)}}));
    co_await release.roll_up();
    out.effects = release.take();
    co_return out;
  };
  Result<Outcome> outcome = co_await jobs_.write<Outcome>(std::move(body));
  if (!outcome) co_return false;
  std::erase(outcome->effects.groups, group);  // its promotion is what follows
  co_await jobs_.tell_all(std::move(outcome->effects));
  co_return outcome->done;
}

Task<void> Runs::replace(std::string group) {
  while (co_await replace_one(group)) continue;
}

Task<std::vector<std::string>> Runs::groups_with_conflicts() const {
  std::vector<std::string> groups;
  const db::Rows rows = co_await db_.read(conflicts_query, {});
  for (std::size_t i = 0; i < rows.size(); ++i) groups.push_back(rows.text(i, 0));
  co_return groups;
}

}  // namespace open_cicd::runs
