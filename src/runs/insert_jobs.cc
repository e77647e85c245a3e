#include "runs/insert_jobs.h"

#include "base/json.h"
#include "db/row.h"

#include <map>
#include <set>

namespace open_cicd::runs {
namespace {

#define NEW_JOB_COLUMNS                                                                                             \
  "id, key, job, place, name, state, reason, spec, steps, executor, runs_on, priority, timeout_ms, "                \
  "retry, concurrency_group, concurrency_limit, on_conflict, queued_at, finished_at, rerun_of, needs, needs_open, " \
  "condition, cleans_up, matrix, max_parallel, waits_for_slot, fail_fast, allow_failure, late, output_names"
#define NEW_JOB_VALUES                                                                                             \
  "value ->> 'id', value ->> 'key', value ->> 'job', value ->> 'place', value ->> 'name', "                        \
  "value ->> 'state', value ->> 'reason', value ->> 'spec', value ->> 'steps', value ->> 'executor', "             \
  "value ->> 'runs_on', value ->> 'priority', value ->> 'timeout_ms', value ->> 'retry', "                         \
  "value ->> 'concurrency_group', value ->> 'concurrency_limit', value ->> 'on_conflict', value ->> 'queued_at', " \
  "value ->> 'finished_at', value ->> 'rerun_of', value ->> 'needs', value ->> 'needs_open', "                     \
  "value ->> 'condition', value ->> 'cleans_up', value ->> 'matrix', value ->> 'max_parallel', value ->> "         \
  "'waits_for_slot', "                                                                                             \
  "value ->> 'fail_fast', value ->> 'allow_failure', value ->> 'late', value ->> 'output_names'"
#define NEW_JOB_TYPES                                                                                          \
  "id text, key text, job text, place bigint, name text, state text, reason text, spec text, "                 \
  "steps text, executor text, runs_on text, priority bigint, timeout_ms bigint, retry text, "                  \
  "concurrency_group text, concurrency_limit bigint, on_conflict text, queued_at bigint, finished_at bigint, " \
  "rerun_of text, needs text, needs_open bigint, condition text, cleans_up bigint, matrix text, "              \
  "max_parallel bigint, waits_for_slot bigint, fail_fast bigint, allow_failure text, late text, output_names text"
constexpr db::Query insert_jobs_query{
    .name = "runs.insert_jobs",
    .sql =
        "INSERT INTO jobs (" NEW_JOB_COLUMNS ", run_id, round, created_by, created_at, seq) SELECT " NEW_JOB_VALUES
        ", $2, $3, $4, $5, (SELECT coalesce(max(seq), 0) + 1 FROM jobs) + json_each.key FROM json_each($1) WHERE true "
        "RETURNING id, seq",
    .postgres_sql =
        "INSERT INTO jobs (" NEW_JOB_COLUMNS ", run_id, round, created_by, created_at) SELECT " NEW_JOB_COLUMNS
        ", $2::text, $3::bigint, $4::text, $5::bigint FROM json_to_recordset($1::json) AS x (" NEW_JOB_TYPES
        ") ORDER BY place RETURNING id, seq"};
constexpr db::Query insert_needs_query{
    .name = "runs.insert_needs",
    .sql =
        "INSERT INTO job_needs (job_id, run_id, need, optional, results) SELECT value ->> 'job_id', $2, value ->> "
        "'need', value ->> 'optional', value ->> 'results' FROM json_each($1)",
    .postgres_sql =
        "INSERT INTO job_needs (job_id, run_id, need, optional, results) SELECT job_id, $2::text, need, optional, "
        "results FROM json_to_recordset($1::json) AS x (job_id text, need text, optional bigint, results text)"};

struct Inserted {
  JobId id;
  std::int64_t seq = 0;
};
BOOST_DESCRIBE_STRUCT(Inserted, (), (id, seq))

}  // namespace

Task<jobs::Effects> insert_jobs(db::Transaction& tx, RunId run, int round, std::string by, const NewJobs& jobs,
                                std::int64_t now) {
  const db::Rows rows =
      co_await tx.run(insert_jobs_query, {json::write_text(jobs.jobs), run.str(), round, std::move(by), now});
  if (!jobs.needs.empty()) co_await tx.run(insert_needs_query, {json::write_text(jobs.needs), run.str()});
  std::map<std::string, std::int64_t> numbers;
  for (const Inserted& job : db::read_all<Inserted>(rows)) numbers[job.id.str()] = job.seq;
  jobs::Effects effects;
  std::set<std::string> groups;
  for (const NewJob& job : jobs.jobs) {
    const JobId id = JobId::parse(job.id).value();
    if (job.state == "queued")
      effects.queued.push_back({.id = id,
                                .seq = numbers.at(job.id),
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
