// Rows of jobs and attempts inside a transaction: what several operations read and write the same way.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "db/db.h"
#include "jobs/effects.h"
#include "jobs/job.h"
#include "jobs/jobs.h"
#include "pipelines/job_spec.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace open_cicd::jobs {

#define JOB_ROW_COLUMNS                                                                                           \
  "id, seq, name, state, executor, runs_on, priority, attempt, retry_count, release_count, agent_errors, retry, " \
  "concurrency_group, concurrency_limit, run_id, needs_open, not_before"

// What a job's version is, of `jobs j`: an attempt's steps are shown with it.
#define JOB_VERSION \
  "(j.version + coalesce((SELECT CAST(sum(v.version) AS bigint) FROM attempts v WHERE v.job_id = j.id), 0))"

// The columns that writers decide with, of a job that is locked until the commit. What only some decisions need stays
// JSON text, and they parse it.
struct JobRow {
  JobId id;
  std::int64_t seq = 0;
  std::string name;
  JobState state = JobState::queued;
  std::string executor;
  std::string runs_on;  // a JSON list
  int priority = 0;
  int attempt = 0;
  int retry_count = 0;
  int release_count = 0;
  int agent_errors = 0;
  std::string retry;  // pipelines::Retry
  std::optional<std::string> concurrency_group;
  int concurrency_limit = 0;
  std::optional<RunId> run_id;
  int needs_open = 0;                      // what it waits for before its group is asked
  std::optional<std::int64_t> not_before;  // Unix ms; a retry's pause
  std::optional<std::string> retrying;     // no column: the cause of its last attempt's end, when that is being retried
};
BOOST_DESCRIBE_STRUCT(JobRow, (),
                      (id, seq, name, state, executor, runs_on, priority, attempt, retry_count, release_count,
                       agent_errors, retry, concurrency_group, concurrency_limit, run_id, needs_open, not_before))

struct AttemptRow {
  AgentId agent_id;
  std::string boot_id, claim_id, state;
  bool open = false;
  bool exclusive = false;
  std::optional<std::string> finish_digest, finish_reply;
  std::vector<StepRecord> steps;
};
BOOST_DESCRIBE_STRUCT(AttemptRow, (),
                      (agent_id, boot_id, claim_id, state, open, exclusive, finish_digest, finish_reply, steps))

// LOCK ORDER, of every transaction: one concurrency group at most → runs by id → jobs by seq. Only what gives a slot
// away locks a group (submit, promote); what frees one does not (settle), as promote() follows it in a transaction of
// its own. Whoever may end a job of a run locks that run before the job (RunLedger::lock_run_of): an end looks at the
// other jobs of its run, and two that did so at once would each miss the other. A job whose lock is not waited for
// (lock_job_if_free) has no place in the order.
Task<void> lock_group(db::Transaction& tx, std::string group);
Task<std::optional<JobRow>> lock_job(db::Transaction& tx, JobId id);
Task<std::optional<JobRow>> lock_job_if_free(db::Transaction& tx, JobId id);

Task<std::optional<AttemptRow>> load_attempt(db::Transaction& tx, JobId id, int attempt);
// The reason "cancelled" with the id of the token by which that was asked for and, if there is such a token, its name.
Task<std::string> cancelled_by(db::Transaction& tx, std::string by);
// Asks the holder of a job that is under way to stop; the job's end is settled later.
Task<void> begin_cancel(db::Transaction& tx, const JobRow& job, std::string reason, Effects& effects);
Task<void> save_steps(db::Transaction& tx, JobId id, int attempt, const std::vector<StepRecord>& steps);
// Renews the lease for a repeated write that changes nothing else, because its sender counts on that.
Task<void> renew_attempt(db::Transaction& tx, JobId id, int attempt);

std::string write_steps(const std::vector<StepRecord>& steps);
std::string write_new_steps(const pipelines::JobSpec& spec);  // none has begun
QueuedJob to_queued(const JobRow& row, std::int64_t now);
// What is left of a pause at `now`. It is bounded: a wall clock that was set back holds no job for longer than a pause
// may last.
std::int64_t pause_left(std::optional<std::int64_t> not_before, std::int64_t now);
pipelines::Retry retry_of(const JobRow& row);
// Which secrets its claim hands over, each with the images that see it: JSON text of SecretUses; nothing when it asks
// for none.
std::optional<std::string> secret_uses_of(const pipelines::JobSpec& spec);
std::string reason(std::string_view code, boost::json::object facts = {});
std::string waiting_for_agent(const std::string& executor, boost::json::value runs_on);

// What is known of a lease whose proof is checked: first outside of the transaction, then once more inside.
struct LeaseView {
  JobState state = JobState::queued;
  int current_attempt = 0;
  std::optional<RunId> run_id;
  AttemptRow attempt;
};
// In the protocol's order: not_found, not_lease_holder. Does not look at whether the attempt is still open.
Result<LeaseView> check_proof(const db::Rows& rows, const LeaseProof& proof, const LeaseKey& key);
extern const db::Query lease_view_query;         // $1 job, $2 attempt
extern const db::Query lease_view_locked_query;  // the same for a writer
// stale_attempt when it is closed or replaced.
Result<void> check_open(const LeaseView& view, const LeaseProof& proof);

}  // namespace open_cicd::jobs
