// When the steps of an attempt began.
#pragma once

#include "jobs/job.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace open_cicd::jobs {

// Unix milliseconds by the server's clock, one for each record. What was heard while a step ran counts. Where nothing
// was, steps follow each other, those in the background aside. Nothing for what did not begin, or if it is not known
// when the attempt did.
std::vector<std::optional<std::int64_t>> step_starts(const std::vector<StepRecord>& steps,
                                                     std::optional<std::int64_t> attempt_started_at);

}  // namespace open_cicd::jobs
