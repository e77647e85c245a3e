// PORT of jobs: what else happens in the transaction in which a job of a run ends. Implemented by runs::Runs. Jobs
// themselves know of a run no more than its id.
#pragma once

#include "base/asio.h"
#include "db/db.h"
#include "jobs/effects.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::jobs {

struct JobRow;
struct End;

// Thread-safe. What takes a transaction is called on the database's thread.
class RunLedger {
 public:
  virtual ~RunLedger() = default;
  // Locks the job's run, if it has one. Before the job itself is locked: see LOCK ORDER in records.h.
  virtual Task<void> lock_run_of(db::Transaction& tx, JobId job) = 0;
  // After the commit: a slot may be free in these groups of runs.
  virtual Task<void> promote(std::vector<std::string> groups) = 0;
  // After the commit: jobs of runs may have come to wait in this group of jobs. Those that they replace end.
  virtual Task<void> replace(std::string group) = 0;
  // `job`, of a run that is locked, has just been written as ended. What follows from it is written, and told.
  virtual Task<Effects> ended(db::Transaction& tx, JobRow job, End end, std::int64_t now) = 0;
};

}  // namespace open_cicd::jobs
