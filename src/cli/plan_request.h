// Which pipeline, and for what: what `plan` and `run` are asked with.
#pragma once

#include "base/error.h"
#include "cli/pipeline_files.h"
#include "workflows/event.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace open_cicd::cli {

struct PlanRequest {
  std::string file;
  std::string event, branch, tag;
  std::vector<std::string> changed, inputs;
};

// All options but the file's, which is an argument of one verb and a flag of another.
void add_plan_request(CLI::App& verb, PlanRequest& request);

// The file that was named, or the one that is here. Errors: not_found, conflict "several_files".
Result<std::string> file_of(const PlanRequest& request);

workflows::InputTexts inputs_of(const PlanRequest& request);

// With what the working tree says where nothing was named: what `plan` shows is what `run` does.
PlanRequest completed(PlanRequest request);

workflows::Claim claim_of(const PlanRequest& request);

}  // namespace open_cicd::cli
