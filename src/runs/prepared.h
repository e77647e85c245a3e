// A run, or a round with a file of its own, ready to be written.
#pragma once

#include "runs/new_jobs.h"
#include "runs/runs.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace open_cicd::runs {

struct PreparedRun {
  RunId id = RunId::make();
  std::int64_t at = 0;  // Unix milliseconds
  NewRun run;
  std::string plan, contexts;
  std::string scope;                 // of its number
  std::optional<std::string> group;  // of runs
  std::string state;
  std::optional<std::string> reason;
  NewJobs jobs;
};

// Error: invalid, when its specifications have more bytes than a run may store.
Result<void> check_stored_bytes(const NewJobs& jobs);

}  // namespace open_cicd::runs
