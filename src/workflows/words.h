// The closed sets of words of the language.
#pragma once

#include "pipelines/step_scope.h"

#include <array>
#include <string_view>

namespace open_cicd::workflows {

inline constexpr auto event_words =
    std::to_array<std::string_view>({"push", "pull_request", "tag", "schedule", "manual", "api"});
inline constexpr auto change_types = std::to_array<std::string_view>(
    {"opened", "updated", "reopened", "ready", "edited", "labeled", "unlabeled", "closed"});
inline constexpr auto default_change_types =
    std::to_array<std::string_view>({"opened", "updated", "reopened", "ready"});
inline constexpr auto input_types = std::to_array<std::string_view>({"string", "number", "boolean", "choice"});
using pipelines::result_words;
inline constexpr auto cache_policies = std::to_array<std::string_view>({"pull", "push", "both"});
inline constexpr auto artifact_whens = std::to_array<std::string_view>({"succeeded", "failed", "always"});

}  // namespace open_cicd::workflows
