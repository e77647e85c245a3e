#include "analysis/history.h"

#include "base/json.h"
#include "db/row.h"

namespace open_cicd::analysis {
namespace {

constexpr std::int64_t numbers_back = 1'000;  // of the same repository, whatever branch they were of
constexpr std::int64_t lane_runs_max = 30;
constexpr std::int64_t past_runs_max = 20;
constexpr std::int64_t past_jobs_max = 2'000;  // of one run
constexpr std::int64_t no_change = -1;

// A run's number counts the runs of its repository, so a range of numbers is a range of the index of (scope, number).
#define EARLIER                                                                                                    \
  "FROM runs r WHERE r.scope = (SELECT t.scope FROM runs t WHERE t.id = $1) AND r.number < $2 AND r.number >= $3 " \
  "AND r.pipeline = $4 "
#define ENDED "AND r.state IN ('succeeded', 'failed') "
#define NEWEST "ORDER BY r.number DESC LIMIT $5"

// A fork's branch may have any name: its runs are only found by their change.
constexpr db::Query branch_query{
    .name = "analysis.branch",
    .sql = "SELECT r.id " EARLIER ENDED "AND r.change IS NULL AND coalesce(r.branch, '') = $6 " NEWEST};
constexpr db::Query change_query{.name = "analysis.change",
                                 .sql = "SELECT r.id " EARLIER ENDED "AND r.change = $6 " NEWEST};
// Also later ones.
constexpr db::Query commit_query{
    .name = "analysis.commit",
    .sql =
        "SELECT r.id FROM runs r WHERE r.scope = (SELECT t.scope FROM runs t WHERE t.id = $1) AND r.number < $2 AND "
        "r.number >= $3 AND r.pipeline = $4 AND r.sha = $6 AND coalesce(r.change, -1) = $7 AND r.id <> $1 " NEWEST};
constexpr db::Query default_branch_query{.name = "analysis.default_branch",
                                         .sql = "SELECT default_branch FROM repositories WHERE id = $1"};

// What ran with an edited file says nothing of a commit.
#define PAST_END                                                                                               \
  "SELECT r.id AS run_id, r.number, r.sha, j.id AS job_id, j.state, j.reason, j.attempt FROM jobs j "          \
  "JOIN runs r ON r.id = j.run_id WHERE r.modified = 0 AND j.key = $2 AND j.state IN ('succeeded', 'failed', " \
  "'timed_out') "
constexpr db::Query ends_query{
    .name = "analysis.ends",
    .sql = PAST_END "AND j.newest = 1 AND j.run_id IN (SELECT value FROM json_each($1)) ORDER BY r.number DESC",
    .postgres_sql =
        PAST_END "AND j.newest = 1 AND j.run_id IN (SELECT json_array_elements_text($1::json)) ORDER BY r.number DESC"};
constexpr db::Query rounds_query{.name = "analysis.rounds",
                                 .sql = PAST_END "AND j.run_id = $1 AND j.newest = 0 ORDER BY j.round DESC"};

constexpr db::Query past_runs_query{
    .name = "analysis.past_runs",
    .sql = "SELECT r.id, r.created_at, r.finished_at " EARLIER
           "AND r.state = 'succeeded' AND r.round = 1 AND r.finished_at IS NOT NULL " NEWEST};
constexpr db::Query past_jobs_query{
    .name = "analysis.past_jobs",
    .sql =
        "SELECT key, queued_at, started_at, finished_at FROM jobs WHERE run_id = $1 AND newest = 1 AND state = "
        "'succeeded' AND started_at IS NOT NULL AND queued_at IS NOT NULL LIMIT $2"};

struct PastRunRow {
  std::string id;
  std::int64_t created_at = 0, finished_at = 0;
};
BOOST_DESCRIBE_STRUCT(PastRunRow, (), (id, created_at, finished_at))

struct PastJobRow {
  std::string key;
  std::int64_t queued_at = 0, started_at = 0, finished_at = 0;
};
BOOST_DESCRIBE_STRUCT(PastJobRow, (), (key, queued_at, started_at, finished_at))

std::string list_of_ids(const db::Rows& rows) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < rows.size(); ++i) ids.push_back(rows.text(i, 0));
  return json::write_text(ids);
}

db::Params earlier_than(const runs::Run& run, std::int64_t most) {
  return {run.id.str(), run.number, run.number - numbers_back, run.pipeline, most};
}

}  // namespace

Task<Lanes> Archive::lanes_of(runs::Run run) {
  Lanes lanes{.here = "[]", .on_default_branch = "[]", .of_commit = "[]"};
  db::Params here = earlier_than(run, lane_runs_max);
  if (run.change)
    here.emplace_back(*run.change);
  else
    here.emplace_back(run.branch.value_or(""));
  lanes.here = list_of_ids(co_await db_.read(run.change ? change_query : branch_query, std::move(here)));
  if (run.repository_id) {
    const db::Rows found = co_await db_.read(default_branch_query, {run.repository_id->str()});
    const std::string name = found.empty() ? "" : found.text(0, 0);
    lanes.is_default_branch = !run.change && run.branch == name;
    if (!name.empty() && !lanes.is_default_branch) {
      db::Params there = earlier_than(run, lane_runs_max);
      there.emplace_back(name);
      lanes.on_default_branch = list_of_ids(co_await db_.read(branch_query, std::move(there)));
    }
  }
  if (run.sha) {
    db::Params commit{
        run.id.str(), run.number + numbers_back,     run.number - numbers_back, run.pipeline, lane_runs_max,
        *run.sha,     run.change.value_or(no_change)};
    lanes.of_commit = list_of_ids(co_await db_.read(commit_query, std::move(commit)));
  }
  co_return lanes;
}

Task<std::vector<PastEnd>> Archive::ends_of(std::string runs, std::string key) {
  if (runs == "[]") co_return std::vector<PastEnd>();
  co_return db::read_all<PastEnd>(co_await db_.read(ends_query, {std::move(runs), std::move(key)}));
}

Task<std::vector<PastEnd>> Archive::rounds_of(RunId run, std::string key) {
  co_return db::read_all<PastEnd>(co_await db_.read(rounds_query, {run.str(), std::move(key)}));
}

Task<Past> Archive::past_of(runs::Run run) {
  std::vector<std::int64_t> runs_ms;
  std::vector<PastJob> jobs;
  for (const PastRunRow& past :
       db::read_all<PastRunRow>(co_await db_.read(past_runs_query, earlier_than(run, past_runs_max)))) {
    runs_ms.push_back(past.finished_at - past.created_at);
    for (PastJobRow& job : db::read_all<PastJobRow>(co_await db_.read(past_jobs_query, {past.id, past_jobs_max})))
      jobs.push_back({.key = std::move(job.key),
                      .waited_ms = std::max<std::int64_t>(0, job.started_at - job.queued_at),
                      .ran_ms = std::max<std::int64_t>(0, job.finished_at - job.started_at)});
  }
  co_return analysis::past_of(std::move(runs_ms), jobs);
}

}  // namespace open_cicd::analysis
