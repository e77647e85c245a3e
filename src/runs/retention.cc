#include "runs/retention.h"

#include "db/row.h"

namespace open_cicd::runs {
namespace {

// The rows stay locked until the commit, so that no re-run begins meanwhile.
#define LOOK                                                                                                          \
  "SELECT r.id, r.finished_at, CASE WHEN EXISTS (SELECT 1 FROM jobs j JOIN attempts a ON a.job_id = j.id WHERE "      \
  "j.run_id = r.id AND (a.open = 1 OR a.exclusive = 1)) OR EXISTS (SELECT 1 FROM idempotency_keys k WHERE k.made_id " \
  "= r.id) OR EXISTS (SELECT 1 FROM run_reports o WHERE o.run_id = r.id) OR EXISTS (SELECT 1 FROM outbox m WHERE "    \
  "m.run_id = r.id) THEN 0 ELSE 1 END AS due FROM runs r WHERE "                                                      \
  "r.finished_at < $1 AND (r.finished_at, r.id) > ($2, $3) ORDER "                                                    \
  "BY r.finished_at, r.id LIMIT $4"
constexpr db::Query look_query{.name = "run_retention.look", .sql = LOOK, .postgres_sql = LOOK " FOR UPDATE OF r"};
constexpr db::Query superseded_query{.name = "run_retention.superseded",
                                     .sql = "SELECT id FROM jobs WHERE run_id = $1 AND newest = 0 LIMIT $2"};
constexpr db::Query jobs_query{.name = "run_retention.jobs", .sql = "SELECT id FROM jobs WHERE run_id = $1"};
constexpr db::Query delete_rounds_query{.name = "run_retention.rounds", .sql = "DELETE FROM rounds WHERE run_id = $1"};
constexpr db::Query delete_statuses_query{.name = "run_retention.statuses",
                                          .sql = "DELETE FROM commit_statuses WHERE run_id = $1"};
constexpr db::Query delete_run_query{.name = "run_retention.run", .sql = "DELETE FROM runs WHERE id = $1"};

struct EndedRun {
  RunId id;
  std::int64_t finished_at = 0;
  bool due = false;
};
BOOST_DESCRIBE_STRUCT(EndedRun, (), (id, finished_at, due))

struct JobOfRun {
  JobId id;
};
BOOST_DESCRIBE_STRUCT(JobOfRun, (), (id))

std::vector<JobId> ids_of(const db::Rows& rows) {
  std::vector<JobId> ids;
  for (const JobOfRun& job : db::read_all<JobOfRun>(rows)) ids.push_back(job.id);
  return ids;
}

}  // namespace

Task<jobs::RetentionBatch> Retention::delete_some(std::int64_t cutoff, jobs::RetentionMark after) const {
  auto body = [cutoff, after = std::move(after)](db::Transaction& tx) -> Task<Result<jobs::RetentionBatch>> {
    jobs::RetentionBatch batch{.deleted = {}, .reached = after, .more = false};
    const db::Rows rows = co_await tx.run(look_query, {cutoff, after.finished_at, after.id, batch_runs});
    batch.more = static_cast<std::int64_t>(rows.size()) == batch_runs;
    for (const EndedRun& run : db::read_all<EndedRun>(rows)) {
      const jobs::RetentionMark here{.finished_at = run.finished_at, .id = run.id.str()};
      if (!run.due) {
        batch.reached = here;
        continue;
      }
      batch.more = true;
      batch.deleted = ids_of(co_await tx.run(superseded_query, {here.id, batch_jobs}));
      const bool whole = batch.deleted.empty();
      if (whole) batch.deleted = ids_of(co_await tx.run(jobs_query, {here.id}));
      co_await jobs::delete_rows(tx, batch.deleted);
      if (whole) {  // otherwise the next batch finds the same run
        co_await tx.run(delete_rounds_query, {here.id});
        co_await tx.run(delete_statuses_query, {here.id});
        co_await tx.run(delete_run_query, {here.id});
        batch.reached = here;
      }
      break;
    }
    co_return batch;
  };
  co_return (co_await db_.write<jobs::RetentionBatch>(std::move(body))).value();
}

}  // namespace open_cicd::runs
