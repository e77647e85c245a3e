// What an agent is given of a planned job. Pure.
#pragma once

#include "workflows/plan.h"

namespace open_cicd::workflows {

// The job's spec with what its steps have beyond it, and with the expressions that the agent evaluates. What is known
// at release must be in the spec already; the contexts are the caller's to add. The job has a spec.
pipelines::JobSpec spec_for_agent(const PlannedJob& job);

}  // namespace open_cicd::workflows
