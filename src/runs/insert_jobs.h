// Inserting the jobs of a plan: all of them in one statement.
#pragma once

#include "base/asio.h"
#include "jobs/effects.h"
#include "runs/new_jobs.h"

#include <cstdint>
#include <string>

namespace open_cicd::runs {

// The effects are those of the jobs that are queued at once.
Task<jobs::Effects> insert_jobs(db::Transaction& tx, RunId run, int round, std::string by, const NewJobs& jobs,
                                std::int64_t now);

}  // namespace open_cicd::runs
