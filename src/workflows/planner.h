// The planner: a file, an event and inputs to a plan. The CLI, the server and the tests call the same one. Pure and
// deterministic: the same arguments give the same bytes.
#pragma once

#include "workflows/event.h"
#include "workflows/finding.h"
#include "workflows/plan.h"
#include "workflows/workflow.h"

#include <expected>
#include <vector>

namespace open_cicd::workflows {

// Errors are all that are found, in the order of the text; those of inputs have no place.
std::expected<Plan, std::vector<Finding>> make_plan(const Workflow& workflow, const Event& event,
                                                    const InputTexts& inputs);
std::expected<Plan, std::vector<Finding>> make_plan(const Source& source, const Event& event, const InputTexts& inputs);

}  // namespace open_cicd::workflows
