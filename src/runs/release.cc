#include "runs/release.h"

#include "base/json.h"
#include "db/row.h"
#include "jobs/gates.h"
#include "jobs/records.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <deque>

namespace open_cicd::runs {
namespace {

using jobs::JobRow;
using jobs::JobState;

constexpr db::Query ended_query{
    .name = "runs.ended_job",
    .sql =
        "SELECT key, job, newest, fail_fast, waits_for_slot, CASE WHEN max_parallel IS NULL "
        "THEN 0 ELSE 1 END AS has_slots, allow_failure FROM jobs WHERE id = $1"};
constexpr db::Query count_down_query{
    .name = "runs.count_down",
    .sql =
        "UPDATE jobs SET needs_open = needs_open - 1, version = version + 1 WHERE id IN (SELECT job_id FROM job_needs "
        "WHERE run_id = $1 AND "
        "need = $2) AND state = 'blocked' AND needs_open > 0 RETURNING id, seq, needs_open"};
// The slot of `max_parallel` that a leg had, of whatever round, goes to the next that waits for one.
constexpr db::Query next_leg_query{
    .name = "runs.next_leg",
    .sql =
        "UPDATE jobs SET needs_open = needs_open - 1, waits_for_slot = 0, version = version + 1 WHERE id = (SELECT id "
        "FROM jobs WHERE run_id "
        "= $1 AND job = $2 AND newest = 1 AND waits_for_slot = 1 AND state = 'blocked' ORDER BY place LIMIT 1) "
        "RETURNING id, seq, needs_open"};
constexpr db::Query siblings_query{
    .name = "runs.siblings",
    .sql =
        "SELECT id FROM jobs WHERE run_id = $1 AND job = $2 AND newest = 1 AND state IN ('blocked', 'queued', "
        "'assigned', 'running') ORDER BY seq"};
// The newest waits for every round before it, not only for the one that it repeats: that may have ended first.
constexpr db::Query repeated_query{.name = "runs.repeated",
                                   .sql =
                                       "UPDATE jobs SET needs_open = needs_open - 1, version = version + 1 WHERE "
                                       "run_id = $1 AND key = $2 AND newest = 1 AND state = "
                                       "'blocked' AND needs_open > 0 RETURNING id, seq, needs_open"};

#define WAITING_COLUMNS JOB_ROW_COLUMNS ", key, job, round, condition, cleans_up, matrix, late"
constexpr db::Query lock_waiting_query{.name = "runs.lock_waiting",
                                       .sql = "SELECT " WAITING_COLUMNS " FROM jobs WHERE id = $1",
                                       .postgres_sql = "SELECT " WAITING_COLUMNS " FROM jobs WHERE id = $1 FOR UPDATE"};
constexpr db::Query contexts_query{.name = "runs.contexts",
                                   .sql = "SELECT contexts FROM rounds WHERE run_id = $1 AND round = $2"};
constexpr db::Query spec_query{.name = "runs.spec", .sql = "SELECT spec FROM jobs WHERE id = $1"};
constexpr db::Query release_query{.name = "runs.release",
                                  .sql =
                                      "UPDATE jobs SET state = 'queued', reason = $2, queued_at = $3, filled = $4, "
                                      "version = version + 1 WHERE id = $1 AND state = "
                                      "'blocked'"};
constexpr db::Query enter_group_query{
    .name = "runs.enter_group", .sql = "UPDATE jobs SET reason = $2, filled = $3, version = version + 1 WHERE id = $1"};
constexpr db::Query after_failure_query{.name = "runs.after_failure",
                                        .sql = "UPDATE jobs SET after_failure = 1 WHERE id = $1"};
constexpr db::Query open_query{
    .name = "runs.open_job",
    .sql =
        "SELECT 1 FROM jobs WHERE run_id = $1 AND state IN ('blocked', 'queued', 'assigned', 'running', 'cancelling') "
        "LIMIT 1"};
constexpr db::Query ends_query{
    .name = "runs.ends",
    .sql =
        "SELECT state, allow_failure, exit_code, count(*) AS jobs FROM jobs WHERE run_id = $1 AND newest = 1 GROUP BY "
        "state, allow_failure, exit_code"};
constexpr db::Query end_run_query{
    .name = "runs.end",
    .sql = "UPDATE runs SET state = $2, warnings = $3, finished_at = $4, version = version + 1 WHERE id = $1"};
constexpr db::Query end_round_query{
    .name = "runs.end_round", .sql = "UPDATE rounds SET state = $3, finished_at = $4 WHERE run_id = $1 AND round = $2"};

// One message for each end of a round and each who may want to hear of it; what their filters leave out goes when it is
// looked at. The state before is that of the run's last round, else of the run before of the same pipeline and branch,
// or of the same change. A run that was skipped says nothing of them.
constexpr db::Query notify_query{
    .name = "outbox.ended",
    .sql =
        "INSERT INTO outbox (id, target_id, run_id, round, state, previous_state, finished_at, created_at) SELECT "
        "'msg_' || n.id || '_' || r.id || '_' || r.round, n.id, r.id, r.round, r.state, coalesce((SELECT b.state FROM "
        "rounds b WHERE b.run_id = r.id AND b.round < r.round AND b.finished_at IS NOT NULL AND b.state NOT IN "
        "('repeated', 'skipped') ORDER BY b.round DESC LIMIT 1), (SELECT p.state FROM runs p WHERE p.repository_id = "
        "r.repository_id AND p.pipeline = r.pipeline AND p.branch = r.branch AND p.seq < r.seq AND coalesce(p.change, "
        "0) = coalesce(r.change, 0) AND p.finished_at IS NOT NULL AND p.state <> 'skipped' ORDER BY p.seq DESC LIMIT "
        "1)), r.finished_at, r.finished_at FROM runs r JOIN notifications n ON n.repository_id IN ('', "
        "r.repository_id) WHERE r.id = $1 ON CONFLICT DO NOTHING"};

struct EndedRow {
  std::string key, job;
  bool newest = true;
  bool fail_fast = false;
  bool waits_for_slot = false;  // it ended before it had one
  bool has_slots = false;
  std::optional<std::string> allow_failure;
};
BOOST_DESCRIBE_STRUCT(EndedRow, (), (key, job, newest, fail_fast, waits_for_slot, has_slots, allow_failure))

struct Counted {
  JobId id;
  std::int64_t seq = 0;
  int needs_open = 0;
};
BOOST_DESCRIBE_STRUCT(Counted, (), (id, seq, needs_open))

struct Ends {
  JobState state = JobState::succeeded;
  std::optional<std::string> allow_failure;
  std::optional<int> exit_code;
  std::int64_t jobs = 0;
};
BOOST_DESCRIBE_STRUCT(Ends, (), (state, allow_failure, exit_code, jobs))

struct Outcome {
  std::string_view state;
  bool warnings = false;
};

Outcome outcome_of(const std::vector<Ends>& all) {
  bool failed = false, cancelled = false, succeeded = false, warnings = false;
  for (const Ends& ends : all) {
    const std::string_view result = result_of(ends.state);
    const bool allowed = is_allowed(ends.allow_failure, ends.state, ends.exit_code);
    failed = failed || (result == "failed" && !allowed);
    warnings = warnings || allowed;
    cancelled = cancelled || result == "cancelled";
    succeeded = succeeded || result == "succeeded";
  }
  if (failed || all.empty()) return {"failed"};
  if (cancelled) return {"cancelled"};
  if (!succeeded && !warnings) return {"skipped"};
  return {"succeeded", warnings};
}

}  // namespace

std::vector<JobId> Release::counted_down(const db::Rows& rows) {
  std::vector<Counted> counted = db::read_all<Counted>(rows);
  std::ranges::sort(counted, {}, &Counted::seq);
  std::vector<JobId> open;
  for (const Counted& job : counted) {
    effects_.changed.push_back({job.id, run_.id});
    if (job.needs_open == 0) open.push_back(job.id);
  }
  return open;
}

Task<void> Release::follow(JobId job, JobState end, std::optional<int> exit_code) {
  return follow_all({{job, end, exit_code}});
}

// An end of a job that was repeated counts for its successor alone; its slot goes on.
Task<void> Release::follow_all(std::vector<Ended> ended) {
  std::deque<Ended> left(ended.begin(), ended.end());
  while (!left.empty()) {
    const Ended one = left.front();
    left.pop_front();
    const auto row = db::read_first<EndedRow>(co_await tx_.run(ended_query, {one.job.str()}));
    const bool failed = result_of(one.state) == "failed" && !is_allowed(row->allow_failure, one.state, one.exit_code);
    if (failed && row->fail_fast && row->newest) {
      std::vector<JobId> siblings;
      const db::Rows rows = co_await tx_.run(siblings_query, {run_.id.str(), row->job});
      for (std::size_t i = 0; i < rows.size(); ++i) siblings.push_back(JobId::parse(rows.text(i, 0)).value());
      const std::string why = jobs::reason("sibling_failed", {{"job", row->key}});
      for (const Ended& sibling : co_await cancel_all(std::move(siblings), why)) left.push_back(sibling);
    }
    db::Rows rows;
    if (row->newest)
      rows = co_await tx_.run(count_down_query, {run_.id.str(), row->job});
    else
      rows = co_await tx_.run(repeated_query, {run_.id.str(), row->key});
    std::vector<JobId> open = counted_down(rows);
    if (row->has_slots && !row->waits_for_slot)
      std::ranges::copy(counted_down(co_await tx_.run(next_leg_query, {run_.id.str(), row->job})),
                        std::back_inserter(open));
    for (const JobId job : open)
      if (const std::optional<Ended> next = co_await release(job)) left.push_back(*next);
  }
}

Task<std::vector<Release::Ended>> Release::cancel_all(std::vector<JobId> jobs, std::string why) {
  std::vector<Ended> ended;
  for (const JobId id : jobs) {
    const std::optional<JobRow> job = co_await jobs::lock_job(tx_, id);
    if (!job) continue;
    if (jobs::allowed(job->state, JobState::cancelled, jobs::Caller::server)) {
      effects_.add(co_await jobs::settle(tx_, *job, {.state = JobState::cancelled}, why, now_));
      ended.push_back({id, JobState::cancelled, std::nullopt});
    } else if (jobs::allowed(job->state, JobState::cancelling, jobs::Caller::server)) {
      co_await jobs::begin_cancel(tx_, *job, why, effects_);
    }
  }
  co_return ended;
}

Task<void> Release::cancel(std::vector<JobId> jobs, std::string why) {
  co_await follow_all(co_await cancel_all(std::move(jobs), std::move(why)));
}

Task<const NeedsView*> Release::needs_of(JobId job, const WaitingRow& row) {
  if (needs_ && needs_->job == row.job && needs_->round == row.round) co_return &needs_->view;
  NeedsView view = co_await look_at_needs(tx_, job);
  const bool asks = row.late || row.condition.find("needs") != std::string::npos;
  if (view.open) co_return nullptr;
  if (asks) co_await add_outputs(view);
  needs_ = {row.job, row.round, std::move(view)};
  co_return &needs_->view;
}

Task<void> Release::add_outputs(NeedsView& view) {
  std::size_t bytes = 0;
  for (auto& need : view.values) {
    if (!need.value().is_object()) continue;
    boost::json::object outputs = co_await outputs_of(need.key());
    for (const auto& output : outputs)
      bytes += output.key().size() + (output.value().is_string() ? output.value().get_string().size() : 0);
    view.too_long = bytes > needs_outputs_bytes_max;
    if (view.too_long) co_return;
    need.value().as_object()["outputs"] = std::move(outputs);
  }
  operations_.spend_work(bytes);
}

Task<boost::json::object> Release::outputs_of(std::string need) {
  const auto known = outputs_.find(need);
  if (known != outputs_.end()) co_return known->second;
  co_return outputs_[need] = co_await outputs_of_need(tx_, run_.id, need);
}

Task<Decision> Release::decide_on(JobId job, const WaitingRow& row, const NeedsView& needs) {
  const bool asks = row.late || row.condition != default_condition;  // else nothing is evaluated
  if (asks && !contexts_.contains(row.round)) {
    const db::Rows rows = co_await tx_.run(contexts_query, {run_.id.str(), row.round});
    contexts_[row.round] = boost::json::parse(rows.text(0, 0)).as_object();
  }
  std::string spec;
  if (row.late) spec = (co_await tx_.run(spec_query, {job.str()})).text(0, 0);
  static const boost::json::object nothing;
  co_return decide(run_, row, needs, asks ? contexts_.at(row.round) : nothing, spec, operations_);
}

// Its end, if it does not run.
Task<std::optional<Release::Ended>> Release::release(JobId id) {
  const db::Rows rows = co_await tx_.run(lock_waiting_query, {id.str()});
  const JobRow job = db::Reader<JobRow>(rows)[0];
  const WaitingRow waiting = db::Reader<WaitingRow>(rows)[0];
  if (job.state != JobState::blocked || job.needs_open > 0) co_return std::nullopt;
  const NeedsView* needs = co_await needs_of(id, waiting);
  if (needs == nullptr) co_return std::nullopt;
  if (needs->failure) co_await tx_.run(after_failure_query, {id.str()});
  const Decision decision = co_await decide_on(id, waiting, *needs);
  if (decision.state == JobState::queued) {
    co_await queue(job, decision);
    co_return std::nullopt;
  }
  if (!jobs::allowed(JobState::blocked, decision.state, jobs::Caller::server))
    throw std::logic_error("a blocked job cannot end so");
  effects_.add(co_await jobs::settle(tx_, job, {.state = decision.state}, decision.reason, now_));
  co_return Ended{id, decision.state, std::nullopt};
}

// A job of a concurrency group still waits for its turn there; promote() follows the commit.
Task<void> Release::queue(const JobRow& job, const Decision& decision) {
  JobRow now = job;
  effects_.changed.push_back({job.id, run_.id});
  if (job.concurrency_group) {
    const jobs::Gate gate = co_await jobs::ask_gates(tx_, job, now_);
    const std::string waits =
        gate.state == JobState::blocked
            ? gate.reason
            : jobs::reason("waiting_for_concurrency",
                           {{"group", jobs::shown_group(*job.concurrency_group)}, {"position", 1}});
    co_await tx_.run(enter_group_query, {job.id.str(), waits, db::or_null(decision.filled)});
    effects_.groups.push_back(*job.concurrency_group);
    co_return;
  }
  now.state = JobState::queued;
  const jobs::Gate gate = co_await jobs::ask_gates(tx_, now, now_);
  co_await tx_.run(release_query, {job.id.str(), gate.reason, now_, db::or_null(decision.filled)});
  if (gate.offered) effects_.queued.push_back(to_queued(now, now_));
}

Task<void> Release::start(std::vector<JobId> ready) {
  std::vector<Ended> ended;
  for (const JobId job : ready)
    if (const std::optional<Ended> end = co_await release(job)) ended.push_back(*end);
  co_await follow_all(std::move(ended));
}

Task<std::string> Release::roll_up() {
  co_await mark_report(tx_, run_);
  const db::Rows open = co_await tx_.run(open_query, {run_.id.str()});
  if (!open.empty()) co_return run_.state;
  if (run_.concurrency_group) effects_.run_groups.push_back(*run_.concurrency_group);
  const Outcome outcome = outcome_of(db::read_all<Ends>(co_await tx_.run(ends_query, {run_.id.str()})));
  co_await tx_.run(end_run_query,
                   {run_.id.str(), std::string(outcome.state), std::int64_t{outcome.warnings ? 1 : 0}, now_});
  co_await tx_.run(end_round_query, {run_.id.str(), run_.round, std::string(outcome.state), now_});
  if (run_.repository_id) co_await tx_.run(notify_query, {run_.id.str()});
  effects_.runs.push_back({run_.id, true});
  co_return std::string(outcome.state);
}

}  // namespace open_cicd::runs
