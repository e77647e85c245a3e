// Deleting runs that ended long ago, by the rule of jobs (jobs/retention.h).
#pragma once

#include "base/asio.h"
#include "db/db.h"
#include "jobs/retention.h"

#include <cstdint>

namespace open_cicd::runs {

// A run goes as a whole, with its jobs, when it ended before the rule's cutoff; when no lease of one of its jobs is
// open and none of them still holds a slot of a concurrency group; and when no Idempotency-Key names it that a client
// may still send. Its number is not given again. Thread-safe.
class Retention {
 public:
  explicit Retention(db::Session& db) : db_(db) {}

  // Looks at the next few runs that ended before `cutoff` and deletes of the first that may go, in one transaction: a
  // few of the jobs that later rounds repeated, and when there are none any more, the run with the rest of its jobs. So
  // a run as it ended is there whole or not at all, a re-run either comes first and keeps it or finds it gone, and a
  // transaction has at most as many jobs as a plan may have: 1,000 of them hold SQLite's writer for about a tenth of a
  // second. What lies outside of the database is the caller's, after this has returned.
  Task<jobs::RetentionBatch> delete_some(std::int64_t cutoff, jobs::RetentionMark after) const;

  static constexpr std::int64_t batch_runs = 50;   // that are looked at in one transaction
  static constexpr std::int64_t batch_jobs = 500;  // that were repeated and are deleted in one transaction

 private:
  db::Session& db_;
};

}  // namespace open_cicd::runs
