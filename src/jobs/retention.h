// What may be deleted, and when: the one rule, and deleting by it from the database.
#pragma once

#include "base/asio.h"
#include "base/clock.h"
#include "base/id.h"
#include "db/db.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

// SQL that is true of a job `j` that only its age, or its run, keeps: it has ended, and nothing else needs it. A
// retried job has no end, but a job's end and its state are looked at together, whatever will set them.
#define NOTHING_NEEDS_JOB                                                                                      \
  "(j.state IN ('succeeded', 'failed', 'cancelled', 'timed_out', 'lost', 'skipped') AND NOT EXISTS (SELECT 1 " \
  "FROM attempts a WHERE a.job_id = j.id AND (a.open = 1 OR a.exclusive = 1)) AND NOT EXISTS (SELECT 1 "       \
  "FROM idempotency_keys k WHERE k.made_id = j.id))"

namespace open_cicd::jobs {

struct RetentionRule {
  Milliseconds age{90LL * 86'400'000};  // 0: nothing is deleted
  std::int64_t jobs = 1000;             // the newest that have ended stay, however old
};

// How far a pass has come: the end of the last job that it looked at.
struct RetentionMark {
  std::int64_t finished_at = 0;
  std::string id;
};
struct RetentionBatch {
  std::vector<JobId> deleted;
  RetentionMark reached;
  bool more = false;
};

// A job of a run goes with its run (runs/retention.h). Any other goes, with its attempts and short logs, when it ended
// longer ago than `age` and at least `jobs` jobs ended after it, which ever keeps more; when no lease of it is open and
// none of them still holds a slot of a concurrency group; and when no Idempotency-Key names it that a client may still
// send. What has not ended stays. Thread-safe.
class Retention {
 public:
  Retention(RetentionRule rule, db::Session& db, const Clock& clock) : rule_(rule), db_(db), clock_(clock) {}

  // The Unix milliseconds before which a job must have ended; nothing ended before 0.
  Task<std::int64_t> cutoff() const;
  // Looks at the next few jobs that ended before `cutoff` and deletes those that may go, in one short transaction. What
  // lies outside of the database (log files, memory) is the caller's, after this has returned.
  Task<RetentionBatch> delete_some(std::int64_t cutoff, RetentionMark after) const;
  // Those of `jobs` that the database knows.
  Task<std::set<JobId>> known(std::vector<JobId> jobs) const;

  const RetentionRule& rule() const { return rule_; }

  static constexpr std::int64_t batch_jobs = 50;  // about five milliseconds of SQLite's writer

 private:
  const RetentionRule rule_;
  db::Session& db_;
  const Clock& clock_;
};

// Deletes these jobs with everything in the database that is only theirs.
Task<void> delete_rows(db::Transaction& tx, const std::vector<JobId>& jobs);

}  // namespace open_cicd::jobs
