// Whether a plan can be run, and not only shown. Pure.
#pragma once

#include "base/error.h"
#include "workflows/plan.h"
#include "workflows/workflow.h"

#include <vector>

namespace open_cicd::workflows {

// What can be planned and not run yet, and what needs a repository that this run does not have.
std::vector<FieldError> not_runnable(const Workflow& workflow, const Plan& plan, bool has_repository);

}  // namespace open_cicd::workflows
