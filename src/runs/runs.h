// The rules of runs: create one from a plan, release its jobs as what they need ends, roll up how it ended, cancel it,
// run it again. Thread-safe. Each operation is one transaction and, after its commit, the wake-ups; the order of locks
// stands in jobs/records.h.
#pragma once

#include "base/asio.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "runs/rerun.h"
#include "runs/run.h"
#include "workflows/plan.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::runs {

struct RunSettings {
  std::int64_t open_max = 1000;  // runs that have not ended; over it a new one is 429 too_many_runs
  int rounds_max = 100;          // of a run
};

// Where a run of a repository comes from; its strings are what people and forges said, its refs and ids are checked.
struct Origin {
  RepositoryId repository;
  std::string made_by;                  // what really made it: push, tag, pull_request, schedule, manual, api
  std::optional<std::string> delivery;  // makes one run of each pipeline file, however often it is asked for
  std::string ref, sha;                 // full
  std::optional<std::string> base_sha;
  std::optional<std::int64_t> change;  // the number of the pull request
  std::string title, author;
  std::optional<std::int64_t> actor_id;  // the forge's
  std::string trust = "trusted";         // trusted, change, fork
  bool awaits_approval = false;
};

struct NewRun {
  workflows::Plan plan;
  std::string pipeline;          // the path of its file
  std::string workflow;          // its text
  boost::json::object contexts;  // of expressions, by their names; without `inputs`, which are the plan's
  std::optional<pipelines::Checkout> checkout = {};  // of jobs that ask for one; none: their workspaces start empty
  std::string by;                                    // id of the token of who asked
  std::optional<std::string> idempotency_key;
  std::string body_digest;
  std::optional<Origin> origin = {};
  std::optional<std::string> failure = {};  // JSON text of a reason: its file cannot be planned, and it has no jobs
};
struct PreparedRun;
struct CreatedRun {
  RunId id;
  std::int64_t number = 0;
  std::string state;
};

struct RoundBasis {
  Run run;
  std::string workflow;
  boost::json::object contexts;                 // of expressions, with `inputs`
  std::optional<pipelines::Checkout> checkout;  // of its jobs that have one
};

struct Rerun {
  int round = 1;
  std::string state;
  int jobs = 0;  // that are repeated
};

class Runs final : public jobs::RunLedger {
 public:
  Runs(RunSettings settings, db::Session& db, const Clock& clock, jobs::Jobs& jobs)
      : settings_(settings), db_(db), clock_(clock), jobs_(jobs) {}

  // All that can be written before the writer's turn: for 1,000 jobs it takes some milliseconds, and blocks.
  std::shared_ptr<const PreparedRun> prepare(NewRun run) const;
  // Errors: too_many "too_many_runs", "queue_full"; invalid "idempotency_mismatch"; unavailable "idempotency_race".
  Task<Result<CreatedRun>> create(std::shared_ptr<const PreparedRun> prepared);

  // `round`: as it stood in that round; without it, as it is. Error: not_found.
  Task<Result<RunDetail>> get(RunId id, std::optional<int> round = {});
  Task<RunList> list(RunFilter filter);
  // Of these, what is there still, in any order: as get() and its jobs show them.
  Task<std::vector<Run>> some(std::vector<RunId> ids);
  Task<std::vector<RunJob>> some_jobs(std::vector<JobId> ids);
  // As it was printed, and the text that it was made from.
  Task<Result<std::string>> plan(RunId id, std::optional<int> round = {});
  Task<Result<std::string>> workflow(RunId id, std::optional<int> round = {});

  // Jobs whose condition asks for a status (`always()`, `cancelled()`) still run, to clean up; the second cancel ends
  // them too. Returns the run's state. Errors: not_found; conflict "already_terminal".
  Task<Result<std::string>> cancel(RunId id, std::string by);

  // A new round: repeats jobs, with whatever depends on them, as new jobs; what is not repeated keeps its results. One
  // that has not ended is cancelled first, and its successor waits for the ends of all rounds before it. Errors:
  // not_found; invalid, for a name that no job has; conflict "nothing_to_rerun", "run_is_cancelled", "too_many_rounds";
  // and of a run that had ended those of a new one: too_many "too_many_runs", "queue_full".
  Task<Result<Rerun>> rerun(RunId id, RerunJobs asked, std::string by);

  // What an edited round is made from: the text and the values of the newest one. Error: not_found.
  Task<Result<RoundBasis>> basis(RunId id);
  // A new round with a plan of its own, of a run that has ended: every job is a new one, and from then on the run is
  // `modified`. `prepared` is of a run with this one's origin. Errors: not_found; conflict "run_is_open",
  // "run_awaits_approval", "too_many_rounds"; too_many "too_many_runs", "queue_full".
  Task<Result<Rerun>> rerun_edited(RunId id, std::shared_ptr<const PreparedRun> prepared);

  // Lets a run begin that waits for it. An approval is for one commit and one plan: another digest is refused. Errors:
  // not_found; conflict "plan_changed", "no_approval_needed". Returns the run's state.
  Task<Result<std::string>> approve(RunId id, std::optional<std::string> plan_digest, std::string by);
  // Of the repository, those of this change that wait for an approval and are older than the runs of this delivery:
  // what they would do is out of date. `by` is one of the newer.
  Task<void> withdraw(RepositoryId repository, std::int64_t change, std::string delivery, RunId by);

  // The reaper's tick: releases what a transaction left blocked although nothing of it is awaited any more.
  Task<void> sweep();

  // Of jobs::RunLedger, within the transactions of jobs.
  Task<void> lock_run_of(db::Transaction& tx, JobId job) override;
  Task<void> promote(std::vector<std::string> groups) override;
  Task<void> replace(std::string group) override;
  Task<jobs::Effects> ended(db::Transaction& tx, jobs::JobRow job, jobs::End end, std::int64_t now) override;

 private:
  Task<bool> promote_one(std::string group);                     // whether something was done, so that more may follow
  Task<bool> replace_one(std::string group);                     // likewise
  Task<std::vector<std::string>> groups_with_conflicts() const;  // of jobs

  const RunSettings settings_;
  db::Session& db_;
  const Clock& clock_;
  jobs::Jobs& jobs_;
};

}  // namespace open_cicd::runs
