// The rules of jobs: submit, claim, start, finish, cancel, expire. Each operation is one transaction and, after its
// commit, the wake-ups. Thread-safe. Source of the rules: docs/reference/agent-protocol.md; the table of transitions is
// jobs/state.cc.
#pragma once

#include "base/asio.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "base/secret.h"
#include "db/db.h"
#include "events/bus.h"
#include "jobs/activity.h"
#include "jobs/effects.h"
#include "jobs/job.h"
#include "jobs/lease.h"
#include "jobs/log_ledger.h"
#include "jobs/notes.h"
#include "jobs/run_ledger.h"
#include "jobs/snapshot.h"
#include "pipelines/job_spec.h"
#include "protocol/messages.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::jobs {

struct JobSettings {
  std::size_t queue_max = 100'000;        // queued jobs; over it a submit is 429 queue_full
  int releases_max = 20;                  // then the job fails as unplaceable
  Milliseconds image_retry_pause{5'000};  // before an image that could not be had is asked for again; then doubled
  int agent_errors_max = 10;              // times that agents could not run a job, before it fails
  Milliseconds agent_retry_pause{2'000};  // after the first of them; then doubled
  Milliseconds agent_retry_pause_max{60'000};
  std::int64_t idempotency_ms = 86'400'000;  // how long an Idempotency-Key is remembered
  // A lost attempt keeps its concurrency slot for `exclusive_hold` after its last renewal. An agent ends a job that it
  // could not renew for `fence`, or, where a slot depends on it, well before that hold; its claim says which.
  Milliseconds exclusive_hold{60'000};
  Milliseconds fence{15 * 60'000};
  Milliseconds fence_exclusive() const { return exclusive_hold * 3 / 4; }
};

struct Submission {
  pipelines::JobSpec spec;
  std::string owner;  // token id of the caller; scope of the idempotency key
  std::optional<std::string> idempotency_key;
  std::string body_digest;
};
struct Submitted {
  JobId id;
  JobState state = JobState::queued;
};

struct ClaimRequest {
  JobId job;
  AgentId agent;
  std::string claim_id;
  std::string boot_id;
  std::optional<int> attempt;  // the offer's; another one is not_queued
  bool start = false;          // claim and start in one write
};

// protocol::ClaimReply as the server writes it: the spec is the text that is stored, neither parsed nor written anew.
struct ClaimAnswer {
  int attempt = 1;
  std::string lease_token;
  std::string job_token;
  json::Text spec;
  std::map<std::string, std::string> secrets;
  std::int64_t timeout_s = 3600;
  std::optional<double> fence_s;
  std::map<std::string, std::int64_t> log_offsets;
  bool started = false;
  std::optional<json::Text> filled;        // values by their path, to be put over the spec
  std::optional<json::Text> output_names;  // what a finish may report in `outputs`
  std::optional<protocol::RunOfJob> run;
  std::optional<std::string> secrets_error;
  std::optional<protocol::CheckoutVia> checkout_via;
  std::optional<std::vector<protocol::RegistryLogin>> registry_logins;

  // What is not told but decides what of the three above the claim hands over.
  std::optional<std::string> secret_uses = {};  // JSON text of SecretUses
  std::optional<RepositoryId> repository = {};  // of its run
};
BOOST_DESCRIBE_STRUCT(ClaimAnswer, (),
                      (attempt, lease_token, job_token, spec, secrets, timeout_s, fence_s, log_offsets, started, filled,
                       output_names, run, secrets_error, checkout_via, registry_logins))

// Identifies the lease behind an agent's write.
struct LeaseProof {
  JobId job;
  AgentId agent;
  int attempt = 0;          // X-Attempt
  std::string lease_token;  // X-Lease-Token
};

// What a finish may claim besides, for the agent that is free after it: see Jobs::finish().
struct NextClaim {
  std::string claim_id;
  std::string boot_id;
  std::optional<JobId> job;  // nothing: no job waits, but the finish may be the repeat of one that claimed
  int attempt = 0;           // that the claim opens
};
struct NextJob {
  JobId job;
  ClaimAnswer claim;
};

struct FinishAnswer {
  protocol::StatusReply reply;
  std::map<std::string, std::int64_t> missing;  // by step, not empty: logs_incomplete
  bool repeated = false;
  std::optional<NextJob> next;
};

struct JobFilter {
  std::optional<JobState> state;
  std::optional<std::string> runs_on;
  int limit = 50;                          // 1 … 200
  std::optional<std::int64_t> before_seq;  // the cursor
};
struct JobList {
  std::vector<Job> jobs;
  std::optional<std::int64_t> next;
};

// A place in the history of an agent: behind the job that it took then.
struct TakenAt {
  std::int64_t claimed_at = 0;
  JobId job;
};
struct AgentHistoryFilter {
  AgentId agent;
  std::optional<JobState> state;
  std::optional<std::string> runs_on;
  int limit = 50;  // 1 … 200
  std::optional<TakenAt> before;
};
// What an agent took, newest first: each job once, with its newest attempt there.
struct AgentHistory {
  struct Taken {
    Job job;
    Attempt attempt;
  };
  std::vector<Taken> jobs;
  std::optional<TakenAt> next;
};
struct JobDetail {
  Job job;
  std::vector<Attempt> attempts;    // ascending
  std::vector<StepRecord> planned;  // the steps of a job that was never claimed
};

// An attempt that is open, as the reaper and the agents' replies need it.
struct OpenLease {
  JobId job;
  AgentId agent;
  int attempt = 1;
  std::string boot_id;
  JobState state = JobState::assigned;
  std::int64_t renew_seq = 0;
  std::int64_t timeout_ms = 0;
  bool exclusive = false;
  bool open = true;  // false: only its exclusive slot is still held
};
BOOST_DESCRIBE_STRUCT(OpenLease, (), (job, agent, attempt, boot_id, state, renew_seq, timeout_ms, exclusive, open))

enum class ExpireCause : unsigned char { lease_lost, not_started, new_boot, deadline, cancel_overdue, agent_removed };

struct AttemptRow;  // records.h
struct JobRow;
struct LeaseView;

// Marks memory as perhaps incomplete when a write throws, as nobody knows then whether it was committed.
class Doubt {
 public:
  explicit Doubt(std::atomic<bool>& unsure) : unsure_(&unsure) {}
  ~Doubt() {
    if (unsure_ != nullptr) *unsure_ = true;
  }
  Doubt(const Doubt&) = delete;
  void dispel() { unsure_ = nullptr; }

 private:
  std::atomic<bool>* unsure_;
};

class Jobs {
 public:
  Jobs(JobSettings settings, db::Session& db, const Clock& clock, events::Bus& bus, LeaseKey lease_key);
  // Before the first call; the three outlive this.
  void connect(QueueListener& queue, LogLedger& logs, RunLedger& runs);
  // Hands every queued job to the listener: at the start, and now and then for those that memory missed.
  Task<void> load_queue();
  std::string server_id() const { return lease_key_.server_id(); }
  bool queue_loaded() const { return queue_loaded_; }  // once at least

  // Users.
  Task<Result<Submitted>> submit(Submission submission);
  Task<Result<JobDetail>> get(JobId id);
  Task<Result<std::string>> spec(JobId id);  // JSON text of pipelines::JobSpec, as it is stored
  // Of one attempt, empty when it has none.
  Task<AttemptNotes> notes(JobId job, int attempt) { return load_notes(db_, job, attempt); }
  Task<std::string> summary(JobId job, int attempt) { return load_summary(db_, job, attempt); }
  Task<Result<JobList>> list(JobFilter filter);
  Task<AgentHistory> history(AgentHistoryFilter filter);
  Task<std::vector<Job>> some(std::vector<JobId> ids);                // that are there, in any order
  Task<std::vector<Job>> blocked_after(std::int64_t seq, int limit);  // ascending
  Task<std::vector<Job>> held_after(std::int64_t seq, int limit);     // queued, but a lost attempt has their slot
  Task<Result<JobState>> cancel(JobId id, std::string by);
  Task<Result<JobSnapshot>> snapshot(JobId id);
  Task<std::map<std::string, std::int64_t>> counts();  // of jobs that have not ended, by state

  // Agents. Errors in the protocol's order: not_found, not_lease_holder, stale_attempt, bad_transition.
  Task<Result<ClaimAnswer>> claim(ClaimRequest request);
  Task<Result<protocol::StatusReply>> start(LeaseProof lease);
  Task<Result<protocol::StatusReply>> update_step(LeaseProof lease, protocol::StatusRequest update);
  Task<Result<protocol::StatusReply>> release(LeaseProof lease, std::string reason);
  // With `next` its job is claimed and started in the transaction that ends this one, so that a repeat finds both done
  // or neither. A repeat claims nothing: it gets the answer to what was claimed with that claim_id. The finish counts
  // also when the claim is refused. What a repeat is known by does not include `next`.
  Task<Result<FinishAnswer>> finish(LeaseProof lease, protocol::StatusRequest finish,
                                    std::optional<NextClaim> next = std::nullopt);
  // May this lease append to this step now? The first byte of a pending step makes it running.
  Task<Result<void>> admit_append(LeaseProof lease, int step);
  Task<Result<void>> prove(LeaseProof lease);  // is this the lease holder (for reading its job)
  // Whether the token is that of the job's attempt that is open; it dies with it. Error: unauthenticated.
  Task<Result<void>> prove_job_token(JobId job, std::string token);

  // Leases.
  Task<std::vector<OpenLease>> leases_of(AgentId agent);
  Task<std::vector<protocol::LeaseState>> renew(AgentId agent, std::vector<protocol::HeldLease> held);
  Task<std::vector<OpenLease>> open_leases();  // of all agents, and closed ones whose exclusive slot is held
  Task<void> expire(JobId job, int attempt, ExpireCause cause);
  Task<void> free_exclusive(JobId job, int attempt);
  // The reaper calls this at each tick. It repairs what a crash, or a commit without an answer, left undone after an
  // end: it offers queued jobs that memory lacks, and gives free slots of groups to the jobs that wait for them.
  Task<void> sweep();
  Milliseconds exclusive_hold() const { return settings_.exclusive_hold; }
  std::uint64_t activity(JobId job) const { return activity_.count(job); }
  Task<bool> probe_write();  // does the database take writes
  Task<bool> writable();     // the same, from memory when it was asked within a second: for health checks
  Task<void> forget_old_keys();

  // For runs, whose transactions write jobs as well: a write whose answer may be lost, and what is told after it.
  template <class T>
  Task<Result<T>> write(std::function<Task<Result<T>>(db::Transaction&)> body) {
    Doubt doubt(unsure_);
    Result<T> result = co_await db_.write<T>(std::move(body));
    doubt.dispel();
    co_return result;
  }
  Task<void> tell_all(Effects effects);  // after the commit: wake-ups, and the slots that are free
  bool queue_is_full() const { return queue_->depth() >= settings_.queue_max; }

 private:
  struct Finished;
  Task<Result<Finished>> end_attempt(db::Transaction& tx, LeaseProof lease, protocol::StatusRequest request,
                                     std::optional<NextClaim> next, std::string digest,
                                     std::shared_ptr<const LogVerdict> verdict, bool of_run, std::int64_t now);
  Task<Result<FinishAnswer>> finish_once(LeaseProof lease, protocol::StatusRequest finish,
                                         std::optional<NextClaim> next);
  FinishAnswer finished_before(const LeaseProof& lease, const LeaseView& seen);
  // The claim of a job that is locked, by who has not claimed it before. A refusal has written nothing.
  Task<Result<ClaimAnswer>> take(db::Transaction& tx, JobRow job, ClaimRequest request, std::int64_t now,
                                 Effects& effects);
  Task<std::optional<NextJob>> take_next(db::Transaction& tx, AgentId agent, NextClaim next, std::int64_t now,
                                         Effects& effects);
  Task<std::optional<NextJob>> taken_before(AgentId agent, NextClaim next);
  // Ends a job for good, with what follows from that in its run. Its run, then it, are locked.
  Task<Effects> end(db::Transaction& tx, JobRow job, End end, std::optional<std::string> why, std::int64_t now);
  void tell(const Effects& effects);
  Task<void> promote(std::string group);
  Task<void> promote_all(std::vector<std::string> groups);

  JobSettings settings_;
  db::Session& db_;
  const Clock& clock_;
  events::Bus& bus_;
  LeaseKey lease_key_;
  Activity activity_;
  std::atomic<std::int64_t> probed_at_{-1'000};  // monotonic milliseconds
  std::atomic<bool> writable_{true};
  std::atomic<bool> queue_loaded_{false};
  std::atomic<bool> unsure_{false};  // a commit's answer was lost: the next sweep loads the queue anew
  QueueListener* queue_ = nullptr;
  LogLedger* logs_ = nullptr;
  RunLedger* runs_ = nullptr;
};

}  // namespace open_cicd::jobs
