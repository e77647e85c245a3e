#include "runs/rerun.h"

#include "base/json.h"
#include "db/row.h"
#include "runs/new_jobs.h"
#include "runs/release.h"
#include "runs/room.h"
#include "runs/runs.h"

#include <boost/json/value_from.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace open_cicd::runs {
namespace {

using jobs::JobState;

constexpr db::Query newest_query{
    .name = "runs.newest",
    .sql =
        "SELECT id, seq, key, job, state, needs, CASE WHEN spec = '{}' THEN 1 ELSE 0 END AS left_out, max_parallel, "
        "waits_for_slot FROM jobs WHERE run_id = $1 AND newest = 1 ORDER BY place"};
constexpr db::Query leaving_query{
    .name = "runs.leaving",
    .sql =
        "SELECT key, job, waits_for_slot FROM jobs WHERE run_id = $1 AND newest = 0 AND state IN ('blocked', 'queued', "
        "'assigned', 'running', 'cancelling')"};
constexpr db::Query new_round_query{
    .name = "runs.new_round",
    .sql =
        "INSERT INTO rounds (run_id, round, asked_by, workflow, plan, plan_digest, contexts, state, created_at) SELECT "
        "run_id, round + 1, $3, workflow, plan, plan_digest, contexts, 'queued', $4 FROM rounds WHERE run_id = $1 AND "
        "round = $2"};
constexpr db::Query leave_round_query{
    .name = "runs.leave_round",
    .sql =
        "UPDATE rounds SET state = 'repeated', finished_at = $3 WHERE run_id = $1 AND round = $2 AND finished_at IS "
        "NULL"};
constexpr db::Query reopen_query{
    .name = "runs.reopen",
    .sql =
        "UPDATE runs SET state = $2, reason = $3, round = round + 1, warnings = 0, cancelling_by = NULL, superseded_by "
        "= NULL, finished_at = NULL, version = version + 2 WHERE id = $1"};
constexpr db::Query not_newest_query{
    .name = "runs.not_newest",
    .sql = "UPDATE jobs SET newest = 0 WHERE id IN (SELECT value ->> 'old' FROM json_each($1))",
    .postgres_sql =
        "UPDATE jobs SET newest = 0 WHERE id IN (SELECT x.old FROM json_to_recordset($1::json) AS x (old text))"};

#define COPIED_COLUMNS                                                                                      \
  "key, job, place, name, spec, steps, executor, runs_on, priority, timeout_ms, retry, concurrency_group, " \
  "concurrency_limit, on_conflict, run_id, needs, condition, cleans_up, matrix, max_parallel, fail_fast, "  \
  "allow_failure, late, "                                                                                   \
  "output_names, secret_uses"
#define COPIES                                                                                                       \
  "j.key, j.job, j.place, j.name, j.spec, j.steps, j.executor, j.runs_on, j.priority, j.timeout_ms, j.retry, "       \
  "j.concurrency_group, j.concurrency_limit, j.on_conflict, j.run_id, j.needs, j.condition, j.cleans_up, j.matrix, " \
  "j.max_parallel, "                                                                                                 \
  "j.fail_fast, j.allow_failure, j.late, j.output_names, j.secret_uses"
constexpr db::Query repeat_query{
    .name = "runs.repeat",
    .sql =
        "INSERT INTO jobs (" COPIED_COLUMNS
        ", id, state, reason, needs_open, waits_for_slot, rerun_of, round, created_by, created_at, seq) SELECT " COPIES
        ", n.value ->> 'id', 'blocked', n.value ->> 'reason', n.value ->> 'needs_open', n.value ->> "
        "'waits_for_slot', j.id, $2, $3, $4, (SELECT coalesce(max(seq), 0) + 1 FROM jobs) + n.key FROM json_each($1) "
        "n JOIN jobs j ON j.id = n.value ->> 'old'",
    .postgres_sql =
        "INSERT INTO jobs (" COPIED_COLUMNS
        ", id, state, reason, needs_open, waits_for_slot, rerun_of, round, created_by, created_at) SELECT " COPIES
        ", x.id, 'blocked', x.reason, x.needs_open, x.waits_for_slot, j.id, $2::bigint, $3::text, $4::bigint FROM "
        "json_to_recordset($1::json) AS x (id text, old text, reason text, needs_open bigint, waits_for_slot bigint) "
        "JOIN jobs j ON j.id = x.old ORDER BY j.place"};
constexpr db::Query repeat_needs_query{
    .name = "runs.repeat_needs",
    .sql =
        "INSERT INTO job_needs (job_id, run_id, need, optional, results) SELECT n.value ->> 'id', j.run_id, j.need, "
        "j.optional, j.results FROM json_each($1) n JOIN job_needs j ON j.job_id = n.value ->> 'old'",
    .postgres_sql =
        "INSERT INTO job_needs (job_id, run_id, need, optional, results) SELECT x.id, j.run_id, j.need, j.optional, "
        "j.results FROM json_to_recordset($1::json) AS x (id text, old text) JOIN job_needs j ON j.job_id = x.old"};

bool went_wrong(JobState state) {
  return jobs::is_terminal(state) && state != JobState::succeeded && state != JobState::skipped;
}

bool is_asked(const NewestJob& job, const RerunJobs& asked) {
  switch (asked.which) {
    case RerunJobs::Which::all:
      return true;
    case RerunJobs::Which::failed:
      return went_wrong(job.state);
    case RerunJobs::Which::named:
      return std::ranges::any_of(asked.named, [&](const auto& name) { return name == job.key || name == job.job; });
  }
  return false;
}

Result<void> check_names(const std::vector<NewestJob>& newest, const RerunJobs& asked) {
  std::vector<FieldError> errors;
  for (std::size_t i = 0; i < asked.named.size(); ++i)
    if (std::ranges::none_of(
            newest, [&](const NewestJob& job) { return job.key == asked.named[i] || job.job == asked.named[i]; }))
      errors.push_back({fmt::format("jobs[{}]", i), "is no job of this run"});
  if (!errors.empty()) return invalid_fields(std::move(errors));
  return {};
}

// How many legs of each matrix hold a slot. Those that are repeated, too: each that ends gives its slot to the next.
std::map<std::string, std::int64_t> held_slots(const std::vector<NewestJob>& newest,
                                               const std::vector<LeavingJob>& leaving) {
  std::map<std::string, std::int64_t> held;
  for (const NewestJob& job : newest)
    if (!jobs::is_terminal(job.state) && !job.waits_for_slot) ++held[job.job];
  for (const LeavingJob& job : leaving)
    if (!job.waits_for_slot) ++held[job.job];
  return held;
}

// Counted from what the needs are now, not from what the job before waited for.
RepeatedJob repeat(const NewestJob& old, const std::map<std::string, int>& open, const std::vector<LeavingJob>& leaving,
                   const std::optional<std::string>& run_group, std::int64_t& legs) {
  RepeatedJob job{.id = JobId::make().str(), .old = old.id.str()};
  for (const std::string& need : old.needs)
    if (const auto found = open.find(need); found != open.end()) job.needs_open += found->second;
  job.reason = jobs::reason("waiting_for_needs", {{"jobs", boost::json::value_from(old.needs)}});
  if (!jobs::is_terminal(old.state)) ++job.needs_open;  // until it has ended
  job.needs_open += static_cast<int>(std::ranges::count(leaving, old.key, &LeavingJob::key));
  if (old.max_parallel && ++legs > *old.max_parallel) {
    if (job.needs_open == 0) job.reason = waiting_for_slot(old.job, *old.max_parallel);
    job.waits_for_slot = 1;
    ++job.needs_open;
  }
  if (!run_group) return job;
  if (job.needs_open == 0) job.reason = jobs::reason("waiting_for_concurrency", {{"group", *run_group}});
  ++job.needs_open;
  return job;
}

// Of those that are repeated, in the order in which jobs are locked.
std::vector<JobId> unended_of(const std::vector<NewestJob>& newest, const std::vector<RepeatedJob>& repeated) {
  std::set<std::string> old;
  for (const RepeatedJob& job : repeated) old.insert(job.old);
  std::vector<NewestJob> unended;
  std::ranges::copy_if(newest, std::back_inserter(unended), [&](const NewestJob& job) {
    return !jobs::is_terminal(job.state) && old.contains(job.id.str());
  });
  std::ranges::sort(unended, {}, &NewestJob::seq);
  std::vector<JobId> ids;
  for (const NewestJob& job : unended) ids.push_back(job.id);
  return ids;
}

}  // namespace

Result<std::vector<RepeatedJob>> plan_rerun(const std::vector<NewestJob>& newest,
                                            const std::vector<LeavingJob>& leaving, const RerunJobs& asked,
                                            const std::optional<std::string>& run_group) {
  if (const Result<void> known = check_names(newest, asked); !known) return std::unexpected(known.error());
  std::set<std::string> touched;  // jobs of which something is repeated, or that stand behind one
  std::set<JobId> repeated;
  for (const NewestJob& job : newest) {  // each after all that it needs
    const bool behind = std::ranges::any_of(job.needs, [&](const auto& need) { return touched.contains(need); });
    if (!behind && !is_asked(job, asked)) continue;
    touched.insert(job.job);
    if (!job.left_out) repeated.insert(job.id);
  }
  if (repeated.empty())
    return fail(ErrorKind::conflict, "nothing_to_rerun", "No job of this run is one that would be repeated.");
  std::map<std::string, int> open;
  for (const NewestJob& job : newest)
    if (repeated.contains(job.id) || !jobs::is_terminal(job.state)) ++open[job.job];
  std::map<std::string, std::int64_t> legs = held_slots(newest, leaving);
  std::vector<RepeatedJob> jobs;
  for (const NewestJob& job : newest)
    if (repeated.contains(job.id)) jobs.push_back(repeat(job, open, leaving, run_group, legs[job.job]));
  return jobs;
}

Task<Result<Rerun>> Runs::rerun(RunId id, RerunJobs asked, std::string by) {
  struct Outcome {
    Rerun rerun;
    jobs::Effects effects;
  };
  const Room room{settings_.open_max, jobs_.queue_is_full()};
  auto body = [id, asked, by, room, rounds_max = settings_.rounds_max,
               now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    std::optional<RunRow> run = co_await lock_run(tx, id);
    if (!run) co_return not_found("run", id.str());
    if (is_open(*run) && run->cancelling_by)
      co_return fail(ErrorKind::conflict, "run_is_cancelled",
                     "The run is being cancelled. Try again when it has ended.");
    if (run->awaits_approval)
      co_return fail(ErrorKind::conflict, "run_awaits_approval",
                     "The run waits for an approval, and none of its jobs has run. Approve it or cancel it.");
    if (run->round >= rounds_max)
      co_return fail(ErrorKind::conflict, "too_many_rounds", fmt::format("A run has at most {} rounds.", rounds_max));
    if (!is_open(*run))
      if (const Result<void> fits = co_await check_room(tx, room, run->repository_id ? run->repository_id->str() : "");
          !fits)
        co_return std::unexpected(fits.error());
    const bool enters = run->concurrency_group && run->state != "queued";
    const std::optional<std::string> group =
        enters ? std::optional(std::string(jobs::shown_group(*run->concurrency_group))) : std::nullopt;
    const std::vector<NewestJob> newest = db::read_all<NewestJob>(co_await tx.run(newest_query, {id.str()}));
    const std::vector<LeavingJob> leaving = db::read_all<LeavingJob>(co_await tx.run(leaving_query, {id.str()}));
    const Result<std::vector<RepeatedJob>> repeated = plan_rerun(newest, leaving, asked, group);
    if (!repeated) co_return std::unexpected(repeated.error());

    const std::string rows = json::write_text(*repeated);
    co_await tx.run(leave_round_query, {id.str(), run->round, now});
    co_await tx.run(new_round_query, {id.str(), run->round, by, now});
    const std::string state = enters ? "pending" : "queued";
    const db::Value why = group ? db::Value(jobs::reason("waiting_for_concurrency", {{"group", *group}})) : db::Value();
    co_await tx.run(reopen_query, {id.str(), state, why});
    run->state = state;
    run->round += 1;
    run->cancelling_by.reset();
    co_await tx.run(not_newest_query, {rows});
    co_await tx.run(repeat_query, {rows, run->round, by, now});
    co_await tx.run(repeat_needs_query, {rows});

    std::vector<JobId> ready;
    for (const RepeatedJob& job : *repeated)
      if (job.needs_open == 0) ready.push_back(JobId::parse(job.id).value());
    Outcome out{.rerun = {.round = run->round, .state = state, .jobs = static_cast<int>(repeated->size())},
                .effects = {}};
    const int round = run->round;
    const std::optional<std::string> run_group = run->concurrency_group;
    Release release(tx, std::move(*run), now);
    co_await release.cancel(unended_of(newest, *repeated), jobs::reason("superseded", {{"round", round}}));
    co_await release.start(std::move(ready));
    out.rerun.state = co_await release.roll_up();
    out.effects = release.take();
    out.effects.runs.push_back({id});
    for (const RepeatedJob& job : *repeated) out.effects.changed.push_back({JobId::parse(job.id).value(), id});
    if (enters) out.effects.run_groups.push_back(*run_group);
    co_return out;
  };
  Result<Outcome> outcome = co_await jobs_.write<Outcome>(std::move(body));
  if (!outcome) co_return std::unexpected(std::move(outcome.error()));
  co_await jobs_.tell_all(std::move(outcome->effects));
  co_return std::move(outcome->rerun);
}

}  // namespace open_cicd::runs
