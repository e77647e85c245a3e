// The tree of a job without its expressions, to what a plan says of it. When a file is read, expressions are holes;
// when it is planned, those that are known have their values and the rest are holes. Pure.
#pragma once

#include "pipelines/decode.h"
#include "workflows/plan.h"

namespace open_cicd::workflows {

// Reads keys that say what the job does, into `to.spec` and what stands beside it. The key check is the caller's.
void read_job_values(const pipelines::Field& job, PlannedJob& to, pipelines::Problems& problems);

// Parts of it.
void read_planned_step(const pipelines::Field& step, std::size_t index, pipelines::Step& to, PlannedStep& beyond,
                       pipelines::Problems& problems);
void read_allow_failure(const pipelines::Field& field, AllowFailure& to, pipelines::Problems& problems);
void read_outputs(const pipelines::Field& field, std::vector<std::string>& to, pipelines::Problems& problems);

}  // namespace open_cicd::workflows
