// The variables that every step has. docs/reference/variables.md lists them; a test holds the two together.
#pragma once

#include "pipelines/job_spec.h"

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace open_cicd::runner {

struct Variable {
  std::string_view name;
  std::string_view context = {};  // of a run: where its value comes from, such as git.branch
  std::string_view field = {};
};
std::span<const Variable> variables();  // all of them, in the order of the page

// Those that the contexts of a run have a value for; of a job that belongs to no run none.
std::map<std::string, std::string> variables_of_run(const pipelines::JobSpec& spec);

}  // namespace open_cicd::runner
