// What `run` and `run submit` send: a pipeline, what it is run for, and how.
#pragma once

#include "cli/plan_request.h"
#include "workflows/selection.h"

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace open_cicd::cli {

struct RunCheckout {
  std::string url, ref;
};

// Options of the two verbs; the names of jobs are an argument of one and an option of the other.
void add_selection(CLI::App& verb, workflows::Selection& selection);

// The body of POST /api/v1/runs, with the texts of the templates that the file uses.
std::string run_document(const PlanRequest& request, const PipelineFile& file, const workflows::Selection& selection,
                         const std::optional<RunCheckout>& checkout = std::nullopt);

}  // namespace open_cicd::cli
