// Runs steps on the agent's own machine, as its user, without isolation: for machines that only run trusted pipelines.
#pragma once

#include "runner/executor.h"

#include <filesystem>
#include <memory>

namespace open_cicd::shell {

struct ShellSettings {
  std::filesystem::path work_dir;  // jobs live in <work_dir>/jobs; sweep() looks there
};

// A job has <directory>/workspace, home and tmp, and one supervisor process that owns its steps. A job that left both
// as they were leaves them to the next one.
std::unique_ptr<runner::Executor> make_shell_executor(ShellSettings settings);

}  // namespace open_cicd::shell
