// A plan for people: a table of its jobs, or their graph.
#pragma once

#include "cli/context.h"
#include "cli/pipeline_files.h"
#include "workflows/plan.h"

#include <string>

namespace open_cicd::cli {

void print_plan(const Context& context, const workflows::Plan& plan, const PipelineFile& file);
void print_dot(const Context& context, const workflows::Plan& plan);
std::string sentence_of(
    const workflows::Reason& reason);  // "its condition is false: git.branch == 'main' (git.branch is \"x\")"

}  // namespace open_cicd::cli
