#include "base/id.h"
#include "sim/json.h"
#include "sim/mutant.h"
#include "sim/server.h"

#include <boost/json/serialize.hpp>

#include <map>
#include <vector>

namespace open_cicd::sim {
namespace {

// The agent's write counts for whatever attempt of the job it holds.
Task<void> ignore_attempt(Store& store, logs::Logs&, Request& request) {
  if (request.attempt == 0) co_return;
  const std::string job = request.path.substr(std::string_view("/api/v1/jobs/").size(), 36);
  static constexpr db::Query current{
      .name = "mutant.current",
      .sql =
          "SELECT a.attempt, a.agent_id, a.boot_id, a.claim_id FROM attempts a JOIN jobs j ON j.id = a.job_id AND "
          "j.attempt = a.attempt JOIN attempts said ON said.job_id = j.id AND said.attempt = $2 AND "
          "said.agent_id = a.agent_id WHERE j.id = $1"};
  static constexpr db::Query key{.name = "mutant.key", .sql = "SELECT value FROM server_keys WHERE name = 'lease'"};
  const db::Rows rows = store.look(current, {job, std::int64_t{request.attempt}});
  if (rows.empty()) co_return;
  request.attempt = static_cast<int>(rows.integer(0, 0));
  request.lease_token =
      jobs::LeaseKey(Secret(store.look(key).bytes(0, 0)))
          .lease_token(JobId::parse(job).value(), request.attempt, rows.text(0, 1), rows.text(0, 2), rows.text(0, 3));
}

Task<void> fresh_claim_id(Store&, logs::Logs&, Request& request) {
  boost::json::value body = parse_json(request.body);
  if (text_of(body, "status") != "assigned") co_return;
  body.as_object()["claim_id"] = format_uuid(make_uuid_v4());
  request.body = boost::json::serialize(body);
}

// What a finish claims besides is another claim each time.
Task<void> fresh_next_claim_id(Store&, logs::Logs&, Request& request) {
  if (!request.path.ends_with("/status")) co_return;
  boost::json::value body = parse_json(request.body);
  boost::json::value* next = body.as_object().if_contains("next");
  if (next == nullptr) co_return;
  next->as_object()["claim_id"] = format_uuid(make_uuid_v4());
  request.body = boost::json::serialize(body);
}

// Appends land at the end, wherever the agent says they belong.
Task<void> append_at_end(Store&, logs::Logs& logs, Request& request) {
  if (request.method != http::Method::post || !request.path.ends_with("/logs")) co_return;
  const std::string job = request.path.substr(std::string_view("/api/v1/jobs/").size(), 36);
  const std::int64_t size =
      co_await logs.size(JobId::parse(job).value(), request.attempt, std::stoi(request.query.at(0).second));
  request.query.at(1).second = std::to_string(size);
}

void forget_leases(Store& store) {
  store.execute(
      "UPDATE attempts SET open = 0, exclusive = 0, state = 'lost' WHERE open = 1;"
      "UPDATE jobs SET state = 'queued' WHERE state IN ('assigned', 'running', 'cancelling')");
}

// Accepts every finish as if its log were right.
class BlindLedger final : public jobs::LogLedger {
 public:
  explicit BlindLedger(jobs::LogLedger& logs) : logs_(logs) {}
  Task<Result<jobs::LogVerdict>> verify(JobId job, int attempt, jobs::LogClaim claim) override {
    claim.sums.reset();
    Result<jobs::LogVerdict> verdict = co_await logs_.verify(job, attempt, std::move(claim));
    if (verdict) verdict->unverified = false;
    co_return verdict;
  }
  Task<void> persist(db::Transaction& tx, JobId job, int attempt, const jobs::LogVerdict& verdict) override {
    return logs_.persist(tx, job, attempt, verdict);
  }
  void close(JobId job, int attempt, bool committed) override { logs_.close(job, attempt, committed); }

 private:
  jobs::LogLedger& logs_;
};

std::unique_ptr<jobs::LogLedger> blind(jobs::LogLedger& logs) {
  return std::make_unique<BlindLedger>(logs);
}

class Seen {
 public:
  std::map<std::pair<JobId, int>, std::pair<std::int64_t, std::int64_t>> renewals;  // renew_seq, wall clock
};

// Expires what the wall clock says was not renewed for the TTL.
Task<void> reap_by_wall_clock(jobs::Jobs& jobs, Milliseconds lease_ttl) {
  thread_local Seen seen;
  const std::int64_t now = SystemClock().unix_ms();
  for (const jobs::OpenLease& lease : co_await jobs.open_leases()) {
    if (!lease.open) continue;
    auto& [renew_seq, at] = seen.renewals[{lease.job, lease.attempt}];
    if (at == 0 || renew_seq != lease.renew_seq) {
      renew_seq = lease.renew_seq;
      at = now;
    }
    if (now - at >= lease_ttl.count()) co_await jobs.expire(lease.job, lease.attempt, jobs::ExpireCause::lease_lost);
  }
}

constexpr std::string_view open_for_ever =
    "SELECT j.state AS job_state, $2 AS current_attempt, a.agent_id, a.boot_id, a.claim_id, a.state, 1 AS open, "
    "a.exclusive, a.finish_digest, a.finish_reply, "
    "a.steps, j.run_id FROM jobs j LEFT JOIN attempts a ON a.job_id = j.id AND a.attempt = $2 WHERE j.id = $1";
constexpr std::string_view repeat_finish_load =
    "SELECT agent_id, boot_id, claim_id, state, open, exclusive, NULL AS finish_digest, NULL AS finish_reply, steps "
    "FROM attempts "
    "WHERE job_id = $1 AND attempt = $2";
constexpr std::string_view repeat_finish_view =
    "SELECT j.state AS job_state, j.attempt AS current_attempt, a.agent_id, a.boot_id, a.claim_id, a.state, a.open, "
    "a.exclusive, NULL AS finish_digest, NULL AS finish_reply, a.steps, j.run_id "
    "FROM jobs j LEFT JOIN attempts a ON a.job_id = j.id AND a.attempt = $2 WHERE j.id = $1";

#define OPEN " IN ('blocked', 'queued', 'assigned', 'running', 'cancelling')"
constexpr std::string_view first_need_counts_down =
    "UPDATE jobs SET needs_open = 0 WHERE id IN (SELECT job_id FROM job_needs WHERE run_id = $1 AND need = $2) AND "
    "state = 'blocked' AND needs_open > 0 RETURNING id, seq, needs_open";
constexpr std::string_view needs_that_have_ended =
    "SELECT n.need, n.optional, n.results, j.state, j.reason, j.exit_code, j.allow_failure, j.after_failure, "
    "j.outputs, j.output_names FROM job_needs n LEFT JOIN jobs j ON j.run_id = n.run_id AND j.job = n.need AND "
    "j.newest = 1 AND j.state NOT" OPEN " WHERE n.job_id = $1 ORDER BY n.need, j.place";
#define REPEATED_COLUMNS                                                                                    \
  "key, job, place, name, spec, steps, executor, runs_on, priority, timeout_ms, retry, concurrency_group, " \
  "concurrency_limit, on_conflict, run_id, needs, condition, cleans_up, matrix, max_parallel, fail_fast, "  \
  "allow_failure, late, "                                                                                   \
  "output_names"
constexpr std::string_view repeat_with_old_count =
    "INSERT INTO jobs (" REPEATED_COLUMNS
    ", id, state, reason, needs_open, waits_for_slot, rerun_of, round, created_by, created_at, seq) SELECT "
    "j.key, j.job, j.place, j.name, j.spec, j.steps, j.executor, j.runs_on, j.priority, j.timeout_ms, j.r"
    "etry, j.concurrency_group, j.concurrency_limit, j.on_conflict, j.run_id, j.needs, j.condition, j.cleans_up, "
    "j.matri"
    "x, j.max_parallel, j.fail_fast, j.allow_failure, j.late, j.output_names"
    ", n.value ->> 'id', 'blocked', n.value ->> 'reason', j.needs_open, n.value ->> 'waits_for_slot', j.id, $2, $3, "
    "$4, (SELECT coalesce(max(seq), 0) + 1 FROM jobs) + n.key FROM json_each($1) n "
    "JOIN jobs j ON j.id = n.value ->> 'old'";
constexpr std::string_view legs_without_limit =
    "UPDATE jobs SET needs_open = needs_open - 1, waits_for_slot = 0 WHERE run_id = $1 AND job = $2 AND newest = 1 AND "
    "waits_for_slot = 1 AND state = 'blocked' RETURNING id, seq, needs_open";
constexpr std::string_view settle_without_expression_errors =
    "UPDATE jobs SET state = CASE WHEN state = 'blocked' AND $2 = 'failed' THEN NULL ELSE $2 END, reason = CASE WHEN "
    "state = 'cancelling' THEN reason ELSE $3 END, exit_code = coalesce($4, exit_code), log_flags = coalesce($5, "
    "log_flags), not_before = NULL, finished_at = $6 WHERE id = $1";
constexpr std::string_view runs_of_group_without_limit =
    "SELECT id, state, 1000 AS concurrency_limit, on_conflict, superseded_by FROM runs WHERE concurrency_group = $1 "
    "AND state IN ('pending', 'queued') ORDER BY seq";

void add_run_mutants(std::vector<Mutant>& all) {
  all.push_back({.name = "first-need",
                 .what = "a job is released when the first of its needs has ended",
                 .found_as = {"before what it needs has ended"},
                 .rewrites = {{"runs.count_down", std::string(first_need_counts_down)},
                              {"runs.needs", std::string(needs_that_have_ended)}}});
  all.push_back({.name = "roll-up-later",
                 .what = "a run does not end with its last job",
                 .found_as = {"and its jobs make it"},
                 .rewrites = {{"runs.open_job", "SELECT 1 WHERE $1 <> ''"}}});
  all.push_back({.name = "two-last-jobs",
                 .what = "an end looks at the other jobs of its run without the run's lock",
                 .found_as = {"and its jobs make it"},
                 .runs_unlocked = true});
  all.push_back({.name = "needs-copied",
                 .what = "a re-run copies how many needs a job waited for",
                 .found_as = {"waits for nothing", "before what it needs has ended"},
                 .rewrites = {{"runs.repeat", std::string(repeat_with_old_count)}}});
  all.push_back(
      {.name = "earlier-rounds",
       .what = "a re-run waits only for the job that it repeats",
       .found_as = {"runs beside round"},
       .rewrites = {{"runs.leaving", "SELECT key, job, waits_for_slot FROM jobs WHERE run_id = $1 AND 1 = 0"}}});
  all.push_back({.name = "no-run-sweep",
                 .what = "a tick does not look for runs that wait beside a free slot of their group",
                 .found_as = {"waits beside a free slot", "never ended"},
                 .rewrites = {{"run_groups.waiting", "SELECT '' WHERE 1 = 0"}}});
  all.push_back({.name = "run-group",
                 .what = "the limit of a group of runs does not count",
                 .found_as = {"one run too many in its group"},
                 .rewrites = {{"run_groups.members", std::string(runs_of_group_without_limit)}}});
  all.push_back({.name = "job-group",
                 .what = "the limit of a group of jobs does not count",
                 .found_as = {"one job too many in its group", "ran at the same time"},
                 .rewrites = {{"groups.occupancy", "SELECT 0 WHERE $1 <> ''"}}});
  all.push_back({.name = "max-parallel",
                 .what = "all legs of a matrix that wait get the slot of one that ends",
                 .found_as = {"legs at once"},
                 .rewrites = {{"runs.next_leg", std::string(legs_without_limit)}}});
  all.push_back({.name = "fail-fast",
                 .what = "a leg that fails does not cancel the others",
                 .found_as = {"goes on although"},
                 .rewrites = {{"runs.siblings", "SELECT id FROM jobs WHERE run_id = $1 AND job = $2 AND 1 = 0"}}});
  all.push_back({.name = "cancel-clean-up",
                 .what = "the first cancel of a run ends the jobs that clean up",
                 .found_as = {"and the first cancel ended it"},
                 .rewrites = {{"runs.open_jobs", "SELECT id, 0 AS cleans_up FROM jobs WHERE run_id = $1 AND state" OPEN
                                                 " ORDER BY seq"}}});
  all.push_back({.name = "expression-error",
                 .what = "an expression error takes the finish with it that released its job",
                 .found_as = {"a handler failed"},
                 .rewrites = {{"jobs.settle", std::string(settle_without_expression_errors)}}});
  all.push_back({.name = "far-failure",
                 .what = "failure() does not see beyond the direct needs",
                 .found_as = {"by its condition"},
                 .rewrites = {{"runs.after_failure", "UPDATE jobs SET after_failure = 0 WHERE id = $1"}}});
  all.push_back({.name = "no-outputs",
                 .what = "what a job writes as outputs is not kept",
                 .found_as = {"wrote", "by its condition"},
                 .rewrites = {{"jobs.outputs", "UPDATE jobs SET outputs = NULL WHERE id = $1 AND $2 <> ''"}}});
  all.push_back(
      {.name = "run-twice",
       .what = "the Idempotency-Key of a run does not count",
       .found_as = {"was stored twice", "one Idempotency-Key, two"},
       .rewrites = {{"run_keys.find",
                     "SELECT '' AS body_digest, NULL AS id, NULL AS number, NULL AS state WHERE $1 = '' AND $2 = ''"},
                    {"run_keys.insert",
                     "INSERT INTO idempotency_keys (owner, key, body_digest, made_id, created_at) VALUES "
                     "($1, $2, $3, $4, $5) ON CONFLICT (owner, key) DO UPDATE SET made_id = excluded.made_id"}}});
}

std::vector<Mutant> make_mutants() {
  std::vector<Mutant> all;
  add_run_mutants(all);
  all.push_back({.name = "no-fence",
                 .what = "writes are not fenced by attempt",
                 .found_as = {"stale write accepted", "stale bytes accepted"},
                 .change_request = ignore_attempt});
  all.push_back({.name = "open-for-ever",
                 .what = "whether an attempt has ended is not looked at",
                 .found_as = {"stale write accepted", "stale bytes accepted"},
                 .rewrites = {{"attempts.lease_view", std::string(open_for_ever)},
                              {"attempts.lease_view_locked", std::string(open_for_ever)}}});
  all.push_back({.name = "append-at-end",
                 .what = "appends ignore the offset",
                 .found_as = {"are stored", "its log is marked incomplete", "a repeated"},
                 .change_request = append_at_end});
  all.push_back({.name = "leases-in-memory",
                 .what = "a restart forgets the leases",
                 .found_as = {"is not in the table", "although its agent did everything right", "ran at the same time"},
                 .at_start = forget_leases});
  all.push_back({.name = "claim-once",
                 .what = "a repeated claim is a new one",
                 .found_as = {"a repeated claim", "although its agent did everything right"},
                 .change_request = fresh_claim_id});
  all.push_back({.name = "next-once",
                 .what = "a repeated finish does not know what was claimed with it",
                 .found_as = {"lacks the job that was claimed with it", "although its agent did everything right"},
                 .change_request = fresh_next_claim_id});
  all.push_back({.name = "drain-for-nothing",
                 .what = "an agent that drains is given jobs",
                 .found_as = {"was claimed for an agent that drains"},
                 .rewrites = {{"agents.load",
                               "SELECT a.id, a.name, a.version, a.os, a.arch, a.labels, a.executors, a.boot_id, "
                               "a.boot_seq, 0 AS draining, a.registered_at, a.last_seen_at FROM agents a WHERE a.id = "
                               "$1 AND a.removed_at IS NULL"}}});
  all.push_back({.name = "wall-clock",
                 .what = "leases expire by the wall clock",
                 .found_as = {"although its agent did everything right"},
                 .reap = reap_by_wall_clock});
  all.push_back({.name = "blind-finish",
                 .what = "a finish does not compare the log",
                 .found_as = {"are stored"},
                 .wrap_ledger = blind});
  all.push_back({.name = "finish-once",
                 .what = "a repeated finish is refused",
                 .found_as = {"a repeated"},
                 .rewrites = {{"attempts.load", std::string(repeat_finish_load)},
                              {"attempts.lease_view", std::string(repeat_finish_view)}}});
  all.push_back(
      {.name = "submit-twice",
       .what = "the Idempotency-Key does not count",
       .found_as = {"was stored twice", "one Idempotency-Key, two jobs"},
       .rewrites = {
           {"idempotency.find", "SELECT '' AS body_digest, '' AS made_id, '' AS state WHERE $1 = '' AND $2 = ''"},
           {"idempotency.insert",
            "INSERT INTO idempotency_keys (owner, key, body_digest, made_id, created_at) VALUES "
            "($1, $2, $3, $4, $5) ON CONFLICT (owner, key) DO UPDATE SET made_id = excluded.made_id"}}});
  all.push_back({.name = "slot-at-once",
                 .what = "a lost lease frees its exclusive slot at once",
                 .found_as = {"ran at the same time"},
                 .rewrites = {{"attempts.close",
                               "UPDATE attempts SET state = $3, open = 0, exclusive = 0, cause = $4, steps = $5, "
                               "log_flags = $6, ended_at = $7 WHERE job_id = $1 AND attempt = $2 AND open = 1"}}});
  all.push_back({.name = "no-sweep",
                 .what = "a tick does not look for groups with a free slot and jobs that wait for it",
                 .found_as = {"never ended", "waits beside a free slot"},
                 .rewrites = {{"groups.waiting", "SELECT '' WHERE 1 = 0"}}});
  all.push_back({.name = "outage-counts",
                 .what = "the reaper counts while the database takes no writes",
                 .found_as = {"although its agent did everything right"},
                 .probe_lies = true});
  all.push_back({.name = "no-flush",
                 .what = "a finish does not flush the log",
                 .found_as = {"are stored", "log_missing"},
                 .flushes_lie = true});
  return all;
}

}  // namespace

std::span<const Mutant> mutants() {
  static const std::vector<Mutant> all = make_mutants();
  return all;
}

}  // namespace open_cicd::sim
