// Reads: one job, a list, a viewer's snapshot, and the leases that are open.
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "db/row.h"
#include "jobs/errors.h"
#include "jobs/gates.h"
#include "jobs/records.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <functional>

namespace open_cicd::jobs {
namespace {

#define JOB_COLUMNS                                                                                                   \
  "j.id, j.seq, j.name, j.state, j.reason, j.executor, j.runs_on, j.priority, j.attempt, j.exit_code, j.created_by, " \
  "j.created_at, j.queued_at, j.started_at, j.finished_at, j.not_before, j.run_id, j.key, " JOB_VERSION " AS version"
#define ATTEMPT_COLUMNS                                                                                              \
  "a.attempt AS a_attempt, a.agent_id AS a_agent_id, coalesce(g.name, '') AS a_agent_name, a.boot_id AS a_boot_id, " \
  "a.claim_id AS a_claim_id, a.state AS a_state, a.open AS a_open, a.cause AS a_cause, a.message AS a_message, "     \
  "a.exit_code AS a_exit_code, a.steps AS a_steps, a.log_flags AS a_log_flags, a.claimed_at AS a_claimed_at, "       \
  "a.started_at AS a_started_at, a.ended_at AS a_ended_at, coalesce(a.images, '[]') AS a_images"

// Each row is an attempt with its job, or the job alone. It is one statement, so that job and attempts fit together.
constexpr db::Query get_query{.name = "jobs.get",
                              .sql = "SELECT " JOB_COLUMNS ", " ATTEMPT_COLUMNS
                                     ", CASE WHEN a.attempt IS NULL THEN j.steps END AS planned FROM jobs j "
                                     "LEFT JOIN attempts a ON a.job_id = j.id LEFT JOIN agents g ON g.id = a.agent_id "
                                     "WHERE j.id = $1 ORDER BY a.attempt"};
constexpr db::Query spec_query{.name = "jobs.spec", .sql = "SELECT spec FROM jobs WHERE id = $1"};
constexpr db::Query list_query{.name = "jobs.list",
                               .sql = "SELECT " JOB_COLUMNS " FROM jobs j WHERE seq < $1 ORDER BY seq DESC LIMIT $2"};
constexpr db::Query list_state_query{
    .name = "jobs.list_state",
    .sql = "SELECT " JOB_COLUMNS " FROM jobs j WHERE state = $3 AND seq < $1 ORDER BY seq DESC LIMIT $2"};
constexpr db::Query some_query{
    .name = "jobs.some",
    .sql = "SELECT " JOB_COLUMNS " FROM jobs j WHERE j.id IN (SELECT value FROM json_each($1))",
    .postgres_sql = "SELECT " JOB_COLUMNS " FROM jobs j WHERE j.id IN (SELECT json_array_elements_text($1::json))"};
constexpr db::Query blocked_after_query{
    .name = "jobs.blocked_after",
    .sql = "SELECT " JOB_COLUMNS " FROM jobs j WHERE j.state = 'blocked' AND j.seq > $1 ORDER BY j.seq LIMIT $2"};
constexpr db::Query held_after_query{
    .name = "jobs.held_after",
    .sql = "SELECT " JOB_COLUMNS
           " FROM attempts h JOIN jobs j ON j.id = h.job_id WHERE h.exclusive = 1 AND h.open = 0 AND j.state = "
           "'queued' AND j.seq > $1 ORDER BY j.seq LIMIT $2"};
// A label has no index: each page looks at a bounded window of the newest jobs, and the cursor goes on from its end.
constexpr db::Query list_runs_on_query{
    .name = "jobs.list_runs_on",
    .sql = "SELECT " JOB_COLUMNS
           " FROM jobs j WHERE seq < $1 AND seq >= $3 AND runs_on LIKE $4 ESCAPE '!' AND ($5 = '' OR state = $5) "
           "ORDER BY seq DESC LIMIT $2"};
// Where the agent took a job twice, its later attempt stands for both.
constexpr db::Query history_query{
    .name = "attempts.history",
    .sql = "SELECT " JOB_COLUMNS ", " ATTEMPT_COLUMNS
           " FROM attempts a JOIN jobs j ON j.id = a.job_id LEFT JOIN agents g ON g.id = a.agent_id WHERE a.agent_id = "
           "$1 AND (a.claimed_at, a.job_id) < ($2, $3) AND ($5 = '' OR j.state = $5) AND ($6 = '' OR j.runs_on LIKE $6 "
           "ESCAPE '!') AND NOT EXISTS (SELECT 1 FROM attempts l WHERE l.job_id = a.job_id AND l.agent_id = a.agent_id "
           "AND l.attempt > a.attempt) ORDER BY a.claimed_at DESC, a.job_id DESC LIMIT $4"};
constexpr db::Query newest_query{.name = "jobs.newest", .sql = "SELECT coalesce(max(seq), 0) FROM jobs"};
constexpr db::Query queued_query{
    .name = "jobs.queued",
    .sql =
        "SELECT id, seq, priority, attempt + 1 AS next_attempt, name, executor, runs_on, not_before FROM jobs j WHERE "
        "state = 'queued' AND "
        "seq > $1 "
        "AND NOT EXISTS "
        "(SELECT 1 FROM attempts a WHERE a.job_id = j.id AND a.exclusive = 1 AND a.open = 0) ORDER BY seq LIMIT 1000"};
constexpr db::Query snapshot_query{
    .name = "jobs.snapshot",
    .sql =
        "SELECT j.state, j.reason, j.attempt, coalesce(g.name, '') AS agent, j.exit_code, coalesce(a.steps, '[]') AS "
        "steps, coalesce(a.claimed_at, 0) AS claimed_at FROM jobs j "
        "LEFT JOIN attempts a ON a.job_id = j.id AND a.attempt = j.attempt LEFT JOIN agents g ON g.id = a.agent_id "
        "WHERE j.id = $1"};
#define LEASES                                                                                              \
  "SELECT a.job_id AS job, a.attempt, a.agent_id AS agent, a.boot_id, j.state, a.renew_seq, a.timeout_ms, " \
  "a.exclusive, a.open FROM attempts a JOIN jobs j ON j.id = a.job_id WHERE "
constexpr db::Query leases_of_query{.name = "attempts.leases_of", .sql = LEASES "a.agent_id = $1 AND a.open = 1"};
// Two halves, as an OR of two partial indexes would read every attempt there ever was.
constexpr db::Query open_leases_query{.name = "attempts.open",
                                      .sql = LEASES "a.open = 1 UNION ALL " LEASES "a.open = 0 AND a.exclusive = 1"};
constexpr db::Query renew_query{.name = "attempts.renew",
                                .sql =
                                    "UPDATE attempts SET renew_seq = renew_seq + 1 WHERE job_id = $1 AND attempt = $2 "
                                    "AND agent_id = $3 AND open = 1"};
constexpr db::Query lease_state_query{
    .name = "attempts.lease_state",
    .sql =
        "SELECT a.open, a.state, j.state AS job_state FROM attempts a JOIN jobs j ON j.id = "
        "a.job_id WHERE a.job_id = $1 AND a.attempt = $2 AND a.agent_id = $3"};
constexpr db::Query counts_query{.name = "jobs.counts",
                                 .sql =
                                     "SELECT state, count(*) AS jobs FROM jobs WHERE state IN ('blocked', 'queued', "
                                     "'assigned', 'running', 'cancelling') GROUP BY state"};
constexpr db::Query probe_query{.name = "server.probe",
                                .sql = "UPDATE server_keys SET value = value WHERE name = 'lease'"};
constexpr db::Query forget_keys_query{.name = "idempotency.forget",
                                      .sql = "DELETE FROM idempotency_keys WHERE created_at < $1"};

constexpr std::int64_t label_window = 20'000;  // jobs that one page of a label search looks at

struct SnapshotRow {
  JobState state = JobState::queued;
  std::optional<std::string> reason;
  int attempt = 0;
  std::string agent;
  std::optional<int> exit_code;
  std::vector<StepRecord> steps;
  std::int64_t claimed_at = 0;
};
BOOST_DESCRIBE_STRUCT(SnapshotRow, (), (state, reason, attempt, agent, exit_code, steps, claimed_at))

struct LeaseRow {  // as a heartbeat is told of it
  bool open = false;
  std::string state;
  JobState job_state = JobState::queued;
};
BOOST_DESCRIBE_STRUCT(LeaseRow, (), (open, state, job_state))

struct CountRow {
  std::string state;
  std::int64_t jobs = 0;
};
BOOST_DESCRIBE_STRUCT(CountRow, (), (state, jobs))

std::string like_label(std::string_view label) {
  std::string pattern = "%\"";
  for (const char c : label) {
    if (c == '%' || c == '_' || c == '!') pattern.push_back('!');
    pattern.push_back(c);
  }
  return pattern + "\"%";
}

}  // namespace

Task<Result<JobDetail>> Jobs::get(JobId id) {
  const db::Rows rows = co_await db_.read(get_query, {id.str()});
  if (rows.empty()) co_return job_not_found(id);
  JobDetail detail{.job = db::Reader<Job>(rows)[0], .attempts = {}, .planned = {}};
  tell_end_of_pause(detail.job, clock_.unix_ms());
  if (auto planned = db::read_column<std::optional<std::vector<StepRecord>>>(rows, 0, "planned")) {
    detail.planned = std::move(*planned);
    co_return detail;
  }
  const db::Reader<Attempt> attempts(rows, "a_");
  for (std::size_t i = 0; i < rows.size(); ++i) detail.attempts.push_back(attempts[i]);
  if (detail.attempts.back().open)
    activity_.mark_begun(id, detail.attempts.back().attempt, detail.attempts.back().steps);
  co_return detail;
}

Task<Result<std::string>> Jobs::spec(JobId id) {
  const db::Rows rows = co_await db_.read(spec_query, {id.str()});
  if (rows.empty()) co_return job_not_found(id);
  co_return rows.text(0, 0);
}

Task<Result<JobList>> Jobs::list(JobFilter filter) {
  const std::int64_t before = filter.before_seq.value_or(std::numeric_limits<std::int64_t>::max());
  const std::int64_t want = filter.limit + 1;  // one more tells whether there is a next page
  db::Rows rows;
  std::int64_t window_end = 0;
  if (filter.runs_on) {
    const db::Rows newest = co_await db_.read(newest_query, {});
    window_end = std::max<std::int64_t>(1, std::min(before, newest.integer(0, 0) + 1) - label_window);
    rows = co_await db_.read(list_runs_on_query, {before, want, window_end, like_label(*filter.runs_on),
                                                  filter.state ? std::string(name_of(*filter.state)) : std::string()});
  } else if (filter.state) {
    rows = co_await db_.read(list_state_query, {before, want, std::string(name_of(*filter.state))});
  } else {
    rows = co_await db_.read(list_query, {before, want});
  }
  JobList list;
  const std::int64_t now = clock_.unix_ms();
  const db::Reader<Job> jobs(rows);
  for (std::size_t i = 0; i < rows.size() && list.jobs.size() < static_cast<std::size_t>(filter.limit); ++i)
    tell_end_of_pause(list.jobs.emplace_back(jobs[i]), now);
  if (rows.size() > list.jobs.size())
    list.next = list.jobs.back().seq;
  else if (window_end > 1)
    list.next = window_end;
  co_return list;
}

Task<AgentHistory> Jobs::history(AgentHistoryFilter filter) {
  const std::int64_t want = filter.limit + 1;  // one more tells whether there is a next page
  const db::Rows rows = co_await db_.read(
      history_query,
      {filter.agent.str(), filter.before ? filter.before->claimed_at : std::numeric_limits<std::int64_t>::max(),
       filter.before ? filter.before->job.str() : std::string(), want,
       filter.state ? std::string(name_of(*filter.state)) : std::string(),
       filter.runs_on ? like_label(*filter.runs_on) : std::string()});
  AgentHistory history;
  const std::int64_t now = clock_.unix_ms();
  const db::Reader<Job> jobs(rows);
  const db::Reader<Attempt> attempts(rows, "a_");
  const std::size_t shown = std::min(rows.size(), static_cast<std::size_t>(filter.limit));
  for (std::size_t i = 0; i < shown; ++i) {
    AgentHistory::Taken& taken = history.jobs.emplace_back(jobs[i], attempts[i]);
    tell_end_of_pause(taken.job, now);
  }
  if (rows.size() > shown)
    history.next = TakenAt{.claimed_at = history.jobs.back().attempt.claimed_at, .job = history.jobs.back().job.id};
  co_return history;
}

Task<std::vector<Job>> Jobs::some(std::vector<JobId> ids) {
  if (ids.empty()) co_return std::vector<Job>{};
  std::vector<std::string> texts;
  for (const JobId id : ids) texts.push_back(id.str());
  std::vector<Job> jobs = db::read_all<Job>(co_await db_.read(some_query, {json::write_text(texts)}));
  for (Job& job : jobs) tell_end_of_pause(job, clock_.unix_ms());
  co_return jobs;
}

Task<std::vector<Job>> Jobs::blocked_after(std::int64_t seq, int limit) {
  co_return db::read_all<Job>(co_await db_.read(blocked_after_query, {seq, limit}));
}

Task<std::vector<Job>> Jobs::held_after(std::int64_t seq, int limit) {
  co_return db::read_all<Job>(co_await db_.read(held_after_query, {seq, limit}));
}

Task<Result<JobSnapshot>> Jobs::snapshot(JobId id) {
  std::optional<SnapshotRow> row = db::read_first<SnapshotRow>(co_await db_.read(snapshot_query, {id.str()}));
  if (!row) co_return job_not_found(id);
  JobSnapshot snapshot{.id = id,
                       .state = std::string(name_of(row->state)),
                       .terminal = is_terminal(row->state),
                       .reason = row->reason ? boost::json::parse(*row->reason) : boost::json::value(),
                       .attempt = row->attempt,
                       .claimed_at_ms = row->claimed_at,
                       .agent = std::move(row->agent),
                       .exit_code = row->exit_code,
                       .steps = {}};
  if (!snapshot.terminal) activity_.mark_begun(id, snapshot.attempt, row->steps);
  for (const StepRecord& step : row->steps)
    snapshot.steps.push_back({.step = step.step,
                              .name = step.name,
                              .state = step.state,
                              .exit_code = step.exit_code,
                              .log_bytes = step.log_bytes,
                              .background = step.background.value_or(false)});
  co_return snapshot;
}

Task<std::map<std::string, std::int64_t>> Jobs::counts() {
  std::map<std::string, std::int64_t> counts{
      {"blocked", 0}, {"queued", 0}, {"assigned", 0}, {"running", 0}, {"cancelling", 0}};
  for (const CountRow& row : db::read_all<CountRow>(co_await db_.read(counts_query, {}))) counts[row.state] = row.jobs;
  co_return counts;
}

// A waiting agent takes the first job that it hears of, so those of a page are told as they are to run.
Task<void> Jobs::load_queue() {
  std::int64_t after = 0;
  for (;;) {
    const db::Rows rows = co_await db_.read(queued_query, {after});
    if (rows.empty()) break;
    const db::Reader<QueuedJob> jobs(rows);
    std::vector<QueuedJob> page;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      after = db::read_column<std::int64_t>(rows, i, "seq");
      try {
        QueuedJob job = jobs[i];
        job.delay_ms =
            pause_left(db::read_column<std::optional<std::int64_t>>(rows, i, "not_before"), clock_.unix_ms());
        page.push_back(std::move(job));
      } catch (const std::exception& e) {  // a damaged row must not keep the others from running
        log_error("a queued job cannot be read", {{"seq", std::to_string(after)}, {"error", e.what()}});
      }
    }
    std::ranges::stable_sort(page, std::ranges::greater(), &QueuedJob::priority);
    for (QueuedJob& job : page) queue_->queued(std::move(job));
  }
  queue_loaded_ = true;
}

Task<std::vector<OpenLease>> Jobs::leases_of(AgentId agent) {
  co_return db::read_all<OpenLease>(co_await db_.read(leases_of_query, {agent.str()}));
}

Task<std::vector<OpenLease>> Jobs::open_leases() {
  co_return db::read_all<OpenLease>(co_await db_.read(open_leases_query, {}));
}

Task<std::vector<protocol::LeaseState>> Jobs::renew(AgentId agent, std::vector<protocol::HeldLease> held) {
  if (held.empty()) co_return std::vector<protocol::LeaseState>{};
  auto body = [agent, held](db::Transaction& tx) -> Task<Result<std::vector<protocol::LeaseState>>> {
    std::vector<protocol::LeaseState> states;
    for (const protocol::HeldLease& lease : held) {
      co_await tx.run(renew_query, {lease.job_id, lease.attempt, agent.str()});
      const auto row =
          db::read_first<LeaseRow>(co_await tx.run(lease_state_query, {lease.job_id, lease.attempt, agent.str()}));
      std::string state = "lost";
      if (row && row->open)
        state = row->job_state == JobState::cancelling ? "cancel" : "ok";
      else if (row && row->state != "lost" && row->state != "released")
        state = "finished";
      states.push_back({lease.job_id, lease.attempt, std::move(state)});
    }
    co_return states;
  };
  co_return (co_await db_.write<std::vector<protocol::LeaseState>>(std::move(body))).value();
}

Task<bool> Jobs::probe_write() {
  bool works = true;
  try {
    co_await db_.transact([](db::Transaction& tx) -> Task<void> { co_await tx.run(probe_query, {}); });
  } catch (const db::DatabaseError&) {
    works = false;
  }
  probed_at_ = clock_.monotonic().count();
  writable_ = works;
  co_return works;
}

Task<bool> Jobs::writable() {
  const std::int64_t now = clock_.monotonic().count();
  std::int64_t last = probed_at_;
  // Only the caller that moves probed_at_ on asks the database; the others take the last answer.
  if (now - last < 1000 || !probed_at_.compare_exchange_strong(last, now)) co_return writable_.load();
  co_return co_await probe_write();
}

Task<void> Jobs::forget_old_keys() {
  co_await db_.transact([before = clock_.unix_ms() - settings_.idempotency_ms](db::Transaction& tx) -> Task<void> {
    co_await tx.run(forget_keys_query, {before});
  });
}

}  // namespace open_cicd::jobs
