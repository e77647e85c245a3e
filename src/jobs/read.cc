// Reads: one job, a list, a viewer's snapshot, and the leases that are open.
#include "base/log.h"
#include "base/text.h"
#include "jobs/errors.h"
#include "jobs/records.h"

#include <boost/json/parse.hpp>

namespace open_cicd::jobs {
namespace {

#define JOB_COLUMNS                                                                                             \
  "j.id, j.seq, j.name, j.state, j.reason, j.spec, j.executor, j.runs_on, j.priority, j.attempt, j.exit_code, " \
  "j.created_by, j.created_at, j.queued_at, j.started_at, j.finished_at"
constexpr std::size_t job_columns = 16;

// The job on each of its attempts' rows, or on one row without: one read, so that the two fit together.
constexpr db::Query get_query{
    .name = "jobs.get",
    .sql = "SELECT " JOB_COLUMNS
           ", a.attempt, a.agent_id, coalesce(g.name, ''), a.boot_id, a.claim_id, a.state, a.open, a.cause, a.message, "
           "a.exit_code, a.steps, a.log_flags, a.claimed_at, a.started_at, a.ended_at FROM jobs j "
           "LEFT JOIN attempts a ON a.job_id = j.id LEFT JOIN agents g ON g.id = a.agent_id "
           "WHERE j.id = $1 ORDER BY a.attempt"};
constexpr db::Query list_query{.name = "jobs.list",
                               .sql = "SELECT " JOB_COLUMNS " FROM jobs j WHERE seq < $1 ORDER BY seq DESC LIMIT $2"};
constexpr db::Query list_state_query{
    .name = "jobs.list_state",
    .sql = "SELECT " JOB_COLUMNS " FROM jobs j WHERE state = $3 AND seq < $1 ORDER BY seq DESC LIMIT $2"};
// A label has no index: each page looks at a bounded window of the newest jobs, and the cursor goes on from its end.
constexpr db::Query list_runs_on_query{
    .name = "jobs.list_runs_on",
    .sql = "SELECT " JOB_COLUMNS
           " FROM jobs j WHERE seq < $1 AND seq >= $3 AND runs_on LIKE $4 ESCAPE '!' AND ($5 = '' OR state = $5) "
           "ORDER BY seq DESC LIMIT $2"};
constexpr db::Query newest_query{.name = "jobs.newest", .sql = "SELECT coalesce(max(seq), 0) FROM jobs"};
constexpr db::Query queued_query{
    .name = "jobs.queued",
    .sql =
        "SELECT id, seq, priority, attempt, name, executor, runs_on, not_before FROM jobs j WHERE state = 'queued' AND "
        "seq > $1 "
        "AND NOT EXISTS "
        "(SELECT 1 FROM attempts a WHERE a.job_id = j.id AND a.exclusive = 1 AND a.open = 0) ORDER BY seq LIMIT 1000"};
constexpr db::Query snapshot_query{
    .name = "jobs.snapshot",
    .sql =
        "SELECT j.state, j.reason, j.attempt, coalesce(g.name, ''), j.exit_code, coalesce(a.steps, '[]'), "
        "coalesce(a.claimed_at, 0) FROM jobs j "
        "LEFT JOIN attempts a ON a.job_id = j.id AND a.attempt = j.attempt LEFT JOIN agents g ON g.id = a.agent_id "
        "WHERE j.id = $1"};
constexpr db::Query leases_of_query{.name = "attempts.leases_of",
                                    .sql =
                                        "SELECT a.job_id, a.attempt, a.boot_id, j.state FROM attempts a JOIN jobs j ON "
                                        "j.id = a.job_id WHERE a.agent_id = $1 AND a.open = 1"};
// Two halves, as an OR of two partial indexes would read every attempt there ever was.
#define LEASES                                                                                                       \
  "SELECT a.job_id, a.attempt, a.agent_id, a.boot_id, j.state, a.renew_seq, a.timeout_ms, a.exclusive, a.open FROM " \
  "attempts a JOIN jobs j ON j.id = a.job_id WHERE "
constexpr db::Query open_leases_query{.name = "attempts.open",
                                      .sql = LEASES "a.open = 1 UNION ALL " LEASES "a.open = 0 AND a.exclusive = 1"};
constexpr db::Query renew_query{.name = "attempts.renew",
                                .sql =
                                    "UPDATE attempts SET renew_seq = renew_seq + 1 WHERE job_id = $1 AND attempt = $2 "
                                    "AND agent_id = $3 AND open = 1"};
constexpr db::Query lease_state_query{.name = "attempts.lease_state",
                                      .sql =
                                          "SELECT a.open, a.state, j.state FROM attempts a JOIN jobs j ON j.id = "
                                          "a.job_id WHERE a.job_id = $1 AND a.attempt = $2 AND a.agent_id = $3"};
constexpr db::Query counts_query{.name = "jobs.counts",
                                 .sql =
                                     "SELECT state, count(*) FROM jobs WHERE state IN ('blocked', 'queued', "
                                     "'assigned', 'running', 'cancelling') GROUP BY state"};
constexpr db::Query probe_query{.name = "server.probe",
                                .sql = "UPDATE server_keys SET value = value WHERE name = 'lease'"};
constexpr db::Query forget_keys_query{.name = "idempotency.forget",
                                      .sql = "DELETE FROM idempotency_keys WHERE created_at < $1"};

constexpr std::int64_t label_window = 20'000;  // jobs that one page of a label search looks at

std::optional<int> maybe_int(const db::Rows& rows, std::size_t row, std::size_t column) {
  const auto value = rows.maybe_integer(row, column);
  return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

Job read_job(const db::Rows& rows, std::size_t i) {
  return {.id = JobId::parse(rows.text(i, 0)).value(),
          .seq = rows.integer(i, 1),
          .name = rows.text(i, 2),
          .state = parse_job_state(rows.text(i, 3)).value(),
          .reason = rows.maybe_text(i, 4),
          .spec = rows.text(i, 5),
          .executor = rows.text(i, 6),
          .runs_on = read_labels(rows.text(i, 7)),
          .priority = static_cast<int>(rows.integer(i, 8)),
          .attempt = static_cast<int>(rows.integer(i, 9)),
          .exit_code = maybe_int(rows, i, 10),
          .created_by = rows.text(i, 11),
          .created_at = rows.integer(i, 12),
          .queued_at = rows.maybe_integer(i, 13),
          .started_at = rows.maybe_integer(i, 14),
          .finished_at = rows.maybe_integer(i, 15)};
}

Attempt read_attempt(const db::Rows& rows, std::size_t i) {
  constexpr std::size_t at = job_columns;
  return {.attempt = static_cast<int>(rows.integer(i, at)),
          .agent_id = rows.text(i, at + 1),
          .agent_name = rows.text(i, at + 2),
          .boot_id = rows.text(i, at + 3),
          .claim_id = rows.text(i, at + 4),
          .state = rows.text(i, at + 5),
          .open = rows.integer(i, at + 6) == 1,
          .cause = rows.maybe_text(i, at + 7),
          .message = rows.maybe_text(i, at + 8),
          .exit_code = maybe_int(rows, i, at + 9),
          .steps = read_steps(rows.text(i, at + 10)),
          .log_flags = rows.maybe_text(i, at + 11),
          .claimed_at = rows.integer(i, at + 12),
          .started_at = rows.maybe_integer(i, at + 13),
          .ended_at = rows.maybe_integer(i, at + 14)};
}

QueuedJob read_queued(const db::Rows& rows, std::size_t i, std::int64_t now) {
  return {.id = JobId::parse(rows.text(i, 0)).value(),
          .seq = rows.integer(i, 1),
          .priority = static_cast<int>(rows.integer(i, 2)),
          .next_attempt = static_cast<int>(rows.integer(i, 3)) + 1,
          .name = rows.text(i, 4),
          .executor = rows.text(i, 5),
          .runs_on = read_labels(rows.text(i, 6)),
          .delay_ms = pause_left(rows.maybe_integer(i, 7), now)};
}

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
  JobDetail detail{.job = read_job(rows, 0), .attempts = {}};
  for (std::size_t i = 0; i < rows.size() && !rows.is_null(i, job_columns); ++i)
    detail.attempts.push_back(read_attempt(rows, i));
  if (!detail.attempts.empty() && detail.attempts.back().open)
    activity_.mark_begun(id, detail.attempts.back().attempt, detail.attempts.back().steps);
  co_return detail;
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
  for (std::size_t i = 0; i < rows.size() && list.jobs.size() < static_cast<std::size_t>(filter.limit); ++i)
    list.jobs.push_back(read_job(rows, i));
  if (rows.size() > list.jobs.size())
    list.next = list.jobs.back().seq;
  else if (window_end > 1)
    list.next = window_end;
  co_return list;
}

Task<Result<JobSnapshot>> Jobs::snapshot(JobId id) {
  const db::Rows rows = co_await db_.read(snapshot_query, {id.str()});
  if (rows.empty()) co_return job_not_found(id);
  const JobState state = parse_job_state(rows.text(0, 0)).value();
  JobSnapshot snapshot{.id = id,
                       .state = rows.text(0, 0),
                       .terminal = is_terminal(state),
                       .reason = rows.is_null(0, 1) ? boost::json::value() : boost::json::parse(rows.text(0, 1)),
                       .attempt = static_cast<int>(rows.integer(0, 2)),
                       .claimed_at_ms = rows.integer(0, 6),
                       .agent = rows.text(0, 3),
                       .exit_code = maybe_int(rows, 0, 4),
                       .steps = {}};
  std::vector<StepRecord> steps = read_steps(rows.text(0, 5));
  if (!snapshot.terminal) activity_.mark_begun(id, snapshot.attempt, steps);
  for (const StepRecord& step : steps)
    snapshot.steps.push_back({.step = step.step,
                              .name = step.name,
                              .state = step.state,
                              .exit_code = step.exit_code,
                              .log_bytes = step.log_bytes});
  co_return snapshot;
}

Task<std::map<std::string, std::int64_t>> Jobs::counts() {
  std::map<std::string, std::int64_t> counts{
      {"blocked", 0}, {"queued", 0}, {"assigned", 0}, {"running", 0}, {"cancelling", 0}};
  const db::Rows rows = co_await db_.read(counts_query, {});
  for (std::size_t i = 0; i < rows.size(); ++i) counts[rows.text(i, 0)] = rows.integer(i, 1);
  co_return counts;
}

Task<void> Jobs::load_queue() {
  std::int64_t after = 0;
  for (;;) {
    const db::Rows rows = co_await db_.read(queued_query, {after});
    if (rows.empty()) break;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      after = rows.integer(i, 1);
      try {
        queue_->queued(read_queued(rows, i, clock_.unix_ms()));
      } catch (const std::exception& e) {  // a damaged row must not keep the others from running
        log_error("a queued job cannot be read", {{"job", rows.text(i, 0)}, {"error", e.what()}});
      }
    }
  }
  queue_loaded_ = true;
}

Task<std::vector<OpenLease>> Jobs::leases_of(AgentId agent) {
  const db::Rows rows = co_await db_.read(leases_of_query, {agent.str()});
  std::vector<OpenLease> leases;
  for (std::size_t i = 0; i < rows.size(); ++i)
    leases.push_back({.job = JobId::parse(rows.text(i, 0)).value(),
                      .agent = agent,
                      .attempt = static_cast<int>(rows.integer(i, 1)),
                      .boot_id = rows.text(i, 2),
                      .state = parse_job_state(rows.text(i, 3)).value()});
  co_return leases;
}

Task<std::vector<OpenLease>> Jobs::open_leases() {
  const db::Rows rows = co_await db_.read(open_leases_query, {});
  std::vector<OpenLease> leases;
  for (std::size_t i = 0; i < rows.size(); ++i)
    leases.push_back({.job = JobId::parse(rows.text(i, 0)).value(),
                      .agent = AgentId::parse(rows.text(i, 2)).value_or(AgentId()),
                      .attempt = static_cast<int>(rows.integer(i, 1)),
                      .boot_id = rows.text(i, 3),
                      .state = parse_job_state(rows.text(i, 4)).value(),
                      .renew_seq = rows.integer(i, 5),
                      .timeout_ms = rows.integer(i, 6),
                      .exclusive = rows.integer(i, 7) == 1,
                      .open = rows.integer(i, 8) == 1});
  co_return leases;
}

Task<std::vector<protocol::LeaseState>> Jobs::renew(AgentId agent, std::vector<protocol::HeldLease> held) {
  if (held.empty()) co_return std::vector<protocol::LeaseState>{};
  auto body = [agent, held](db::Transaction& tx) -> Task<Result<std::vector<protocol::LeaseState>>> {
    std::vector<protocol::LeaseState> states;
    for (const protocol::HeldLease& lease : held) {
      co_await tx.run(renew_query, {lease.job_id, lease.attempt, agent.str()});
      const db::Rows rows = co_await tx.run(lease_state_query, {lease.job_id, lease.attempt, agent.str()});
      std::string state = "lost";
      if (!rows.empty() && rows.integer(0, 0) == 1)
        state = rows.text(0, 2) == "cancelling" ? "cancel" : "ok";
      else if (!rows.empty() && rows.text(0, 1) != "lost" && rows.text(0, 1) != "released")
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
  // Whoever moves the time on asks the database; the others take the last answer.
  if (now - last < 1000 || !probed_at_.compare_exchange_strong(last, now)) co_return writable_.load();
  co_return co_await probe_write();
}

Task<void> Jobs::forget_old_keys() {
  co_await db_.transact([before = clock_.unix_ms() - settings_.idempotency_ms](db::Transaction& tx) -> Task<void> {
    co_await tx.run(forget_keys_query, {before});
  });
}

}  // namespace open_cicd::jobs
