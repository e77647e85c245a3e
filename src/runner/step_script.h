// The text that `sh -e` runs for a step.
#pragma once

#include "pipelines/job_spec.h"

#include <string>

namespace open_cicd::runner {

// Every entry of `run` as a line of its own (it may hold several). Nothing is echoed, and values arrive only through
// the environment.
inline std::string step_script(const pipelines::Step& step) {
  std::string script;
  for (const auto& line : step.run) script.append(line).push_back('\n');
  return script;
}

}  // namespace open_cicd::runner
