#include "base/json.h"
#include "db/row.h"
#include "jobs/records.h"
#include "runs/needs.h"
#include "runs/new_jobs.h"
#include "runs/runs.h"

#include <boost/json/parse.hpp>
#include <boost/json/value_from.hpp>

#include <algorithm>
#include <limits>
#include <set>

namespace open_cicd::runs {
namespace {

// Nobody writes that a run is under way, as a claim would have to lock it: it is when a job of its newest round was
// started.
#define STARTED_JOBS "FROM jobs s WHERE s.run_id = r.id AND s.started_at IS NOT NULL AND s.round = r.round"
#define RUN_STATE "CASE WHEN r.state = 'queued' AND EXISTS (SELECT 1 " STARTED_JOBS ") THEN 'running' ELSE r.state END"
// A start is a change of what is shown that writes no row of runs; so a new round adds two to the version.
#define RUN_COLUMNS                                                                                             \
  "r.id, r.version + CASE WHEN EXISTS (SELECT 1 " STARTED_JOBS                                                  \
  ") THEN 1 ELSE 0 END AS version, r.seq, r.number, r.pipeline, r.name, r.event, r.branch, r.tag, "             \
  "r.repository_id, (SELECT p.full_name FROM repositories p WHERE p.id = r.repository_id) AS repository, "      \
  "r.ref, r.sha, r.title, r.author, r.change, r.trust, r.made_by, r.approved_by, r.triggered_by, "              \
  "(SELECT t.name FROM tokens t WHERE t.id = r.approved_by) AS approver, "                                      \
  "(SELECT t.name FROM tokens t WHERE t.id = r.triggered_by) AS asker, " RUN_STATE                              \
  " AS state, r.reason, r.warnings, r.round, r.modified, r.created_at, (SELECT min(s.started_at) " STARTED_JOBS \
  ") AS started_at, r.finished_at"

#define RUN_JOB_COLUMNS                                                                                                \
  "j.id AS j_id, " JOB_VERSION                                                                                         \
  " AS j_version, j.key AS j_key, j.job AS j_job, j.name AS j_name, j.needs AS j_needs, j.waits_for_slot AS "          \
  "j_waits_for_slot, j.max_parallel AS j_max_parallel, j.round AS j_round, j.state AS j_state, j.reason AS j_reason, " \
  "j.allow_failure AS j_allow_failure, j.attempt AS j_attempt, j.exit_code AS j_exit_code, j.created_at AS "           \
  "j_created_at, j.queued_at AS j_queued_at, j.started_at AS j_started_at, j.finished_at AS j_finished_at"
#define RUN_AND_JOBS "SELECT " RUN_COLUMNS ", " RUN_JOB_COLUMNS " FROM runs r LEFT JOIN jobs j ON j.run_id = r.id AND "
#define OF_RUN " WHERE r.id = $1 ORDER BY j.place, j.seq"
// One statement, so that run and jobs fit together.
constexpr db::Query get_query{.name = "runs.get", .sql = RUN_AND_JOBS "j.newest = 1" OF_RUN};
// A round with a file of its own has no job of those before it.
constexpr db::Query get_round_query{.name = "runs.get_round",
                                    .sql = RUN_AND_JOBS
                                    "j.round <= $2 AND j.round >= (SELECT coalesce(max(o.round), 1) FROM rounds o "
                                    "WHERE o.run_id = j.run_id AND o.edited "
                                    "= 1 AND o.round <= $2) AND NOT EXISTS (SELECT 1 FROM jobs k WHERE k.run_id = "
                                    "j.run_id AND k.key = j.key AND k.round > "
                                    "j.round AND k.round <= $2)" OF_RUN};
constexpr db::Query rounds_query{.name = "runs.rounds",
                                 .sql =
                                     "SELECT round, edited, asked_by, state, created_at, finished_at FROM rounds WHERE "
                                     "run_id = $1 ORDER BY round"};
constexpr db::Query list_query{
    .name = "runs.list",
    .sql =
        "SELECT * FROM (SELECT " RUN_COLUMNS
        " FROM runs r WHERE r.seq < $1 AND ($3 = '' OR r.event = $3) AND ($4 = '' OR r.branch = $4) AND ($5 = '' OR "
        "r.pipeline = $5) AND ($7 = '' OR r.author = $7)) l WHERE ($6 = '' OR l.state = $6) ORDER BY l.seq DESC LIMIT "
        "$2"};
constexpr db::Query list_of_repository_query{
    .name = "runs.list_of_repository",
    .sql =
        "SELECT * FROM (SELECT " RUN_COLUMNS
        " FROM runs r WHERE r.repository_id = $8 AND r.seq < $1 AND ($3 = '' OR r.event = $3) AND ($4 = '' OR "
        "r.branch = $4) AND ($5 = '' OR r.pipeline = $5) AND ($7 = '' OR r.author = $7)) l WHERE ($6 = '' OR l.state "
        "= $6) ORDER BY l.seq DESC LIMIT $2"};
constexpr db::Query round_query{.name = "runs.round",
                                .sql =
                                    "SELECT o.plan, o.workflow FROM runs r JOIN rounds o ON o.run_id = r.id AND "
                                    "o.round = coalesce($2, r.round) WHERE r.id = $1",
                                .postgres_sql =
                                    "SELECT o.plan, o.workflow FROM runs r JOIN rounds o ON o.run_id = r.id AND "
                                    "o.round = coalesce($2::bigint, r.round) WHERE r.id = $1"};

// In one statement with the job, so that its version fits.
#define OPEN_NEEDS                                                                                                    \
  "FROM job_needs n WHERE n.job_id = j.id AND j.state = 'blocked' AND EXISTS (SELECT 1 FROM jobs k WHERE k.run_id = " \
  "j.run_id AND k.job = n.need AND k.newest = 1 AND k.state IN ('blocked', 'queued', 'assigned', 'running', "         \
  "'cancelling'))"
constexpr db::Query some_query{
    .name = "runs.some",
    .sql = "SELECT " RUN_COLUMNS " FROM runs r WHERE r.id IN (SELECT value FROM json_each($1))",
    .postgres_sql = "SELECT " RUN_COLUMNS " FROM runs r WHERE r.id IN (SELECT json_array_elements_text($1::json))"};
constexpr db::Query some_jobs_query{
    .name = "runs.some_jobs",
    .sql = "SELECT " RUN_JOB_COLUMNS ", (SELECT json_group_array(n.need) " OPEN_NEEDS
           ") AS open_needs FROM jobs j WHERE j.id IN (SELECT value FROM json_each($1))",
    .postgres_sql = "SELECT " RUN_JOB_COLUMNS ", (SELECT coalesce(json_agg(n.need)::text, '[]') " OPEN_NEEDS
                    ") AS open_needs FROM jobs j WHERE j.id IN (SELECT json_array_elements_text($1::json))"};

struct JobColumns {
  std::optional<JobId> id;  // nothing: the run has no jobs
  std::optional<std::int64_t> version;
  std::optional<std::string> key, job, name;
  std::optional<std::vector<std::string>> needs;
  std::optional<bool> waits_for_slot;
  std::optional<std::int64_t> max_parallel;
  std::optional<int> round;
  std::optional<jobs::JobState> state;
  std::optional<std::string> reason, allow_failure;
  std::optional<int> attempt, exit_code;
  std::optional<std::int64_t> created_at, queued_at, started_at, finished_at;
};
BOOST_DESCRIBE_STRUCT(JobColumns, (),
                      (id, version, key, job, name, needs, waits_for_slot, max_parallel, round, state, reason,
                       allow_failure, attempt, exit_code, created_at, queued_at, started_at, finished_at))

struct RoundTexts {
  std::string plan, workflow;
};
BOOST_DESCRIBE_STRUCT(RoundTexts, (), (plan, workflow))

RunJob job_of(const JobColumns& row) {
  return {.id = *row.id,
          .version = row.version.value_or(1),
          .key = row.key.value_or(""),
          .job = row.job.value_or(""),
          .name = row.name.value_or(""),
          .needs = row.needs.value_or(std::vector<std::string>()),
          .waits_for_slot = row.waits_for_slot.value_or(false) ? row.max_parallel : std::nullopt,
          .round = row.round.value_or(1),
          .state = *row.state,
          .reason = row.reason,
          .allowed = is_allowed(row.allow_failure, *row.state, row.exit_code),
          .attempt = row.attempt.value_or(0),
          .exit_code = row.exit_code,
          .created_at = row.created_at.value_or(0),
          .queued_at = row.queued_at,
          .started_at = row.started_at,
          .finished_at = row.finished_at};
}

// What is stored names all needs; a reader is told which of them have not ended.
void tell_open_needs(RunJob& job, const std::set<std::string>& open) {
  if (job.state != jobs::JobState::blocked || !job.reason || !job.reason->starts_with(R"({"code":"waiting_for_needs")"))
    return;
  boost::json::array waits;
  for (const std::string& need : job.needs)
    if (open.contains(need)) waits.emplace_back(need);
  if (waits.empty() && job.waits_for_slot)
    job.reason = waiting_for_slot(job.job, *job.waits_for_slot);
  else if (waits.empty() && job.round > 1)
    job.reason = jobs::reason("waiting_for_needs", {{"jobs", {job.key}}, {"earlier_round", true}});
  else
    job.reason = jobs::reason("waiting_for_needs", {{"jobs", std::move(waits)}});
}

template <class Tag>
std::string ids_text(const std::vector<Id<Tag>>& ids) {
  std::vector<std::string> texts;
  texts.reserve(ids.size());
  for (const Id<Tag> id : ids) texts.push_back(id.str());
  return json::write_text(texts);
}

std::unexpected<Error> run_not_found(RunId id) {
  return not_found("run", id.str());
}

}  // namespace

Task<Result<RunDetail>> Runs::get(RunId id, std::optional<int> round) {
  db::Rows rows;
  if (round)
    rows = co_await db_.read(get_round_query, {id.str(), *round});
  else
    rows = co_await db_.read(get_query, {id.str()});
  if (rows.empty()) co_return run_not_found(id);
  RunDetail detail{.run = db::Reader<Run>(rows)[0], .jobs = {}, .rounds = {}};
  const db::Reader<JobColumns> jobs(rows, "j_");
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (const JobColumns row = jobs[i]; row.id) detail.jobs.push_back(job_of(row));
  std::set<std::string> open;
  for (const RunJob& job : detail.jobs)
    if (!jobs::is_terminal(job.state)) open.insert(job.job);
  for (RunJob& job : detail.jobs) tell_open_needs(job, open);
  detail.rounds = db::read_all<Round>(co_await db_.read(rounds_query, {id.str()}));
  co_return detail;
}

Task<std::vector<Run>> Runs::some(std::vector<RunId> ids) {
  co_return db::read_all<Run>(co_await db_.read(some_query, {ids_text(ids)}));
}

Task<std::vector<RunJob>> Runs::some_jobs(std::vector<JobId> ids) {
  const db::Rows rows = co_await db_.read(some_jobs_query, {ids_text(ids)});
  const db::Reader<JobColumns> columns(rows, "j_");
  std::vector<RunJob> jobs;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RunJob& job = jobs.emplace_back(job_of(columns[i]));
    const auto open = db::read_column<std::vector<std::string>>(rows, i, "open_needs");
    tell_open_needs(job, {open.begin(), open.end()});
  }
  co_return jobs;
}

Task<RunList> Runs::list(RunFilter filter) {
  const std::int64_t before = filter.before_seq.value_or(std::numeric_limits<std::int64_t>::max());
  db::Params params{before, std::int64_t{filter.limit} + 1};
  for (const auto& text : {filter.event, filter.branch, filter.pipeline, filter.state, filter.author})
    params.emplace_back(text.value_or(""));
  if (filter.repository) params.emplace_back(filter.repository->str());
  const db::Rows rows = co_await db_.read(filter.repository ? list_of_repository_query : list_query, std::move(params));
  RunList list{.runs = db::read_all<Run>(rows), .next = {}};
  if (list.runs.size() <= static_cast<std::size_t>(filter.limit)) co_return list;
  list.runs.pop_back();
  list.next = list.runs.back().seq;
  co_return list;
}

Task<Result<std::string>> Runs::plan(RunId id, std::optional<int> round) {
  auto texts = db::read_first<RoundTexts>(co_await db_.read(round_query, {id.str(), db::or_null(round)}));
  if (!texts) co_return run_not_found(id);
  co_return std::move(texts->plan);
}

Task<Result<std::string>> Runs::workflow(RunId id, std::optional<int> round) {
  auto texts = db::read_first<RoundTexts>(co_await db_.read(round_query, {id.str(), db::or_null(round)}));
  if (!texts) co_return run_not_found(id);
  co_return std::move(texts->workflow);
}

}  // namespace open_cicd::runs
