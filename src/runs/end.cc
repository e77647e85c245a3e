// What jobs tell of an end, and what the tick of the reaper looks for.
#include "base/cancellation.h"
#include "base/log.h"
#include "db/row.h"
#include "runs/release.h"
#include "runs/runs.h"

#include <algorithm>

namespace open_cicd::runs {
namespace {

constexpr db::Query lock_of_job_query{
    .name = "runs.lock_of_job",
    .sql = "SELECT id FROM runs WHERE id = (SELECT run_id FROM jobs WHERE id = $1)",
    .postgres_sql = "SELECT id FROM runs WHERE id = (SELECT run_id FROM jobs WHERE id = $1) FOR UPDATE"};
// Nothing, unless something went wrong: what releases a job counts down in the same transaction.
constexpr db::Query ready_query{
    .name = "runs.ready",
    .sql =
        "SELECT id, run_id FROM jobs WHERE run_id IS NOT NULL AND state = 'blocked' AND needs_open = 0 AND "
        "concurrency_group IS NULL LIMIT 1000"};

// Groups in which something is to be done: what a crash between an end, or a new run, and its promotion left behind.
constexpr db::Query waiting_query{
    .name = "run_groups.waiting",
    .sql =
        "SELECT DISTINCT w.concurrency_group FROM runs w WHERE w.state IN ('pending', 'queued') AND w.state = "
        "'pending' AND w.awaits_approval = 0 AND w.concurrency_group IS NOT NULL AND (w.concurrency_limit > (SELECT "
        "count(*) FROM runs q WHERE "
        "q.concurrency_group = w.concurrency_group AND q.state IN ('pending', 'queued') AND q.state = 'queued') OR "
        "EXISTS (SELECT 1 FROM runs o WHERE o.concurrency_group = w.concurrency_group AND o.state IN ('pending', "
        "'queued') AND o.seq < w.seq AND o.superseded_by IS NULL AND o.awaits_approval = 0 AND ((w.on_conflict <> "
        "'queue' AND o.state = "
        "'pending') OR w.on_conflict = 'cancel_running'))) LIMIT 1000"};

struct Ready {
  JobId id;
  RunId run_id;
};
BOOST_DESCRIBE_STRUCT(Ready, (), (id, run_id))

}  // namespace

Task<void> Runs::lock_run_of(db::Transaction& tx, JobId job) {
  co_await tx.run(lock_of_job_query, {job.str()});
}

Task<jobs::Effects> Runs::ended(db::Transaction& tx, jobs::JobRow job, jobs::End end, std::int64_t now) {
  std::optional<RunRow> run = co_await lock_run(tx, *job.run_id);
  if (!run) throw std::logic_error("a job's run is gone");
  Release release(tx, std::move(*run), now);
  co_await release.follow(job.id, end.state, end.exit_code);
  co_await release.roll_up();
  co_return release.take();
}

Task<void> Runs::sweep() {
  std::vector<std::string> groups;
  const db::Rows waiting = co_await db_.read(waiting_query, {});
  for (std::size_t i = 0; i < waiting.size(); ++i) groups.push_back(waiting.text(i, 0));
  co_await promote(std::move(groups));
  if (jobs::Effects conflicts{.groups = co_await groups_with_conflicts()}; !conflicts.groups.empty())
    co_await jobs_.tell_all(std::move(conflicts));
  std::vector<Ready> ready = db::read_all<Ready>(co_await db_.read(ready_query, {}));
  for (const Ready& job : ready) {
    auto body = [job, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<jobs::Effects>> {
      std::optional<RunRow> run = co_await lock_run(tx, job.run_id);
      if (!run || !is_open(*run)) co_return jobs::Effects{};
      Release release(tx, std::move(*run), now);
      co_await release.start({job.id});
      co_await release.roll_up();
      co_return release.take();
    };
    Result<jobs::Effects> effects = co_await jobs_.write<jobs::Effects>(std::move(body));
    if (!effects || effects->changed.empty()) continue;
    log_warn("a job that waited for nothing was released by the sweep", {{"job", job.id.str()}});
    co_await jobs_.tell_all(std::move(*effects));
  }
}

}  // namespace open_cicd::runs
