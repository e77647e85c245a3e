// What may be named in a workflow: jobs, steps, inputs, outputs, axes.
#pragma once

#include "pipelines/rules.h"

#include <string_view>

namespace open_cicd::workflows {

using pipelines::check_plain_name;
pipelines::Wrong check_plain_text(std::string_view text);    // shown to people, empty or not: no control characters
pipelines::Wrong check_path_pattern(std::string_view text);  // of the workspace: relative, never above it

}  // namespace open_cicd::workflows
