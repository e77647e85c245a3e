#include "runs/insert_jobs.h"

#include "base/json.h"
#include "db/row.h"

#include <set>

namespace open_cicd::runs {
namespace {

// In the order of NewJob's members, and what all jobs of the run have.
#define NEW_JOB_COLUMNS                                                                                    \
  "id, key, job, place, name, state, reason, spec, steps, executor, runs_on, priority, "                   \
  "timeout_ms, retry, concurrency_group, concurrency_limit, on_conflict, queued_at, "                      \
  "finished_at, rerun_of, needs, needs_open, condition, cleans_up, matrix, max_parallel, "                 \
  "waits_for_slot, fail_fast, allow_failure, late, output_names, secret_uses, run_id, round, created_by, " \
  "created_at, seq"
#define NEW_JOB_VALUES                                                                          \
  "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, " \
  "$21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37"
// Numbers first: in SQLite an INSERT that returns something keeps a journal of its own, which costs more than the row.
constexpr db::Query numbers_query{
    .name = "runs.job_numbers",
    .sql =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT (SELECT "
        "coalesce(max(seq), 0) FROM jobs) + i AS seq FROM n",
    .postgres_sql = "SELECT nextval(pg_get_serial_sequence('jobs', 'seq')) AS seq FROM generate_series(1, $1)"};
constexpr db::Query insert_job_query{.name = "runs.insert_job",
                                     .sql = "INSERT INTO jobs (" NEW_JOB_COLUMNS ") VALUES (" NEW_JOB_VALUES ")"};
constexpr db::Query insert_need_query{
    .name = "runs.insert_need",
    .sql = "INSERT INTO job_needs (job_id, need, optional, results, run_id) VALUES ($1, $2, $3, $4, $5)"};

}  // namespace

Task<jobs::Effects> insert_jobs(db::Transaction& tx, RunId run, int round, std::string by, const NewJobs& jobs,
                                std::int64_t now) {
  if (jobs.jobs.empty()) co_return jobs::Effects{};
  const db::Rows numbers = co_await tx.run(numbers_query, {std::ssize(jobs.jobs)});
  std::vector<db::Params> rows, needs;
  for (std::size_t i = 0; i < jobs.jobs.size(); ++i) {
    db::Params& row = rows.emplace_back(db::params_of(jobs.jobs[i]));
    row.insert(row.end(), {run.str(), std::int64_t{round}, by, now, numbers.integer(i, 0)});
  }
  for (const NewNeed& need : jobs.needs) needs.emplace_back(db::params_of(need)).emplace_back(run.str());
  co_await tx.run_each(insert_job_query, std::move(rows));
  co_await tx.run_each(insert_need_query, std::move(needs));
  jobs::Effects effects;
  std::set<std::string> groups;
  for (std::size_t i = 0; i < jobs.jobs.size(); ++i) {
    const NewJob& job = jobs.jobs[i];
    const JobId id = JobId::parse(job.id).value();
    if (job.state == "queued")
      effects.queued.push_back({.id = id,
                                .seq = numbers.integer(i, 0),
                                .priority = job.priority,
                                .name = job.name,
                                .executor = job.executor,
                                .runs_on = json::read_own<std::vector<std::string>>(job.runs_on)});
    if (job.state == "blocked" && job.needs_open == 0 && job.concurrency_group) groups.insert(*job.concurrency_group);
  }
  effects.groups.assign(groups.begin(), groups.end());
  co_return effects;
}

}  // namespace open_cicd::runs
