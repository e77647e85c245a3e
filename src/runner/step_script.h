// How a step's commands are run: the text of its script, and the shell that reads it.
#pragma once

#include "pipelines/job_spec.h"

#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::runner {

// Every entry of `run` as a line of its own (it may hold several). Nothing is echoed, and values arrive only through
// the environment.
inline std::string step_script(const pipelines::Step& step) {
  std::string script;
  for (const auto& line : step.run) script.append(line).push_back('\n');
  return script;
}

// The program and its arguments: the shell, or the step's own entrypoint, and the script. The script is a file, so that
// its length has no limit of the kernel's. An image may have bash anywhere on its PATH, and sh at this one place.
std::vector<std::string> shell_command(const pipelines::Step& step, std::string script_path);

// The lines for the log of a step that did not start, from the supervisor's sentence: `where` is "in the image app:1"
// or "on this agent's machine", for a shell that is missing there.
std::string explain_not_started(std::string_view sentence, const pipelines::Step& step, std::string_view where);

}  // namespace open_cicd::runner
