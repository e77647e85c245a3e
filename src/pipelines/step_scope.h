// What the expressions of a step speak of: the steps before it.
#pragma once

#include "expressions/type.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::pipelines {

// How a step or a needed job ended, as an expression reads it; one that timed out or was lost has failed.
inline constexpr auto result_words = std::to_array<std::string_view>({"succeeded", "failed", "cancelled", "skipped"});

// The context `steps` behind the steps of these ids; known on the agent.
expressions::Type type_of_steps(const std::vector<std::string>& ids);

}  // namespace open_cicd::pipelines
